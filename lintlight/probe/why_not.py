"""Why nothing could be decided, and the one thing to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lintlight.model import ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe.evidence import CLOSED, IMMATERIAL, MADE_UP, Evidence

# Import names whose package is called differently.
PACKAGES = {
    "Bio": "biopython",
    "ahocorasick": "pyahocorasick",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "pkg_resources": "setuptools",
    "skimage": "scikit-image",
    "umap": "umap-learn",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}

ARGUMENTS = "give the arguments that it needs with --init NAME=VALUE"
SETTINGS = "[tool.lintlight.probe]"
FACTORY = (
    f'name a function that returns the module as it is trained, `factory = "package.module:function"` under {SETTINGS}'
)
NO_IMPORT = ("ImportError", "ModuleNotFoundError")
SETTINGS_TOLD = 4
"""So many of what was made up are named."""


def not_probed(reason: str, hint: str, evidence: Evidence) -> Verdict:
    """No decision."""
    return Verdict(VerdictStatus.NOT_PROBED, Strength.FLAGS_ONLY, reason, hint, evidence)


def stopped(name: str, attribute: str, evidence: Evidence) -> Verdict | None:
    """The verdict when the class did not come as far as its first training step; None if it did."""
    targets, fit = evidence.get("targets"), evidence.get("fit")
    if targets is not None and fit is not None and fit.get("steps_seen"):
        return None
    ended = str(evidence.get("ended", "finished"))
    stage = str(evidence.get("stage", "start"))
    failure = evidence.get("failure") or (fit or {}).get("failure")
    if ended in ("timeout", "memory", "server") or ended.startswith(("signal", "exit")):
        reason, hint = _ended(name, stage, ended)
        return not_probed(reason + flags_seen(attribute, evidence) + beside(evidence), hint, evidence)
    if failure is None and "flags" in evidence:
        reason = f"`{name}` was only constructed" + flags_seen(attribute, evidence)
        return not_probed(reason, "probe all of it, so that its hooks and its step are run", evidence)
    if failure is None:
        return not_probed(f"`{name}` was not probed to the end", "run the probe on this file alone", evidence)
    python = str(evidence.get("python", ""))
    if failure.get("type") == "MissingArguments":
        return not_probed(*_missing(name, failure, python), evidence)
    reason, hint = _failed(name, str(failure.get("stage", stage)), failure, python)
    absent = evidence.get("absent") or {}
    made = absent.get("made", ()) or (absent.get("names", ()) if "Absent" in str(failure.get("message")) else ())
    if made and failure.get("type") not in NO_IMPORT:
        reason, hint = f"{reason}; {_listed(made)} cannot be imported here", _to_install(made[0], python)
    return not_probed(reason + flags_seen(attribute, evidence) + beside(evidence), hint, evidence)


def went_on(request: ProbeRequest, evidence: Evidence) -> Verdict | None:
    """The verdict when what is not here may have done something to the module; None if it cannot have."""
    folder = evidence.get("listed_partly")
    if folder:
        reason = f"`{request.class_name}` lists the folder `{folder}`, which is too large to be copied for the probe"
        return not_probed(reason, f"put a smaller `{folder}` there for the probe", evidence)
    absent = evidence.get("absent") or {}
    names = absent.get("hidden", ()) or (
        absent.get("made", ()) if (evidence.get("fit") or {}).get("counts_parts") else ()
    )
    if not names:
        return None
    said = "which cannot be imported here: without it another module may be trained"
    reason = f"`{request.class_name}` uses {_listed(names)}, {said}"
    return not_probed(reason, _to_install(names[0], str(evidence.get("python", ""))), evidence)


def without_parts(request: ProbeRequest, evidence: Evidence, absent: Sequence[str]) -> Verdict:
    """The verdict when something of the module is missing, and what it may hold would count."""
    reason = f"`{request.class_name}` needs {_listed(absent)}, which cannot be imported here"
    return not_probed(reason, _to_install(absent[0], str(evidence.get("python", ""))), evidence)


def not_made(attribute: str, absent: Sequence[str], evidence: Evidence) -> tuple[str, str]:
    """Reason and hint where an attribute would be made by what is not there."""
    reason = f"`{attribute}` holds no module: {_listed(absent)} cannot be imported here"
    return reason, _to_install(absent[0], str(evidence.get("python", "")))


def for_hook(hook: Mapping[str, Any], evidence: Evidence) -> str:
    """What to do about a hook that failed."""
    missing = str(hook.get("name") or "") if hook["type"] in NO_IMPORT else ""
    return _to_install(missing.partition(".")[0], str(evidence.get("python", ""))) if missing else ARGUMENTS


def not_needed(evidence: Evidence) -> list[str]:
    """What a verdict says of packages that are not there."""
    absent = evidence.get("absent") or {}
    used, without = absent.get("used", ()), absent.get("fallen_back", ())
    names = [name for name in absent.get("names", ()) if name not in used]
    needed = "was not needed" if len(names) == 1 else "were not needed"
    said = [f"{_listed(names)} cannot be imported here, and {needed}"] if names else []
    said += [f"{_listed(used)} cannot be imported here, and is given no part of the module"] if used else []
    return said + ([f"{_listed(without)} cannot be imported here, for which the code is ready"] if without else [])


def beside(evidence: Evidence) -> str:
    """What else may be the cause: arguments that were made up, and the first hook that failed."""
    invented = made_up(evidence, (MADE_UP, IMMATERIAL))
    told = [f"it was given made-up {_listed(invented)}"] if invented else []
    for hook in (evidence.get("fit") or {}).get("hooks_failed", ())[:1]:
        told.append(f"`{hook['stage']}` failed: {hook['type']}: {hook['message']}")
    return f" ({'; '.join(told)})" if told else ""


def made_up(evidence: Evidence, sources: Sequence[str] = (MADE_UP,)) -> list[str]:
    """The arguments that were made up; of settings in one those that were."""
    guessed = [each for each in evidence.get("arguments", ()) if each["source"] in sources]
    return [
        told
        for each in guessed
        for told in [f"{each['name']}.{setting}" for setting in each.get("settings", ())] or [each["name"]]
    ]


def _to_give(names: Sequence[str]) -> str:
    """What to write for arguments that can be written down."""
    return "give " + " ".join(f"--init {name}=VALUE" for name in names)


def _listed(names: Sequence[str]) -> str:
    """The first names."""
    more = f" and {len(names) - SETTINGS_TOLD} more" if len(names) > SETTINGS_TOLD else ""
    return ", ".join(f"`{name}`" for name in names[:SETTINGS_TOLD]) + more


def _missing(name: str, failure: Mapping[str, Any], python: str) -> tuple[str, str]:
    """Reason and hint where arguments are missing: above all, what became of the project's own way to construct it."""
    names = [str(entry) for entry in failure.get("names", ())]
    reason = f"`{name}` needs {_listed(names)}"
    hint = _to_give(names) if len(names) <= SETTINGS_TOLD else FACTORY
    for tried in failure.get("tried", ()):
        place, kind = str(tried["from"]), str(tried.get("type", ""))
        if place == MADE_UP or "test" in place or kind in NO_FAILURES:
            continue
        invented = made_up(tried)
        given = f", here with made-up {_listed(invented)}" if invented else ""
        said = f"`{place}` constructs it{given}, and raised {_said(tried)}"
        return f"{reason}; {said}", _mended(name, tried, python) or hint
    for tried in failure.get("tried", ()):
        mended = None if tried["from"] != MADE_UP or _by_value(tried) else _mended(name, tried, python)
        if mended is not None:
            return f"{reason}; with made-up ones it raised {_said(tried)}", mended
    return reason, hint


