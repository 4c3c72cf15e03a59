"""The functions of libraries, and Python's own, whose calls are understood one by one; by canonical name."""

from __future__ import annotations

from collections.abc import Mapping

from lintlight.semantics.interpreter import configured, contexts, functions, library, tables, yaml_reads
from lintlight.semantics.interpreter.machine import Known

KNOWN: Mapping[str, Known] = {
    **library.KNOWN,
    **functions.KNOWN,
    **tables.KNOWN,
    **dict.fromkeys(configured.INSTANTIATE, configured.instantiate),
    **dict.fromkeys(("yaml.safe_load", "yaml.full_load", "yaml.load"), yaml_reads.load_stream),
    **dict.fromkeys(("omegaconf.OmegaConf.to_container", "omegaconf.OmegaConf.create"), functions.deepcopied),
    "omegaconf.OmegaConf.from_cli": yaml_reads.from_command_line,
    "omegaconf.OmegaConf.update": yaml_reads.updated,
    "omegaconf.OmegaConf.load": yaml_reads.load_path,
    "omegaconf.OmegaConf.merge": yaml_reads.merged,
    "builtins.open": yaml_reads.opened,
    "contextlib.suppress": contexts.suppress,
}
