"""Is the submodule trained in eval mode, and does that turn anything off? Judged from the evidence of one class."""

from __future__ import annotations

from collections.abc import Sequence

from lintlight.model import ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe.evidence import DEFAULT, MADE_UP, NOT_GIVEN, REMOVED_HOOK, Evidence, Seen
from lintlight.probe.measured import Measured, difference, fused_dropouts, loses_random_numbers, unsteadiness
from lintlight.probe.why_not import FACTORY, beside, doubt, for_hook, no_batch, not_made, not_probed

EXACT = frozenset({"as written", "local", "cache", "told"})
"""Ways in which the worker knew the configuration itself; the others are defaults of the architecture."""


BY_HAND = "compare its outputs in train and in eval mode over many forwards, by hand"
FIRST_STEP = "make the first training step one that trains it, and probe again"


def judge_eval(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: at the first forward in `training_step` it learns, is in eval mode, and train mode would differ."""
    target: Seen = evidence["targets"].get(request.attribute, {})
    name = request.attribute
    unsure = _unsure(request, evidence, target)
    if unsure is not None:
        return not_probed(*unsure, evidence)
    sure = _strength(evidence)
    moments = _moments(target)
    learning = [moment for moment in moments if _learns(moment, evidence)]
    if not learning:
        if evidence["fit"]["unfreezes"]:
            reason = f"`{name}` does not learn in the first {len(moments)} steps, and is unfrozen later"
            return not_probed(reason, "unfreeze it in an earlier epoch and probe again", evidence)
        if evidence["fit"]["waits"] and any(map(_would_learn, moments)):
            reason = f"`{name}` runs without gradients in the training steps that were run, and others may be different"
            return not_probed(reason, FIRST_STEP, evidence)
        seen_all = evidence["fit"]["step_ran"] or moments[0]["grad_enabled"]
        strength = sure if seen_all else Strength.TOLERANT
        return Verdict(VerdictStatus.REFUTED, strength, _not_learning(name, moments[0]), "", evidence)
    if learning[0] is moments[0] and _no_gradient(target, evidence):
        if evidence["fit"]["waits"]:
            reason = f"no gradient reached `{name}` in the training step that was run, and another one may be different"
            return not_probed(reason, FIRST_STEP, evidence)
        reason = f"`{name}` does not learn: no gradient reached it in the training step that was run"
        return Verdict(VerdictStatus.REFUTED, Strength.TOLERANT, reason, "", evidence)
    seen = learning[0]
    if _failed_optimizers(evidence).get("optimizers") and not _optimizers_known(seen, evidence):
        return _no_optimizers(evidence)
    if _eval_learning(seen) == 0 and not target.get("from_pretrained", True) and _by_defaults(evidence):
        reason = f"`{name}` was not loaded by `from_pretrained()`, as the defaults of `{request.class_name}` have it"
        return not_probed(reason, "give the arguments with which it is loaded with --init NAME=VALUE", evidence)
    if _eval_learning(seen) == 0:
        return _in_train_mode(name, seen, moments, learning, evidence)
    if seen["eval"] != moments[0]["eval"]:  # the effect was measured before
        reason = (
            f"the modes in `{name}` change until {seen['when']}, where it begins to learn, and no step was run then"
        )
        return not_probed(reason, FIRST_STEP, evidence)
    if not _optimizers_known(seen, evidence):
        return _no_optimizers(evidence)
    flags = f"at {_moment(seen, moments)} {seen['eval']} of {seen['modules']} submodules of `{name}` are in eval mode"
    if evidence["fit"]["detaches"] and not evidence["fit"]["step_ran"]:
        reason, hint = no_batch(request, evidence)
        return not_probed(f"{flags}; the class detaches something, and {reason}", hint, evidence)
    return _eval_and_learning(request, evidence, target, flags + _later(target), sure)


def judge_override(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: what the override of `train()` was to do has not happened.

    A part that learns should be in train mode; a frozen one with statistics or dropout should be in eval mode.
    """
    target: Seen = evidence["targets"].get(request.attribute, {})
    unsure = _unsure(request, evidence, target)
    if unsure is not None:
        return not_probed(*unsure, evidence)
    if any(_learns(moment, evidence) for moment in _moments(target)):
        return judge_eval(request, evidence)
    return judge_frozen(request, evidence)


def judge_frozen(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: a frozen part is in train mode at a training step, and eval mode would differ."""
    target: Seen = evidence["targets"].get(request.attribute, {})
    unsure = _unsure(request, evidence, target)
    if unsure is not None:
        return not_probed(*unsure, evidence)
    name, seen, sure = request.attribute, _moments(target)[0], _strength(evidence)
    if _learns(seen, evidence):
        return Verdict(VerdictStatus.REFUTED, sure, f"`{name}` is not frozen at the first training_step", "", evidence)
    switches: Seen = target.get("switches") or {}
    alive = switches["dropout_modules"] - switches["dropout_off"]
    moving = switches["batch_norms"] - switches["batch_norms_off"]
    train = seen["modules"] - seen["eval"]
    flags = f"`{name}` does not learn and {train} of its {seen['modules']} submodules are in train mode"
    if train == 0:
        reason = f"`{name}` does not learn and all of its {seen['modules']} submodules are in eval mode"
        return Verdict(VerdictStatus.REFUTED, sure, reason, "", evidence)
    measured: Sequence[Seen] = (evidence.get("effects") or {}).get(name, {}).get("measured", ())
    delta = difference(measured, "delta_eval")
    parts = [f"{moving} BatchNorm modules move their statistics"] if moving else []
    parts += [f"{alive} dropout modules drop"] if alive else []
    parts += [f"its output differs from eval mode by {delta:.2g} under the same seed"] if delta else []
    if parts:
        return Verdict(VerdictStatus.CONFIRMED, sure, f"{flags}: {', and '.join(parts)}", "", evidence)
    reason = f"{flags}, but nothing in it behaves differently in train mode"
    return Verdict(VerdictStatus.HARMLESS, sure, reason, "", evidence)


def judge_eval_left_on(request: ProbeRequest, evidence: Evidence) -> Verdict:
    """Confirmed: more of it is in eval mode at a later training step than at the first."""
    target: Seen = evidence["targets"].get(request.attribute, {})
    unsure = _unsure(request, evidence, target)
    if unsure is not None:
        return not_probed(*unsure, evidence)
    name = f"`{request.attribute}`" if request.attribute else f"`{request.class_name}`"
    fit, moments = evidence["fit"], _moments(target)
    if not fit["step_ran"] and fit["step_sets_mode"]:
        return not_probed(*no_batch(request, evidence), evidence)
    begun, total = moments[0]["eval_before"], moments[0]["modules"]
    first = f"as the first training_step begins {begun} of {total} submodules of {name} are in eval mode"
    for moment in moments:
        left = max(moment["eval_before"], moment["eval"] if moment["grad_enabled"] else 0)
        if left > begun:
            where = "in its forward" if moment is moments[0] else f"at {moment['when']}"
            reason = f"{first}, {where} {left} of {total}"
            return Verdict(VerdictStatus.CONFIRMED, _strength(evidence), reason, "", evidence)
    if fit["waits"] or fit["failure"]:
        hint = "make the switch happen within 2 steps or 3 epochs and probe again"
        return not_probed(f"{first}, and it stayed so for {len(moments)} steps", hint, evidence)
    reason = f"{first}, and no more of them in any of the {len(moments) - 1} training steps after it"
    return Verdict(VerdictStatus.REFUTED, _strength(evidence), reason, "", evidence)


def _in_train_mode(
    name: str, seen: Seen, moments: Sequence[Seen], learning: Sequence[Seen], evidence: Evidence
) -> Verdict:
    """Refuted: what learns is in train mode; at full strength only when it stays so."""
    total, sure = seen["modules"], _strength(evidence)
    reason = f"at {_moment(seen, moments)} {total} of {total} submodules of `{name}` are in train mode"
    if seen["eval"]:
        inside = f"{seen['eval']} of {total} submodules of `{name}`"
        reason = f"at {_moment(seen, moments)} the {inside} that are in eval mode do not learn"
    later = next((moment for moment in learning if _eval_learning(moment)), None)
    if later is not None:
        reason, sure = f"{reason}, but at {later['when']} {later['eval']} of them are in eval mode", Strength.TOLERANT
    return Verdict(VerdictStatus.REFUTED, sure, reason, "", evidence)


def _by_defaults(evidence: Evidence) -> bool:
    """Whether parameters have their defaults because nobody is known who constructs the class."""
    arguments = evidence.get("arguments", ())
    guessed = all(each["source"] in (DEFAULT, *NOT_GIVEN) and "place" not in each for each in arguments)
    return guessed and any(each["source"] == DEFAULT for each in arguments)


def _eval_learning(moment: Seen) -> int:
    """How many modules are in eval mode although they learn."""
    return int(moment["eval_learning"])


def _no_gradient(target: Seen, evidence: Evidence) -> bool:
    """Whether gradients were computed in a training step, and none of them reached the part."""
    fit = evidence["fit"]
    return bool(fit["step_ran"] and fit["gradients"]) and target["got_gradient"] == 0


def _moments(target: Seen) -> list[Seen]:
    """What was seen at each training step; at the first one, when its first forward began."""
    reached: Seen = target.get("reached") or {}
    # A forward without gradients is one in every step; reentrant checkpointing makes them afterwards.
    with_gradients = {"grad_enabled": reached.get("grad_enabled") is not False or target["got_gradient"] > 0}
    first = {**target["snapshots"][0], **reached, "when": "the first training_step", **with_gradients}
    return [first, *({**snapshot, **with_gradients} for snapshot in target["snapshots"][1:])]


def _eval_and_learning(request: ProbeRequest, evidence: Evidence, target: Seen, flags: str, sure: Strength) -> Verdict:
    """The flags say eval: does it matter?"""
    name = request.attribute
    effect: Seen = (evidence.get("effects") or {}).get(name, {})
    measured: Sequence[Seen] = effect.get("measured", ())
    about = _about(evidence)
    default = sure if _exact(evidence) or sure is not Strength.FULL else Strength.DEFAULT_CONFIG
    switches: Seen = target.get("switches") or {}
    off = _switched_off(switches, measured)
    delta = difference(measured)
    differs = delta > 0 or loses_random_numbers(measured)
    made_up = [each for each in measured if each.get("inputs") == MADE_UP]
    # What a step leaves out that was run to its end does not matter, where every step is like that one.
    reached = evidence["fit"]["step_ran"] and len(made_up) < len(measured)
    idle = 0 if differs or (reached and not evidence["fit"]["waits"]) else effect.get("idle", 0)
    if idle and reached:
        reason = f"{flags}; {idle} of them may have dropout and did not run in the step, and others may be different"
        return not_probed(reason, FIRST_STEP, evidence)
    if not measured or (idle and not made_up):
        reason = f"{flags}; their effect could not be measured" + (f", but {off} is off" if off else "")
        status = VerdictStatus.CONFIRMED if off else VerdictStatus.NOT_PROBED
        hint = "" if off else "compare two forwards of it by hand, in train and in eval mode, under one seed"
        return Verdict(status, Strength.FLAGS_ONLY, reason + about, hint, evidence)
    if differs:
        reason = f"{flags}; {_difference(delta)}" + (f", so {off} is off" if off else "")
        return Verdict(VerdictStatus.CONFIRMED, default, reason + about, "", evidence)
    if idle:
        reason = f"{flags}; {idle} of them may have dropout and were not reached by made-up inputs"
        return not_probed(reason, no_batch(request, evidence)[1], evidence)
    noise = unsteadiness(measured)
    if noise:
        reason = (
            f"{flags}; two forwards of it in the same mode differ by {noise:.2g}, so a change of mode does not show"
        )
        return not_probed(reason, BY_HAND, evidence)
    if effect.get("asked"):
        reason = f"{flags}; its output is the same in train mode, but `{request.class_name}` asks for its mode, too"
        return not_probed(reason, BY_HAND, evidence)
    if switches.get("checkpointing"):
        reason = f"{flags}, so gradient checkpointing is off: nothing else differs from train mode"
        return Verdict(VerdictStatus.CONFIRMED, default, reason + about, "", evidence)
    reason = f"{flags}, but its output is the same in train mode and no random number is drawn: nothing is turned off"
    return Verdict(VerdictStatus.HARMLESS, default, reason + about, "", evidence)


def _unsure(request: ProbeRequest, evidence: Evidence, target: Seen) -> tuple[str, str] | None:
    """Why the evidence must not decide, and what to do."""
    name, fit = request.attribute, evidence["fit"]
    if not target.get("snapshots"):
        kind = f" (it is a {target['type']})" if target.get("exists") and target.get("type") else ""
        made = (evidence.get("absent") or {}).get("made", ())
        if target.get("type") == "Absent" and made:
            return not_made(name, made, evidence)
        return (
            f"`{name}` holds no module at the first training_step{kind}" + beside(evidence),
            "give the arguments that create it with --init NAME=VALUE",
        )
    guessed = doubt(request, evidence)
    if guessed is not None:
        return guessed
    for place in evidence.get("set_outside", ()):
        return (
            f"{place} sets modes of `{request.class_name}` from outside, which the probe does not run",
            FACTORY,
        )
    for hook in fit["hooks_failed"]:
        if hook["sets_mode"] and hook["type"] == REMOVED_HOOK:
            reason = f"`{hook['stage']}` sets a mode, and Lightning 2 no longer calls it"
            return reason, f"port it to `on_{hook['stage']}`, and probe again"
        if hook["sets_mode"]:
            reason = f"`{hook['stage']}` sets a mode and failed: {hook['type']}: {hook['message']}"
            return reason, for_hook(hook, evidence)
    if fit["step_sets_mode"] and not fit["step_ran"] and not target.get("reached"):
        error = fit["step_error"] or {}
        said = f"{error.get('type')}: {error.get('message')}"
        reason = f"`training_step` sets a mode itself and took none of the made-up batches ({said})"
        return reason, "set `example_input_array` to a batch"
    return None


def _learns(moment: Seen, evidence: Evidence) -> bool:
    """Whether the submodule learns at this step: it has parameters with gradients in an optimizer."""
    in_optimizer = moment["in_optimizer"] > 0 or bool(_failed_optimizers(evidence))
    return bool(moment["requires_grad"] > 0 and in_optimizer and moment["grad_enabled"])


def _failed_optimizers(evidence: Evidence) -> Seen:
    """What is noted of a `configure_optimizers` that failed; empty if it did not."""
    failed = (hook for hook in evidence["fit"]["hooks_failed"] if hook["stage"] == "configure_optimizers")
    return next(failed, {})


def _optimizers_known(seen: Seen, evidence: Evidence) -> bool:
    """Whether all parameters that require a gradient are in an optimizer of the user's, also where a later line fails.

    What is in none of those that were made before may be in one that was not. What the method says of its parameters
    counts only where none was made.
    """
    failed = _failed_optimizers(evidence)
    if failed.get("optimizers"):
        return bool(seen["in_optimizer"] >= seen["requires_grad"])
    return not failed or bool(evidence["fit"]["optimizes_all"])


def _no_optimizers(evidence: Evidence) -> Verdict:
    """The verdict when a part may be in no optimizer, or in one that was not made."""
    failed = _failed_optimizers(evidence)
    said = f"{failed['type']}: {failed['message']}"
    return not_probed(
        f"`configure_optimizers` failed, so that nobody knows what learns: {said}", for_hook(failed, evidence), evidence
    )


def _would_learn(moment: Seen) -> bool:
    """Whether a part only lacks a forward with gradients."""
    return bool(moment["requires_grad"] > 0 and moment["in_optimizer"] > 0)


def _not_learning(name: str, moment: Seen) -> str:
    """Why eval mode is right."""
    total = moment["parameters"]
    if moment["requires_grad"] == 0:
        return f"`{name}` does not learn: none of its {total} parameters requires a gradient"
    if moment["in_optimizer"] == 0:
        return f"`{name}` does not learn: none of its {total} parameters is in an optimizer"
    return f"`{name}` does not learn: it runs without gradients in training_step"


def _moment(seen: Seen, moments: Sequence[Seen]) -> str:
    """The step that decides, in words."""
    return "the first training_step" if seen is moments[0] else f"{seen['when']}, where it begins to learn,"


def _strength(evidence: Evidence) -> Strength:
    """What modes and flags rest on."""
    return Strength.FULL if evidence["fit"]["how"] == "strict" else Strength.TOLERANT


def _exact(evidence: Evidence) -> bool:
    """Whether every pretrained part was built from its own configuration."""
    return all(each["how"] in EXACT for each in evidence.get("pretrained", ()))


def _later(target: Seen) -> str:
    """When the mode changes after the first step: a hook that comes too late."""
    for snapshot in target["snapshots"][1:]:
        if snapshot["eval"] == 0:
            return f" (in train mode only from {snapshot['when']} on)"
    return ""


def _difference(delta: float) -> str:
    """The decisive witness in words."""
    if delta > 0:
        return f"its output in the mode found differs from train mode by {delta:.2g} under the same seed"
    return "train mode draws random numbers and the mode found draws none"


def _switched_off(switches: Seen, measured: Measured) -> str:
    """What is off, in words: `dropout (p=0.1, 37 modules)`."""
    parts = []
    if switches.get("dropout_off"):
        rates = ", ".join(f"{rate:g}" for rate in switches["p"])
        parts.append(f"dropout (p={rates}, {switches['dropout_off']} modules)")
    elif switches.get("functional"):
        parts.append("what `" + "`, `".join(switches["functional"]) + "` set")
    if switches.get("batch_norms_off"):
        parts.append(f"the statistics of {switches['batch_norms_off']} BatchNorm modules")
    fused = fused_dropouts(measured)
    if fused and not any(each.get("drew_found") for each in measured):
        parts.append(f"dropout inside {fused} attention kernels")
    return " and ".join(parts)


def _about(evidence: Evidence) -> str:
    """What the pretrained parts were built from, when not from their own configuration."""
    notes = []
    for each in evidence.get("pretrained", ()):
        facts = [] if each["how"] in EXACT else [f"{each['model_type']} with its default configuration"]
        facts += [each["shrunk"]] if each["shrunk"] else []
        if facts:
            notes.append(f"`{each['checkpoint']}` stood in for: " + ", ".join(facts))
    return f" ({'; '.join(dict.fromkeys(notes))})" if notes else ""
