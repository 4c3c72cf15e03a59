"""The server: imports the libraries once, then starts one child per class, watches it, and passes its evidence on."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import time
from typing import Any, BinaryIO

from . import processes


def main(arguments: list[str]) -> None:
    """Serve requests until stdin ends; with `--child`, probe the one class whose request is on stdin."""
    requests, results = take_over()
    first = json.loads(requests.readline() or b"{}")
    if "--child" in arguments:
        from . import child

        child.run(first, results.fileno())
        return
    send(results, preload(first.get("lightning", [])))
    processes.become_subreaper()
    warm()
    for line in requests:
        request = json.loads(line)
        send(results, {"event": "started", "id": request["id"]})
        send(results, {"event": "done", "id": request["id"], "evidence": supervise(request)})
    processes.sweep()


def take_over() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the protocol, and give the process an empty stdin and the log as stdout.

    Whatever user code prints goes to the log (stderr), never into the protocol.
    """
    requests, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    processes.server_fds += [requests.fileno(), results.fileno()]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, results


def send(results: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message."""
    results.write(json.dumps(message, default=repr).encode() + b"\n")
    results.flush()


def preload(lightning_names: list[str]) -> dict[str, Any]:
    """Import what every class needs; the first of the Lightning packages that is installed is enough."""
    started = time.monotonic()
    try:
        import torch
    except ImportError as error:
        return missing("torch", error)
    # NOTE: a child forked after a multi-threaded operation hangs in OpenMP; one thread, and no operation in the server.
    torch.set_num_threads(1)
    for name in [*lightning_names, "lightning.pytorch", "pytorch_lightning"]:
        try:
            __import__(name)
            break
        except ImportError as error:
            reason = error
    else:
        return missing("lightning", reason)
    try:
        import transformers

        _ = transformers.PreTrainedModel, transformers.AutoModel, transformers.AutoTokenizer
    except ImportError as error:
        return missing("transformers", error)
    return {"event": "ready", "versions": versions(), "seconds": round(time.monotonic() - started, 3)}


def warm() -> None:
    """Do once what every child would do: import our own modules, and build the tables of transformers."""
    from . import architectures, child, fit, tokens

    _ = child, fit, tokens
    architectures.stems()
    # Only newer versions convert checkpoints on the fly.
    with contextlib.suppress(ImportError):
        from transformers.conversion_mapping import get_checkpoint_conversion_mapping

        get_checkpoint_conversion_mapping("bert")
    gc.collect()
    gc.freeze()


def missing(package: str, error: ImportError) -> dict[str, Any]:
    """The answer when the interpreter lacks a package."""
    return {"event": "failed", "package": package, "message": str(error), "python": sys.executable}


def versions() -> dict[str, str]:
    """The versions that the evidence holds for."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in ("torch", "lightning", "pytorch_lightning", "transformers", "peft"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "__version__"):
            found[name] = str(module.__version__)
    return found


def supervise(request: dict[str, Any]) -> dict[str, Any]:
    """Probe one class in a child of its own, within its limits, and return what it could say.

    One that is too large to be constructed is constructed without memory in a second child, to see its flags.
    """
    from . import callsites, userimport

    # Listed here once, the children find it done.
    callsites.listed(userimport.project_of(request["path"]))
    evidence = watched(request)
    if not request.get("flags_only") and too_large(evidence):
        again = watched({**request, "id": f"{request['id']}-flags", "flags_only": True})
        evidence.update({"flags": again["flags"]} if "flags" in again else {})
    return evidence


def too_large(evidence: dict[str, Any]) -> bool:
    """Whether memory ended the construction."""
    failure = evidence.get("failure") or {}
    refused = failure.get("type") == "MemoryError" or "allocate memory" in str(failure.get("message"))
    return evidence.get("stage") == "construct" and (evidence["ended"] == "memory" or refused)


def watched(request: dict[str, Any]) -> dict[str, Any]:
    """The evidence of one child, which is gone afterwards with all that it started."""
    folder = os.path.join(os.environ["TMPDIR"], f"class-{request['id']}")
    os.makedirs(folder, exist_ok=True)
    request["folder"] = folder
    child = processes.Watched.fork(request) if hasattr(os, "fork") and not request.get("spawn") else None
    if child is None:
        child = processes.Watched.spawn(request)
    evidence = child.watch(request["timeout"], request["memory_mb"])
    processes.sweep()
    return evidence
