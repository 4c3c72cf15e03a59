"""Does a checkpoint bring back what was trained? Judged from a real save and a real resume in a new instance."""

from __future__ import annotations

from collections.abc import Sequence

from lintlight.model import ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe.evidence import Evidence, Seen
from lintlight.probe.why_not import cut_short, doubt, no_batch, not_probed

MISSED_FIRST = frozenset({"state_dict", "pytorch-lightning_version"})
"""What Lightning looks for first in a checkpoint that was emptied."""


def judge_resume_fails(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: resuming from its own checkpoint raises because of keys."""
    seen = evidence.get("checkpoint") or {}
    unsure = _unsure(request, evidence, seen)
    if unsure is not None:
        return unsure
    for name, where in (("resume", "fit(ckpt_path=...)"), ("load_from_checkpoint", "load_from_checkpoint(...)")):
        if _about_keys(seen[name]):
            reason = f"{_saved(seen)}; {where} then raises {_said(seen[name])}"
            return Verdict(VerdictStatus.CONFIRMED, _strength(evidence), reason, "", evidence)
    if seen["resume"]:
        hint = "resume a checkpoint of it by hand"
        return not_probed(f"resuming failed for another reason: {_said(seen['resume'])}", hint, evidence)
    reason = f"{_saved(seen)}, and both fit(ckpt_path=...) and load_from_checkpoint(...) take the checkpoint"
    return Verdict(VerdictStatus.REFUTED, _strength(evidence), reason, "", evidence)


def judge_lost(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: tensors that were trained have another value after resuming, and nothing was raised."""
    seen = evidence.get("checkpoint") or {}
    unsure = _unsure(request, evidence, seen)
    if unsure is not None:
        return unsure
    if seen["lost_count"]:
        which = "had been trained" if seen["trained"] else "an optimizer trains"
        reason = (
            f"{_saved(seen)}; after fit(ckpt_path=...) {seen['lost_count']} tensors that {which} hold other "
            f"values, without an error: {_listed(seen['lost'], seen['lost_count'])}"
        )
        return Verdict(VerdictStatus.CONFIRMED, _strength(evidence), reason, "", evidence)
    if not seen["restored"]:
        return not_probed(
            f"resuming did not come to the first step: {_said(seen['resume'])}",
            "see whether the same code has LL301",
            evidence,
        )
    if not seen["moved"]:
        if not seen["trained"]:
            return not_probed(*no_batch(request, evidence), evidence)
        reason = f"{_saved(seen)}, and two training steps changed no tensor"
        return not_probed(reason, "make the first steps change something, without warm-up, and probe again", evidence)
    if seen["still_to_learn"]:
        named = _listed(seen["still_to_learn"], len(seen["still_to_learn"]))
        reason = f"{_saved(seen)}; an optimizer has {named}, which two training steps did not change"
        return not_probed(reason, "make the first steps train what is not saved, and probe again", evidence)
    reason = f"{_saved(seen)}, and all {seen['moved']} tensors that training changed came back after fit(ckpt_path=...)"
    return Verdict(VerdictStatus.REFUTED, _strength(evidence), reason, "", evidence)


def judge_hides_typos(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: loading is not strict although every tensor is saved."""
    seen = evidence.get("checkpoint") or {}
    unsure = _unsure(request, evidence, seen)
    if unsure is not None:
        return unsure
    sure = _strength(evidence)
    if seen["strict_loading"]:
        return Verdict(VerdictStatus.REFUTED, sure, "`strict_loading` is True once it is constructed", "", evidence)
    if seen["missing_count"]:
        return Verdict(VerdictStatus.REFUTED, sure, f"{_saved(seen)}: it needs non-strict loading", "", evidence)
    reason = f"{_saved(seen)} and `strict_loading` is False: a checkpoint with a renamed key is taken without an error"
    return Verdict(VerdictStatus.CONFIRMED, sure, reason, "", evidence)


def _unsure(request: ProbeRequest, evidence: Evidence, seen: Seen) -> Verdict | None:
    """Why the evidence must not decide."""
    guessed = doubt(request, evidence)
    if guessed is not None:
        return not_probed(*guessed, evidence)
    cut = None if seen else cut_short(request, evidence, "checkpoint")
    if cut is not None:
        return not_probed(*cut, evidence)
    failure = seen.get("failure", {"type": "nothing", "message": "no checkpoint was written"})
    if failure:
        return not_probed(f"no checkpoint could be written: {_said(failure)}", "save one by hand", evidence)
    return None


def _about_keys(failure: Seen | None) -> bool:
    """Whether an exception says that keys of the state dict do not fit, or that loading was called wrongly."""
    message = str(failure["message"]) if failure else ""
    if failure and failure["type"] == "KeyError" and message.strip("'") in MISSED_FIRST:
        return True
    return any(part in message for part in ("Missing key", "Unexpected key", "load_state_dict", "size mismatch"))


def _said(failure: Seen | None) -> str:
    """An exception in one line."""
    return f"{failure['type']}: {str(failure['message'])[:160]}" if failure else "nothing was raised"


def _saved(seen: Seen) -> str:
    """How much is in the checkpoint."""
    missing = seen["missing_count"]
    left_out = f", without {_listed(seen['missing'], missing)}" if missing else ""
    return f"the checkpoint holds {seen['tensors'] - missing} of {seen['tensors']} tensors{left_out}"


def _listed(names: Sequence[str], count: int) -> str:
    """The first names, and how many more."""
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown + (f" and {count - 3} more" if count > 3 else "")


def _strength(evidence: Evidence) -> Strength:
    """A round trip without a trained step compares keys, not values."""
    return Strength.FULL if evidence["checkpoint"]["trained"] else Strength.TOLERANT
