"""How to probe: which interpreter, which arguments, which limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ProbeSettings:
    """What the user may say about the probe; all of it has a default."""

    python: Path | None = None
    """The project's interpreter; found by VIRTUAL_ENV and `.venv` when not given."""
    root: Path = field(default_factory=Path.cwd)
    """Of the project. Its interpreter is looked for here; relative checkpoint folders from the working folder, too."""
    init: Mapping[str, Any] = field(default_factory=dict)
    """Constructor arguments for every class that has parameters of these names."""
    init_by_class: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Constructor arguments by `pkg.mod:Class`; they win over `init`."""
    arch: Mapping[str, str] = field(default_factory=dict)
    """Checkpoint name -> model type, for names that do not say it."""
    config_dirs: tuple[Path, ...] = ()
    """Folders with the `config.json` of checkpoints, in subfolders named like the checkpoint."""
    batch: str = ""
    """`pkg.mod:function` that returns a batch."""
    config: Path | None = None
    """A LightningCLI or Hydra configuration with constructor arguments."""
    checkpoint: Path | None = None
    """A checkpoint whose hyper-parameters are constructor arguments."""
    factory: str = ""
    """`pkg.mod:function` that returns the LightningModule."""
    weights: str = "stand-in"
    """`stand-in`, or `real` to load the checkpoints themselves: what is not on this machine is downloaded."""
    device: str = "cpu"
    timeout_s: float = 60.0
    """Seconds for one class."""
    start_timeout_s: float = 180.0
    """Seconds for importing torch, Lightning and transformers."""
    memory_mb: float = 6000.0
    """Resident memory for one class, without what the libraries take."""
    budget_mb: float = 80.0
    """A pretrained part above this size is replaced by a shallower one of the same architecture."""
    with_trees: bool = False
    """Whether to look at the whole module as well, which only a page can show; no setting of a user's."""
    flags_only: bool = False
    """For benchmarks, no setting of a user's: only construct, without memory for parameters, and look at the modes."""
