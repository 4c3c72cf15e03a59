"""Findings, reports and rules made by hand, for tests of what is done with them."""

import os
from collections.abc import Iterator
from pathlib import Path

from lintlight.model import (
    AttributeLine,
    Confidence,
    Finding,
    Grad,
    HookState,
    Mode,
    ModuleTimeline,
    Position,
    Report,
    RuleInfo,
    Runs,
    Severity,
    SourceText,
    Span,
    Strength,
    Verdict,
    VerdictStatus,
)
from lintlight.rule import Rule

ROOT = Path("/project")
MODEL = ROOT / "src" / "m.py"
HOSTILE = [
    "a,b.py",
    "a:b%0A.py",
    "a\nb.py",
    "a\r::error::b.py",
    "<script>alert(1)</script>.py",
    "\x1b[31mred.py",
    "\u202egnp.py",
    "quo\"te'.py",
    os.fsdecode(b"caf\xe9.py"),
]
PAGE = """A pretrained submodule is trained in eval mode.

It comes back from `from_pretrained()` that way.

Bad:

    class Classifier(L.LightningModule):
        x = 1  # expect: LL101

        y = 2

Good: frozen on purpose

    pass
"""


def info(code: str = "LL101", name: str = "pretrained-left-in-eval", *, default: bool = True) -> RuleInfo:
    """A rule's page."""
    return RuleInfo(code, name, PAGE.partition("\n")[0], PAGE, Severity.ERROR, "0.1.0", default, ">=2.2")


INFOS = (
    info(),
    info("LL103", "train-override-ignored"),
    info("LL201", "step-outside-training-step"),
    info("LL003", "suppression-without-reason", default=False),
)


def source(path: Path, text: str) -> SourceText:
    """The text of a UTF-8 file."""
    return SourceText(path, text.encode(errors="surrogateescape"), text, "utf-8")


def span(path: Path, row: int = 2, column: int = 8, stop: int = 13, *, last: int = 0) -> Span:
    """A range on one line, or up to line `last`."""
    return Span(path, Position(row, column), Position(last or row, stop))


def finding(path: Path, **changes: object) -> Finding:
    """A finding about `bert` in the second line."""
    values = {
        "code": "LL101",
        "name": "pretrained-left-in-eval",
        "message": "`self.bert` is trained in eval mode; call `.train()` on it",
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "span": span(path),
        **changes,
    }
    return Finding(**values)  # type: ignore[arg-type]


def verdict(status: VerdictStatus, strength: Strength = Strength.FULL, **changes: object) -> Verdict:
    """The probe's answer."""
    return Verdict(status, strength, "37 of 37 modules ran in eval mode", **changes)  # type: ignore[arg-type]


def timeline() -> ModuleTimeline:
    """Of a class whose `bert` is in eval mode while its `head` is not."""
    hooks = ("__init__", "configure_optimizers", "training_step", "validation_step")
    bert = (*(HookState(Mode.EVAL, Grad.ON),) * 2, HookState(Mode.EVAL, Grad.ON, runs=Runs.WITH_GRADIENTS), None)
    head = (None, HookState(Mode.TRAIN, Grad.OFF), HookState(Mode.MIXED, Grad.PARTLY, switch="train"), None)
    return ModuleTimeline("m.Classifier", hooks, 4, (AttributeLine("bert", bert), AttributeLine("head", head)))


def report(root: Path, *findings: Finding, text: str = "if x:\n    y = bert()\nz = 1\n", **changes: object) -> Report:
    """A report in which every file has the same text."""
    sources = {found.span.path: source(found.span.path, text) for found in findings}
    values = {"findings": findings, "sources": sources, "rules": {}, "files_checked": len(sources) or 1, **changes}
    return Report(root=root, **values)  # type: ignore[arg-type]


class Shouting(Rule):
    """Finds every line that says `shout`."""

    code = "LL101"
    name = "pretrained-left-in-eval"
    since = "0.1.0"
    info = info()

    def check_class(self, cls: object) -> Iterator[Finding]:
        path = cls.path  # type: ignore[attr-defined]
        for row, line in enumerate(path.read_text().splitlines(), start=1):
            if "shout" in line:
                start = line.index("shout") + 1
                yield finding(path, span=span(path, row, start, start + 5))


class Crashing(Shouting):
    """Fails in a way that cannot even be printed."""

    def check_class(self, cls: object) -> Iterator[Finding]:
        class Unprintable(KeyError):
            def __str__(self) -> str:
                raise RecursionError

        if "crash" in cls.path.read_text():  # type: ignore[attr-defined]
            raise Unprintable
        yield from ()