def _by_value(tried: Mapping[str, Any]) -> bool:
    """Whether an exception is about a value that was made up."""
    values = [str(each["value"]).strip("'") for each in tried.get("arguments", ()) if each["source"] == MADE_UP]
    return any(value and f"'{value}" in str(tried.get("message", "")) for value in values)


def _mended(name: str, failure: Mapping[str, Any], python: str) -> str | None:
    """What to do about an exception of the project's own code that says what is missing."""
    kind, message = str(failure.get("type", "")), str(failure.get("message", ""))
    forbidden = _forbidden(name, "construct", kind, message)
    if forbidden is not None and kind != "SystemExit":
        return forbidden[1]
    if kind in ("ImportError", "ModuleNotFoundError") and failure.get("name"):
        return _failed(name, "import", failure, python)[1]
    missing = NO_SUCH_FILE.search(message) if kind == "FileNotFoundError" else None
    return f"put `{missing[1]}` where it looks for it, or name it by its whole path" if missing else None


def _said(failure: Mapping[str, Any]) -> str:
    """An exception in one line, and where it was raised."""
    where = f" ({_place(failure)})" if failure.get("file") else ""
    message = str(failure.get("message", ""))
    return (f"{failure.get('type')}: {message[:160]}" if message else str(failure.get("type"))) + where


