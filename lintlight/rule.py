"""Rule: what every rule file defines one subclass of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from lintlight.model import Confidence, Finding, Fix, ProbeRequest, Related, RuleInfo, Severity, Span
from lintlight.versions import first_version

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
    lightning: ClassVar[str] = ""
    """The versions of Lightning that it is about: `>=2.2`, `>=1.8,<2`; empty for all."""

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
        first = first_version(self.lightning)
        older = cls.runs_before(tuple(map(int, first.split(".")))) if first else None
        if older is not None:
            message = f"from Lightning {first} on, {message} (now: `{older.said}`{older.why})"
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
