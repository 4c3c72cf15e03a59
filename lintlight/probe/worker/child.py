"""One class, from import to evidence, in a process of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import socket
import sys
import time
from typing import Any, Optional

from . import devices, limits
from .absent import ABSENCES
from .record import CLOSED, Attempt, Record

FITS = ("strict", "strict", "strict", "tolerant")
"""How a class is fitted until one of the fits will do; the tolerant one always does."""


def run(request: dict[str, Any], fd: int) -> None:
    """Probe the class of a request, and write what is seen to the file descriptor."""
    record = Record(fd)
    limits.set_limits(request["memory_mb"])
    enter(request["folder"], network=request.get("weights") == "real")
    devices.choose(request.get("device", "cpu"))
    with Attempt("probe") as attempt:
        stages(request, record)
    if attempt.failure:
        record.put("failure", attempt.failure)
    record.put("absent", ABSENCES.facts())
    record.put("device", devices.facts())
    record.put("complete", True)
    os._exit(0)


def enter(folder: str, network: bool) -> None:
    """A private working directory and home, no arguments, and no network unless it is asked for."""
    for name in ("home", "work", "tmp"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    os.environ["HOME"], os.environ["TMPDIR"] = os.path.join(folder, "home"), os.path.join(folder, "tmp")
    os.chdir(os.path.join(folder, "work"))
    sys.argv = ["prog"]
    random.seed(0)
    if not network:
        close_network()


def close_network() -> None:
    """Let every connection fail, except those within this machine's file system."""
    real = socket.socket.connect

    def connect(self: Any, address: Any) -> Any:
        if self.family == getattr(socket, "AF_UNIX", None):
            return real(self, address)
        raise OSError(CLOSED)

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise OSError(CLOSED)

    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = refuse  # type: ignore[method-assign]
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def stages(request: dict[str, Any], record: Record) -> None:
    """Import, construct, fit, measure: each says what it saw before the next begins."""
    from . import effect, fit, hydra, nearby, standin, tokens, userimport
    from .older import arguments, lightning_one, models
    from .server import versions
    from .subject import Subject

    stand_ins = standin.StandIns(os.path.join(request["folder"], "stand-ins"), request)
    standin.install(stand_ins)
    models.install()
    tokens.install(stand_ins)
    lightning_one.install()
    arguments.install()
    record.begin("import")
    with Attempt("import") as attempt:
        project = userimport.project_of(request["path"])
        folders = [project, os.path.dirname(os.path.abspath(request["path"]))]
        nearby.install(os.getcwd(), folders, functools.partial(record.put, "listed_partly"))
        stand_ins.folders = [*stand_ins.folders, project, os.path.dirname(request["path"])]
        module, left_out = userimport.load(request["path"], project)
        record.put("left_out", {os.path.relpath(path, project): count for path, count in left_out.items() if count})
        cls = userimport.find_class(module, request["class_name"])
        hydra.begin(project)
        fit.lightning_of(cls)
        lightning_one.install()
        heirs = userimport.concrete_heirs(cls)
        if heirs:
            cls = heirs[0]
            record.put("heir", cls.__qualname__)
    record.put("versions", versions())
    if attempt.failure:
        record.put("failure", attempt.failure)
        return
    subject = Subject(cls, request, stand_ins, module, project)
    record.begin("construct")
    started = time.monotonic()
    # What is random in construction and training is the same every time, as far as the user's code lets it.
    effect.seed_all(0)
    with Attempt("construct") as attempt, memory(stand_ins):
        instance = subject.make()
    record.put("construct_s", round(time.monotonic() - started, 3))
    record.put("arguments", subject.told)
    record.put("pretrained", subject.pretrained())
    record.put("not_downloaded", stand_ins.not_downloaded)
    if attempt.failure:
        record.put("failure", explained(attempt))
        return
    record.put("other_calls", subject.known.other_calls(subject.told))
    record.put("set_outside", subject.known.set_outside(subject.told))
    if stand_ins.without_memory:
        record.put("flags", flags_of(instance, subject, request["attributes"]))
        return
    experiments(subject, instance, request, record)
    # The hooks may have read settings that nobody gave.
    record.put("arguments", subject.told)


def memory(stand_ins: Any) -> Any:
    """The context to construct in: parameters without memory, if only the flags are wanted."""
    from . import shrink

    return shrink.without_memory() if stand_ins.without_memory else contextlib.nullcontext()


def flags_of(instance: Any, subject: Any, attributes: list[str]) -> dict[str, Any]:
    """The modes of the attributes as the constructor leaves them; whatever hooks do to them is not seen."""
    from . import modes

    loaded = {id(part) for model in subject.models() for part in model.modules()}
    parts = [modes.Part(name, instance, loaded) for name in attributes]
    return {part.attribute: part.snapshot("constructed", set(), modes.flags(part.roots)) for part in parts}