def flags_seen(attribute: str, evidence: Evidence) -> str:
    """What was seen of a class that was constructed without memory only: a hint, hooks may change it."""
    seen = evidence.get("flags", {}).get(attribute)
    if not seen or not seen["modules"]:
        return ""
    return (
        f"; built without weights, {seen['eval']} of {seen['modules']} submodules of `{attribute}` are in eval "
        "mode after the constructor"
    )


def _doing(name: str, stage: str) -> str:
    """What was going on at a stage; another name than the known ones is the name of a hook."""
    known = {
        "start": f"starting to import `{name}`",
        "import": f"importing the file of `{name}`",
        "construct": f"constructing `{name}`",
        "fit": f"the first training steps of `{name}`",
        "effect": f"running the submodules of `{name}`",
        "steps": f"the counted training steps of `{name}`",
        "checkpoint": f"saving and resuming `{name}`",
    }
    return known.get(stage, f"`{name}.{stage}`")


def _ended(name: str, stage: str, ended: str) -> tuple[str, str]:
    """Reason and hint for a class that was ended, or ended itself."""
    doing = _doing(name, stage)
    if ended == "timeout":
        return f"{doing} took longer than the time limit", f"make it shorter, or raise `timeout` in {SETTINGS}"
    if ended == "memory":
        return (
            f"{doing} took more than the memory limit",
            f"give smaller arguments with --init, or raise `memory` in {SETTINGS}",
        )
    if ended == "server":
        return f"the probe's process was lost while `{name}` was probed", "probe this file by itself"
    if ended.startswith("signal"):
        return f"{doing} ended the process with {ended}", "run that part by itself: compiled code crashes in it"
    return (
        f"{doing} ended the process ({ended})",
        "keep calls that end the process out of the module",
    )


NO_SUCH_FILE = re.compile(r"No such file or directory: '([^']+)'")
NO_FAILURES = frozenset({"NotThisCall", "CallerUnknown", "NameError"})
"""What the probe itself could not work out of a call: nothing that the project raised."""
OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


def _forbidden(name: str, stage: str, kind: str, message: str) -> tuple[str, str] | None:
    """Reason and hint for an exception that comes from the limits of the probe."""
    doing = _doing(name, stage)
    if CLOSED in message or "OfflineModeIsEnabled" in message:
        return f"{doing} asks the network", "put what it loads on this machine, or load it later than that"
    if kind == "MemoryError" or any(part in message for part in OUT_OF_MEMORY):
        return _ended(name, stage, "memory")
    if kind == "EOFError":
        return f"{doing} reads stdin", "take what it asks for from an argument, and give that with --init NAME=VALUE"
    if kind == "SystemExit":
        return _ended(name, stage, f"SystemExit: {message}" if message else "SystemExit")
    return None


def _failed(name: str, stage: str, failure: Mapping[str, Any], python: str) -> tuple[str, str]:
    """Reason and hint for an exception."""
    kind, message = str(failure.get("type", "")), str(failure.get("message", ""))
    said = f"{kind}: {message}" if message else kind
    missing = str(failure.get("name") or "")
    if stage == "probe":
        return f"the probe itself failed on `{name}`: {said}", "report it as a bug of lintlight"
    if stage == "start":
        reason = f"{python} has no {missing}" if missing else f"the probe did not start: {said}"
        return reason, "give the project's interpreter with --python"
    told = (
        _forbidden(name, stage, kind, message)
        or _not_importable(name, kind, message, missing, python)
        or _not_buildable(name, kind, message, failure)
    )
    if told is not None:
        return told
    said = _said(failure)
    if message.startswith("Can't instantiate abstract class"):
        return f"`{name}` is abstract: {message}", "probe a class that derives from it"
    if kind == "NoSuchClass":
        return f"the file has no class `{name}`", message
    if stage == "import":
        return f"importing the file of `{name}` raised {said}", "make the file importable without data and network"
    if stage == "construct":
        return f"constructing `{name}` raised {said}", ARGUMENTS
    return (
        f"`{name}` reached no training step: {said}",
        "give the arguments that its hooks need with --init NAME=VALUE",
    )


