"""Evidence -> verdict: pure functions, one for each kind of claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lintlight.model import ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe import why_not
from lintlight.probe.checkpoint_verdict import judge_hides_typos, judge_lost, judge_resume_fails
from lintlight.probe.mode_verdict import judge_eval, judge_eval_left_on, judge_override
from lintlight.probe.steps_verdict import judge_left_in, judge_uncounted

Evidence = Mapping[str, Any]
Judge = Callable[[ProbeRequest, Evidence], Verdict]

ASSUMED = frozenset({"harvested", "immaterial"})
"""Sources of arguments that are likely, and not certain."""


def _judge_train_override(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """An override that is not called is about the mode of a part, or about the weights of the whole module."""
    return (judge_override if request.attribute else judge_left_in)(request, evidence)


_JUDGES: dict[str, Judge] = {
    "LL101": judge_eval,
    "LL102": judge_eval_left_on,
    "LL103": _judge_train_override,
    "LL104": judge_eval,
    "LL201": judge_uncounted,
    "LL202": judge_uncounted,
    "LL301": judge_resume_fails,
    "LL302": judge_lost,
    "LL303": judge_resume_fails,
    "LL304": judge_hides_typos,
}


def judge(code: str, request: ProbeRequest, evidence: Evidence) -> Verdict:
    """What the evidence says about a finding of this rule."""
    stopped = why_not.stopped(request, evidence)
    if stopped is not None:
        return stopped
    if code not in _JUDGES:
        return Verdict(
            VerdictStatus.NOT_PROBED,
            Strength.FLAGS_ONLY,
            f"no experiment decides {code} yet",
            "read the code at this place",
            evidence,
        )
    return _capped(_JUDGES[code](request, evidence), evidence)


def why_not_shown(path: Path, class_name: str, evidence: Evidence) -> tuple[str, str]:
    """Reason and hint when a class could not be shown."""
    verdict = why_not.stopped(ProbeRequest(path, class_name, "", ()), evidence)
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
    notes += [f"as constructed here; {place} constructs it with other arguments" for place in others[:1]]
    notes += [f"as its heir `{heir}`" + ("; other heirs may differ" if refuted else "")] if heir else []
    if not notes:
        return verdict
    weak = bool(assumed or others or (heir and refuted))
    weaker = max(verdict.strength, Strength.ASSUMED, key=tuple(Strength).index) if weak else verdict.strength
    return replace(verdict, strength=weaker, reason=f"{verdict.reason} ({'; '.join(notes)})")
