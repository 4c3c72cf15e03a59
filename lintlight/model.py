"""The nouns of lintlight, frozen: places, findings, fixes, probe requests, verdicts, reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any


class Severity(Enum):
    """How bad a finding is when it is true."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(Enum):
    """How sure the static check is that a finding is true, surest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    def at_most(self, other: Confidence) -> Confidence:
        """The less sure of the two."""
        return max(self, other, key=tuple(Confidence).index)


class Safety(Enum):
    """Whether a fix may change what the program computes."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Mode(Enum):
    """The `training` flags of a module and everything below it."""

    TRAIN = "train"
    EVAL = "eval"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Grad(Enum):
    """Whether the parameters of a module require gradients."""

    ON = "on"
    OFF = "off"
    PARTLY = "partly"
    UNKNOWN = "unknown"


class Runs(Enum):
    """How a forward runs; without gradients also wherever Lightning turns them off, as in validation."""

    WITH_GRADIENTS = "with gradients"
    WITHOUT_GRADIENTS = "without gradients"


@dataclass(frozen=True)
class HookState:
    """What one submodule is like when a hook is done; where its forward runs in the hook, when it runs first."""

    mode: Mode
    grad: Grad
    runs: Runs | None = None
    """None where its forward does not run in the hook."""
    switch: str = ""
    """The mode switch that stands there: `train`, `eval`, `flag` or `uncalled`; empty without one."""
    place: Span | None = None
    """Where its forward runs; else where its mode is switched."""


@dataclass(frozen=True)
class AttributeLine:
    """One submodule through the hooks."""

    name: str
    """Dotted path from the LightningModule, for instance `bert` or `encoder.backbone`."""
    states: tuple[HookState | None, ...]
    """One for each hook of the timeline; None while there is no such submodule."""


@dataclass(frozen=True)
class ModuleTimeline:
    """A LightningModule from its construction through the start of its second epoch, as the static check sees it."""

    class_name: str
    hooks: tuple[str, ...]
    """The hooks that run code of the project, in Lightning's order; the first is `__init__` or `before fit`."""
    second_epoch: int
    """The number of hooks before the second epoch; that of all where it was not followed."""
    lines: tuple[AttributeLine, ...]


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file: row and column, both from 1, the column counted in characters."""

    row: int
    column: int


@dataclass(frozen=True, order=True)
class Span:
    """A range in a file; `end` is exclusive."""

    path: Path
    start: Position
    end: Position


@dataclass(frozen=True)
class Related:
    """Another place that a finding rests on, and its part in it."""

    message: str
    span: Span


@dataclass(frozen=True)
class Edit:
    """Replace the bytes `start` to `stop` of the file by `content`."""

    start: int
    stop: int
    content: bytes


class How(Enum):
    """What a Change does."""

    APPEND = "append"
    """Put `code` behind the expression, and behind what is chained to it and returns the same thing."""
    DROP_ARGUMENT = "drop argument"
    """Take the argument that is named `code` out of the call."""
    ADD_LINE = "add line"
    """Put `code` on a line of its own below the statement."""
    ADD_LINE_ABOVE = "add line above"
    """Put `code` on a line of its own above the statement, and an empty one between them."""
    DELETE_LINE = "delete line"
    """Take the statement out, and the comment behind it."""


@dataclass(frozen=True)
class Change:
    """What is to become of the code at `span`; its edits are worked out when somebody asks for them."""

    how: How
    span: Span
    code: str


@dataclass(frozen=True)
class Fix:
    """Edits of one file that belong together, or changes that stand for them; `title` says what they do."""

    title: str
    safety: Safety
    path: Path
    edits: tuple[Edit, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Suppression:
    """The comment that silenced a finding, or the baseline that knows it."""

    comment: str
    reason: str
    row: int
    is_baseline: bool = False


class Claim(Enum):
    """What a finding says will happen; the probe can see whether it does."""

    TRAINED_IN_EVAL = "a submodule is trained in eval mode, which turns something off"
    EVAL_LEFT_ON = "a submodule that was trained in train mode is in eval mode in a later step"
    OVERRIDE_NOT_CALLED = "a frozen submodule runs in train mode, since nobody calls `train()` of the module"
    WEIGHTS_LEFT_IN = "after validation training goes on from other weights"
    NO_STEP_COUNTS = "optimizers step and `global_step` stays 0"
    NOT_EVERY_STEP_COUNTS = "optimizers step more often than `global_step` says"
    RESUME_FAILS = "a checkpoint of the module cannot be loaded strictly"
    WEIGHTS_NOT_SAVED = "trained weights are not in the checkpoint, and loading it says nothing"
    TYPOS_HIDDEN = "loading is not strict, and nothing is missing"


@dataclass(frozen=True)
class ProbeRequest:
    """What the runtime probe is to find out about one submodule of one LightningModule."""

    path: Path
    class_name: str
    """The class's name inside its file; a nested class is written `Outer.Inner`."""
    attribute: str
    """Dotted path of the submodule from the LightningModule, for instance `bert` or `encoder.backbone`."""
    claim: Claim
    in_callback: bool = False
    """The mistake lies in a callback of a script's Trainer; the probe's has none, so nothing is run."""


class VerdictStatus(Enum):
    """What the probe says about a finding."""

    CONFIRMED = "confirmed"
    HARMLESS = "confirmed-harmless"
    REFUTED = "refuted"
    NOT_PROBED = "not-probed"


