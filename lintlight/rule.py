"""Rule: what every rule file defines one subclass of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from lintlight.model import Confidence, Finding, Fix, ProbeRequest, Related, RuleInfo, Severity, Span

if TYPE_CHECKING:
    from lintlight.semantics.lightning import LightningClass


class Rule:
    """One mistake that lintlight knows. Rules keep no state: they ask the model and yield findings."""

    code: ClassVar[str]
    name: ClassVar[str]
    """Set by the registry from the file name: `pretrained_left_in_eval.py` -> `pretrained-left-in-eval`."""
    info: ClassVar[RuleInfo]
    """Set by the registry from the file's docstring."""
    severity: ClassVar[Severity] = Severity.ERROR
    since: ClassVar[str]
    default: ClassVar[bool] = True
    triggers: ClassVar[frozenset[str]] = frozenset()
    """Names one of which must stand in a file (or in a file it builds on) for the rule to have anything to say."""
    lightning: ClassVar[str] = ""

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        """Yield findings about one LightningModule."""
        yield from ()

    def found(
        self,
        span: Span,
        message: str,
        *,
        cls: LightningClass,
        attribute: str | None = None,
        related: tuple[Related, ...] = (),
        help: str = "",
        confidence: Confidence = Confidence.HIGH,
        severity: Severity | None = None,
        fix: Fix | None = None,
        probe: ProbeRequest | None = None,
    ) -> Finding:
        """A finding of this rule at `span`; no more than a note while the project runs on an older Lightning."""
        older = cls.runs_before(_least(self.lightning))
        if older is not None:
            message = (
                f"from Lightning {self.lightning.removeprefix('>=')} on, {message} (now: `{older.said}`{older.why})"
            )
            severity = Severity.INFO
        return Finding(
            code=self.code,
            name=self.name,
            message=message,
            severity=severity or self.severity,
            confidence=confidence,
            span=span,
            class_name=cls.qualified_name,
            attribute=attribute,
            related=related,
            help=help,
            fix=fix,
            probe=probe,
            timeline=cls.timeline(attribute) if attribute is not None else None,
        )


def _least(versions: str) -> tuple[int, ...]:
    """`>=2.2` as numbers; nothing is older than no version at all."""
    return tuple(int(part) for part in versions.removeprefix(">=").split(".") if part)
