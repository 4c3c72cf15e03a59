"""Are optimizer steps counted, and do weights stay from one to the next? Judged from real steps of a whole fit."""

from __future__ import annotations

from lintlight.model import Claim, ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe.evidence import Evidence, Seen
from lintlight.probe.why_not import SETTINGS, cut_short, doubt, no_batch, not_probed

BATCH = f"give a batch that it takes with `batch` in {SETTINGS}"


def judge_uncounted(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: optimizers step and `global_step` stays 0, so what waits for it waits for ever."""
    seen, unsure = _steps(request, evidence)
    if unsure is not None:
        return not_probed(*unsure, evidence)
    steps, counted, batches = seen["optimizer_steps"], seen["global_step"], seen["batches"]
    if seen["failure"] and (seen["automatic"] or not steps):
        failure = seen["failure"]
        return not_probed(
            f"the fit ended after {steps} steps: {failure['type']}: {failure['message']}", BATCH, evidence
        )
    written = f"{seen['checkpoints']} checkpoints were written with every_n_train_steps=1"
    if request.claim is Claim.NOT_EVERY_STEP_COUNTS and steps > counted > 0:
        reason = f"in {batches} batches the optimizers stepped {steps} times and `global_step` is {counted}"
        return Verdict(VerdictStatus.CONFIRMED, Strength.FULL, reason, "", evidence)
    if counted > 0 and seen["uncounted_batches"]:
        return not_probed(
            f"the optimizers stepped {steps} times, `global_step` is {counted}, and it stood still in "
            f"{seen['uncounted_batches']} batches in which one stepped",
            "see whether the steps that are not counted are meant to be",
            evidence,
        )
    if counted > 0:
        reason = f"in {batches} batches the optimizers stepped {steps} times, `global_step` is {counted}, and {written}"
        return Verdict(VerdictStatus.REFUTED, Strength.FULL, reason, "", evidence)
    if steps > 0:
        reason = (
            f"in {batches} batches the optimizers stepped {steps} times and `global_step` is still 0: "
            f"{written}, and max_steps is never reached"
        )
        return Verdict(VerdictStatus.CONFIRMED, Strength.FULL, reason, "", evidence)
    return not_probed(
        f"no optimizer stepped in {batches} batches", "make it step within 8 batches and probe again", evidence
    )


def judge_left_in(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: after validation training goes on from other weights than before."""
    seen, unsure = _steps(request, evidence)
    if unsure is not None:
        return not_probed(*unsure, evidence)
    name, left_in, validations = request.class_name, seen["left_in"], seen["validations"]
    if left_in:
        reason = (
            f"after validation {left_in} of {seen['parameters']} parameters of `{name}` are not what they were before"
        )
        return Verdict(VerdictStatus.CONFIRMED, Strength.FULL, reason, "", evidence)
    if not validations or seen["failure"]:
        said = f": {seen['failure']['type']}: {seen['failure']['message']}" if seen["failure"] else ""
        return not_probed(f"training did not go on after a validation that calls `train(False)`{said}", BATCH, evidence)
    reason = f"after validation every parameter of `{name}` is what it was before"
    return Verdict(VerdictStatus.REFUTED, Strength.FULL, reason, "", evidence)


def _steps(request: ProbeRequest, evidence: Evidence) -> tuple[Seen, tuple[str, str] | None]:
    """What was seen of the steps; why nothing was, or it must not decide, and what to do."""
    seen: Seen = evidence.get("steps") or {}
    unsure = doubt(request, evidence)
    if not seen and unsure is None:
        unsure = cut_short(request, evidence, "steps") or no_batch(request, evidence)
    return seen, unsure