class Strength(Enum):
    """What a verdict rests on, strongest first."""

    FULL = "full"
    DEFAULT_CONFIG = "default-config"
    TOLERANT = "tolerant"
    ASSUMED = "assumed"
    FLAGS_ONLY = "flags-only"


@dataclass(frozen=True)
class Verdict:
    """The probe's answer for one finding; `evidence` is what the worker saw, as JSON data."""

    status: VerdictStatus
    strength: Strength
    reason: str
    """One sentence with the numbers that decided."""
    hint: str = ""
    """The one thing to do when nothing could be decided; else empty."""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One mistake at one place, and all that is known about it."""

    code: str
    name: str
    message: str
    """One sentence: what is wrong with which name, then what to do; code in backticks."""
    severity: Severity
    confidence: Confidence
    span: Span
    class_name: str | None = None
    """Module and class, for instance `models.text.Classifier`."""
    attribute: str | None = None
    related: tuple[Related, ...] = ()
    help: str = ""
    """The line under the code frame: what to write instead."""
    fix: Fix | None = None
    suppressed: Suppression | None = None
    probe: ProbeRequest | None = None
    verdict: Verdict | None = None
    timeline: ModuleTimeline | None = None
    """What the class's submodules go through; None where modes and gradients are not what the finding is about."""


@dataclass(frozen=True)
class Fault:
    """Where a text is no Python, and why; rows and columns count from 1."""

    row: int
    column: int
    message: str
    in_cell: bool = False
    """Whether it lies in a cell of a notebook that was left out, so that the others could be read."""


@dataclass(frozen=True)
class Cell:
    """A code cell of a notebook: its number among all cells, and its first row in the text of them all."""

    number: int
    row: int
    written: str = ""
    """Its rows as the author wrote them, where the text has others in their place."""
    fault: Fault | None = None
    """Why it was left out: all of it is comments in the text."""


@dataclass(frozen=True)
class SourceText:
    """The text of one file as it was read, with what is needed to go back to its bytes."""

    path: Path
    data: bytes
    text: str
    encoding: str
    cells: tuple[Cell, ...] = ()
    """For a notebook: the text is its code cells in order, and `data` that text in bytes."""
    raw: bytes = b""
    """For a notebook: the bytes of the file, which `data` is not."""

    @property
    def file_bytes(self) -> bytes:
        """The file as it is on the disk."""
        return self.raw or self.data

    def lines(self) -> list[str]:
        """The lines without their ends, split where Python's tokenizer splits (LF, CRLF, CR)."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def written_lines(self) -> list[str]:
        """The same lines for people to read: those of a notebook as its author wrote them."""
        lines = self.lines()
        for cell in self.cells:
            if cell.written:
                rows = cell.written.split("\n")
                lines[cell.row - 1 : cell.row - 1 + len(rows)] = rows
        return lines

    def bytes_before(self, offset: int) -> int | None:
        """Where a character of the text stands in `data`; None where the text does not go back to the same bytes."""
        before = self.text[:offset].encode(self.encoding)
        return len(before) if self.data.startswith(before) else None

    def position_at(self, offset: int) -> Position:
        """Row and column of a place in `data`, in bytes."""
        return position_behind(self.data[:offset].decode(self.encoding))


def position_behind(before: str) -> Position:
    """Row and column of what comes right behind the first text of a file."""
    *lines, last = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Position(len(lines) + 1, len(last) + 1)


@dataclass(frozen=True)
class RuleInfo:
    """A rule's page: what `explain` prints and the tables are made from."""

    code: str
    name: str
    summary: str
    page: str
    """The whole docstring of the rule's file."""
    severity: Severity
    since: str
    default: bool
    lightning: str
    """The Lightning versions the rule is about, for instance `>=2.2`; empty for all."""


@dataclass(frozen=True)
class FileError:
    """A file that could not be checked, and why; the run goes on and exits 2."""

    path: Path
    message: str


@dataclass(frozen=True)
class Report:
    """All that a run found; every output format is a pure function of it."""

    root: Path
    """Paths are shown relative to this folder."""
    findings: tuple[Finding, ...]
    """In order of path, row, column and code; suppressed ones included, marked."""
    sources: Mapping[Path, SourceText]
    rules: Mapping[str, RuleInfo]
    errors: tuple[FileError, ...] = ()
    files_checked: int = 0
    fixed: int = 0
    """How many findings were fixed in this run; they are no longer among `findings`."""
    with_summary: bool = True
    """Whether text for people ends in what it comes to."""


def in_code(path: str) -> str:
    """A submodule of a LightningModule as code names it: `self.nets[0].bert` for torch's `nets.0.bert`.

    `[?]` in the path stands for a name that is not known.
    """
    first, *rest = path.split(".")
    if first == "[?]":
        return "getattr(self, ...)"
    return f"self.{first}" + "".join(
        f"[{part}]" if part.isdigit() else "[...]" if part in {"[?]", "[]"} else f".{part}" for part in rest
    )


def disproved(finding: Finding) -> bool:
    """Whether the probe ran the real thing and saw that the finding is false."""
    verdict = finding.verdict
    return verdict is not None and verdict.status is VerdictStatus.REFUTED and verdict.strength is Strength.FULL


def counts(finding: Finding) -> bool:
    """Whether a finding makes the run fail: it is not suppressed, not a mere note, and not disproved by the probe."""
    return finding.suppressed is None and finding.severity is not Severity.INFO and not disproved(finding)