def _not_importable(name: str, kind: str, message: str, missing: str, python: str) -> tuple[str, str] | None:
    """Reason and hint for a package, or a part of one, that the project's interpreter does not have."""
    if kind not in NO_IMPORT or not missing:
        return None
    top = missing.split(".")[0]
    if kind == "ImportError" or "." in missing:
        return (
            f"`{name}` imports what this version of `{top}` does not have: {message}",
            _to_install(f"{top}.", python),
        )
    return f"cannot import `{missing}`", _to_install(top, python)


def _to_install(package: str, python: str) -> str:
    """What to do about a package, or a part of one, that the project's interpreter does not have."""
    top, dot, _ = package.partition(".")
    if dot:
        return f"give an interpreter with the version of `{top}` that the project asks for, with --python"
    return f"install `{PACKAGES.get(package, package)}` for {python}, or give another interpreter with --python"


def _not_buildable(name: str, kind: str, message: str, failure: Mapping[str, Any]) -> tuple[str, str] | None:
    """Reason and hint for what the worker itself raises about a class."""
    checkpoint = failure.get("checkpoint", "")
    match kind:
        case "UnknownArchitecture":
            reason = f"nothing on this machine says which architecture `{checkpoint}` is"
            return reason, f'write `arch = {{"{checkpoint}" = "MODEL_TYPE"}}` under {SETTINGS}'
        case "NoStandIn":
            reason = f"nothing can stand in for `{checkpoint}`: {message}"
            return reason, f"put its `config.json` into a folder of its name, below one of `config-dirs` in {SETTINGS}"
        case "NotALightningModule":
            return f"`{name}` is not a LightningModule", "probe the LightningModule that it is used with"
        case "NoTrainingStep":
            return f"`{name}` has no `training_step`", "probe a subclass that has one"
    return None


def _place(failure: Mapping[str, Any]) -> str:
    """File name and line of a failure."""
    return f"{str(failure.get('file', '')).rsplit('/', 1)[-1]}:{failure.get('row', '?')}"


def cut_short(request: ProbeRequest, evidence: Evidence, stage: str) -> tuple[str, str] | None:
    """Reason and hint when the class was ended in the middle of this stage, whose evidence is therefore missing."""
    ended = str(evidence.get("ended", "finished"))
    if ended in ("finished", "not started") or evidence.get("stage") != stage:
        return None
    return _ended(request.class_name, stage, ended)


def doubt(request: ProbeRequest, evidence: Evidence) -> tuple[str, str] | None:
    """Reason and hint when what was built rests on guesses: it must neither confirm nor refute."""
    guessed = [each for each in evidence.get("arguments", ()) if each["source"] == MADE_UP]
    if guessed:
        objects = any(each.get("object") for each in guessed)
        hint = FACTORY if objects else _to_give([each["name"] for each in guessed])
        return f"`{request.class_name}` was built with made-up {_listed(made_up(evidence))}", hint
    assumed = [each for each in evidence.get("pretrained", ()) if each["how"] == "name"]
    if assumed:
        checkpoint, kind = assumed[0]["checkpoint"], assumed[0]["model_type"]
        reason = f"`{checkpoint}` was taken for a {kind} by its name alone"
        return reason, f'if it is one, write `arch = {{"{checkpoint}" = "{kind}"}}` under {SETTINGS}'
    return None


def no_batch(request: ProbeRequest, evidence: Evidence) -> tuple[str, str]:
    """Reason and hint when the training step took no batch, so that an experiment was not made."""
    error = evidence["fit"].get("step_error") or {}
    said = f" ({error.get('type')}: {error.get('message')})" if error else ""
    reason = f"`{request.class_name}.training_step` took none of the made-up batches{said}"
    return reason, f'name a function that returns one, `batch = "package.module:function"` under {SETTINGS}'
