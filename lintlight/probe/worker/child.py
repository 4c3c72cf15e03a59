"""One class, from import to evidence, in a process of its own."""

from __future__ import annotations

import os
import random
import socket
import sys
from typing import Any

from .record import Attempt, Record


def run(request: dict[str, Any], fd: int) -> None:
    """Probe the class of a request, and write what is seen to the file descriptor."""
    record = Record(fd)
    enter(request["folder"])
    with Attempt("probe") as attempt:
        stages(request, record)
    if attempt.failure:
        record.put("failure", attempt.failure)
    record.put("complete", True)
    os._exit(0)


def enter(folder: str) -> None:
    """A private working directory and home, no arguments, and no network."""
    for name in ("home", "work", "tmp"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    os.environ["HOME"], os.environ["TMPDIR"] = os.path.join(folder, "home"), os.path.join(folder, "tmp")
    os.chdir(os.path.join(folder, "work"))
    sys.argv = ["prog"]
    random.seed(0)
    real = socket.socket.connect

    def connect(self: Any, address: Any) -> Any:
        if self.family == getattr(socket, "AF_UNIX", None):
            return real(self, address)
        raise OSError("the network is closed while lintlight probes")

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise OSError("the network is closed while lintlight probes")

    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = refuse  # type: ignore[method-assign]
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def stages(request: dict[str, Any], record: Record) -> None:
    """Import, construct, fit, measure: each says what it saw before the next begins."""
    from . import construct, standin, tokens, userimport
    from .server import versions

    stand_ins = standin.StandIns(os.path.join(request["folder"], "stand-ins"), request)
    standin.install(stand_ins)
    tokens.install(stand_ins)
    record.put("stage", "import")
    with Attempt("import") as attempt:
        project = userimport.project_of(request["path"])
        stand_ins.folders = [*stand_ins.folders, project, os.path.dirname(request["path"])]
        module, left_out = userimport.load(request["path"], project)
        record.put("left_out", {os.path.relpath(path, project): count for path, count in left_out.items() if count})
        cls = userimport.find_class(module, request["class_name"])
    record.put("versions", versions())
    if attempt.failure:
        record.put("failure", attempt.failure)
        return
    # A checkpoint loaded while importing belongs to nobody's attribute yet, but may be used by the class.
    record.put("stage", "construct")
    with Attempt("construct") as attempt:
        instance = build(cls, request, record, stand_ins)
    record.put("pretrained", [loaded.facts() for loaded in stand_ins.loaded])
    if attempt.failure:
        if isinstance(attempt.error, construct.MissingArguments):
            attempt.failure["names"] = attempt.error.names
        if isinstance(attempt.error, standin.UnknownArchitecture):
            attempt.failure["checkpoint"] = attempt.error.checkpoint
        record.put("failure", attempt.failure)
        return
    watch_modes(cls, instance, request, record, stand_ins)


def build(cls: Any, request: dict[str, Any], record: Record, stand_ins: Any) -> Any:
    """An instance of the class, and where its arguments came from."""
    from . import construct

    arguments, told = construct.arguments_for(cls, request.get("init", {}))
    record.put("arguments", told)
    kept = list(stand_ins.loaded)
    try:
        return cls(**arguments)
    except (IndexError, RuntimeError, ValueError, KeyError):
        # Code that counts layers or widths breaks on a smaller stand-in: once more at the real size.
        if not any(loaded.level for loaded in stand_ins.loaded):
            raise
        stand_ins.loaded[:], stand_ins.budget_mb = kept, request.get("most_mb", 2000.0)
        return cls(**arguments)


def watch_modes(cls: Any, instance: Any, request: dict[str, Any], record: Record, stand_ins: Any) -> None:
    """Fit, strictly and if that reaches no training step tolerantly; then measure what the modes found do."""
    from . import construct, fit

    def pretrained() -> list[Any]:
        return [loaded.model for loaded in stand_ins.loaded]

    record.put("stage", "fit")
    for how in ("strict", "tolerant"):
        if how == "tolerant":
            stand_ins.loaded.clear()
            arguments, _ = construct.arguments_for(cls, request.get("init", {}))
            instance = cls(**arguments)
        watch = fit.Watch(instance, request["attributes"], pretrained, "effect" in request["experiments"])
        failure = fit.run(watch, request["folder"], None, how == "tolerant", {})
        record.put("pretrained", [loaded.facts() for loaded in stand_ins.loaded])
        record.put("fit", fit_facts(how, watch, failure))
        record.put("targets", {name: target_facts(watch, name) for name in request["attributes"]})
        if watch.step:
            break
    record.put("stage", "effect")
    if watch.found is not None and watch.wants_effect:
        watch.measure_made_up()
        record.put(
            "effects",
            {
                name: {"measured": seen, "error": None if seen else watch.effect_errors.get(name)}
                for name, seen in watch.effects.items()
            },
        )


def fit_facts(how: str, watch: Any, failure: Any) -> dict[str, Any]:
    """How the fit went."""
    from . import fit, layout

    return {
        "how": how,
        "failure": failure,
        "steps_seen": watch.step,
        "step_ran": watch.ran,
        "batch": watch.batch,
        "step_error": watch.step_error,
        "validated": watch.validated,
        "hooks_failed": watch.hooks_failed,
        "unfreezes": layout.unfreezes(type(watch.module)) or fit.finetunes(watch.trainer),
        "step_sets_mode": layout.sets_mode(type(watch.module), "training_step"),
    }


def target_facts(watch: Any, name: str) -> dict[str, Any]:
    """What was seen of one attribute."""
    part = watch.parts.get(name)
    if part is None or not part.roots:
        return {
            "exists": part is not None and part.value is not None,
            "type": type(part.value).__name__ if part else "",
        }
    flags = watch.flags_reached.get(name, watch.found)
    return {
        "exists": True,
        "type": type(part.roots[0]).__name__,
        "from_pretrained": part.from_pretrained,
        "snapshots": watch.snapshots[name],
        "reached": watch.reached.get(name),
        "switches": part.switches(flags),
    }