def explained(attempt: Attempt) -> Optional[dict[str, Any]]:
    """The failure of a construction, with the names that our own exceptions carry."""
    names = ("names", "checkpoint", "tried")
    details = {name: getattr(attempt.error, name) for name in names if hasattr(attempt.error, name)}
    return {**(attempt.failure or {}), **details}


def experiments(subject: Any, instance: Any, request: dict[str, Any], record: Record) -> None:
    """Modes and effects first: they find a batch that the step takes, which the others need."""
    from . import roundtrip, steps, tree

    if "tree" in request["experiments"]:
        request = {**request, "attributes": [*request["attributes"], *branches(instance)]}
    watch = watch_modes(subject, instance, request, record)
    if "tree" in request["experiments"] and watch.found is not None:
        record.put("tree", tree.facts(watch.module, watch.found, watch.optimized()))
    batch = watch.working[1] if watch.working else None
    if "steps" in request["experiments"] and batch is not None:
        record.begin("steps")
        record.put("steps", steps.count(subject.make(), batch, request["folder"]))
    if "checkpoint" in request["experiments"]:
        record.begin("checkpoint")
        with Attempt("checkpoint") as attempt:
            record.put("checkpoint", roundtrip.run(subject.make, batch, subject.arguments, request["folder"]))
        if attempt.failure:
            record.put("checkpoint", {"failure": attempt.failure})


def branches(module: Any) -> list[str]:
    """The attributes whose effect the tree tells: the module's children, and the parts of containers."""
    found: list[str] = []
    for name, child in module.named_children():
        found.append(name)
        if type(child).__name__ in ("ModuleList", "ModuleDict", "Sequential"):
            found.extend(f"{name}.{key}" for key, _ in child.named_children())
    return found


def watch_modes(subject: Any, instance: Any, request: dict[str, Any], record: Record) -> Any:
    """Fit, strictly and if that reaches no training step tolerantly; then measure what the modes found do."""
    from . import by_source, fit

    record.begin("fit")
    skip, given = 0, subject.batch()
    for how in FITS:
        watch = fit.Watch(
            instance or subject.make(), request["attributes"], subject.models, "effect" in request["experiments"], skip
        )
        instance = None
        failure = fit.run(watch, request["folder"], given, how == "tolerant")
        record.put("pretrained", subject.pretrained())
        record.put("fit", fit_facts(how, watch, failure))
        record.put("targets", {name: target_facts(watch, name) for name in request["attributes"]})
        subject.supplied = watch.supplied
        another = another_fit(watch, failure, given, skip)
        if another is None:
            break
        given, skip = another
    record.begin("effect")
    if watch.found is not None and watch.wants_effect:
        watch.measure_made_up()
        record.put(
            "effects",
            {
                name: {
                    "measured": seen,
                    "idle": watch.idle(name),
                    "asked": by_source.asks_for_mode(type(watch.module), watch.parts[name].modules),
                    "error": None if seen else watch.effect_errors.get(name),
                }
                for name, seen in watch.effects.items()
            },
        )
    return watch


def another_fit(watch: Any, failure: Any, given: Any, skip: int) -> Optional[tuple[Any, int]]:
    """The batch, and how many of the made-up ones to skip, for one more fit; None when this one will do."""
    if not watch.step:
        return given, skip
    if failure is None or not watch.ran or given is not None:
        return None
    if "file" in failure:
        # The step took the batch, and a hook did not take the loader's: it gets the same one.
        return watch.working, skip
    # The step took the batch, but its loss has no gradient: the next kind of labels.
    return given, watch.tried


def fit_facts(how: str, watch: Any, failure: Any) -> dict[str, Any]:
    """How the fit went."""
    from . import by_source, fit

    cls = type(watch.module)
    return {
        "how": how,
        "failure": failure,
        "steps_seen": watch.step,
        "step_ran": watch.ran,
        "batch": watch.batch,
        "step_error": watch.step_error,
        "validated": watch.validated,
        "hooks_failed": watch.hooks_failed,
        "step_sets_mode": by_source.sets_mode(cls, "training_step"),
        "gradients": len(watch.got),
        "optimizes_all": by_source.optimizes_all(cls),
        "counts_parts": by_source.counts_parts(cls),
        "waits": by_source.waits(cls),
        "detaches": by_source.detaches(cls),
        "unfreezes": by_source.unfreezes(cls) or fit.finetunes(watch.trainer),
    }


def target_facts(watch: Any, name: str) -> dict[str, Any]:
    """What was seen of one attribute."""
    part = watch.parts.get(name)
    if part is None or not part.roots:
        value = part.value if part else None
        return {"exists": value is not None, "type": type(value).__name__}
    flags = watch.flags_reached.get(name, watch.found)
    return {
        "exists": True,
        "type": type(part.roots[0]).__name__,
        "from_pretrained": part.from_pretrained,
        "snapshots": watch.snapshots[name],
        "reached": watch.reached.get(name),
        "switches": part.switches(flags),
        "got_gradient": sum(id(parameter) in watch.got for parameter in part.parameters),
    }
