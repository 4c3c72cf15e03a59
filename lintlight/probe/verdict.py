"""Evidence -> verdict: pure functions, one for each kind of claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lintlight.model import Claim, ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe import why_not
from lintlight.probe.checkpoint_verdict import judge_hides_typos, judge_lost, judge_resume_fails
from lintlight.probe.evidence import HARVESTED, IMMATERIAL, Evidence
from lintlight.probe.mode_verdict import judge_eval, judge_eval_left_on, judge_override
from lintlight.probe.steps_verdict import judge_left_in, judge_uncounted

Judge = Callable[[ProbeRequest, Evidence], Verdict]

ASSUMED = frozenset({HARVESTED, IMMATERIAL})
"""Sources of arguments that are likely, and not certain."""


_OF_MODES = frozenset({Claim.TRAINED_IN_EVAL, Claim.EVAL_LEFT_ON, Claim.OVERRIDE_NOT_CALLED})
"""What a part that is missing, or a hook that ends early for it, does not decide."""

_JUDGES: Mapping[Claim, Judge] = {
    Claim.TRAINED_IN_EVAL: judge_eval,
    Claim.EVAL_LEFT_ON: judge_eval_left_on,
    Claim.OVERRIDE_NOT_CALLED: judge_override,
    Claim.WEIGHTS_LEFT_IN: judge_left_in,
    Claim.NO_STEP_COUNTS: judge_uncounted,
    Claim.NOT_EVERY_STEP_COUNTS: judge_uncounted,
    Claim.RESUME_FAILS: judge_resume_fails,
    Claim.WEIGHTS_NOT_SAVED: judge_lost,
    Claim.TYPOS_HIDDEN: judge_hides_typos,
}


def judge(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """What the evidence says about a claim."""
    stopped = why_not.stopped(request.class_name, request.attribute, evidence) or why_not.went_on(request, evidence)
    if stopped is not None:
        return stopped
    verdict = _JUDGES[request.claim](request, evidence)
    absent = evidence.get("absent") or {}
    without = [*absent.get("made", ()), *absent.get("used", ())]
    if without and request.claim not in _OF_MODES:
        return why_not.without_parts(request, evidence, without)
    return _capped(verdict, evidence)


def why_not_shown(class_name: str, evidence: Evidence) -> tuple[str, str]:
    """Reason and hint when a class could not be shown."""
    verdict = why_not.stopped(class_name, "", evidence)
    if verdict is None:
        return f"`{class_name}` was not probed to the end", "run the probe on it again"
    return verdict.reason, verdict.hint


def _capped(verdict: Verdict, evidence: Evidence) -> Verdict:
    """Weaker, and said so, where the project constructs the class in other ways, or an argument was assumed."""
    if verdict.status is VerdictStatus.NOT_PROBED:
        return verdict
    assumed = ", ".join(f"`{each['name']}`" for each in evidence.get("arguments", ()) if each["source"] in ASSUMED)
    refuted = verdict.status is VerdictStatus.REFUTED
    others = evidence.get("other_calls", ()) if refuted and not assumed else ()
    heir = evidence.get("heir", "")
    notes = [f"{assumed} assumed"] if assumed else []
    notes += why_not.not_needed(evidence)
    notes += [f"as constructed here; {place} constructs it with other arguments" for place in others[:1]]
    notes += [f"as its heir `{heir}`" + ("; other heirs may differ" if refuted else "")] if heir else []
    if not notes:
        return verdict
    weak = bool(assumed or others or (heir and refuted))
    weaker = max(verdict.strength, Strength.ASSUMED, key=tuple(Strength).index) if weak else verdict.strength
    return replace(verdict, strength=weaker, reason=f"{verdict.reason} ({'; '.join(notes)})")
