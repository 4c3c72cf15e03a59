"""What a finding's timeline says in words: the way of its submodule, and where it is trained."""

from __future__ import annotations

from itertools import groupby

from lintlight.model import Finding, HookState, Mode, Related, Runs, in_code

_LEARNS = {"on": "", "off": ", frozen", "partly": ", partly frozen", "unknown": ""}


def trained_at(finding: Finding) -> Related | None:
    """Where its submodule is trained, first of all where that is not in train mode."""
    timeline = finding.timeline
    if timeline is None:
        return None
    line = timeline.lines[0]
    steps = [
        state for hook, state in zip(timeline.hooks, line.states, strict=True) if state and hook == "training_step"
    ]
    for state in sorted(steps, key=lambda state: state.mode is Mode.TRAIN):
        if state.runs is Runs.WITH_GRADIENTS and state.place is not None:
            return Related(f"`{in_code(line.name)}` is trained here in {state.mode.value} mode", state.place)
    return None


def way(finding: Finding) -> str:
    """`self.bert`: eval mode from `__init__` on, train mode from `on_validation_end` on; empty without a timeline."""
    timeline = finding.timeline
    if timeline is None:
        return ""
    line = timeline.lines[0]
    seen = [(hook, state) for hook, state in zip(timeline.hooks, line.states, strict=True) if state is not None]
    turns = [(said, next(each)[0]) for said, each in groupby(seen, key=lambda pair: _said(pair[1]))]
    return f"`{in_code(line.name)}`: " + ", ".join(f"{said} from `{hook}` on" for said, hook in turns)


def _said(state: HookState) -> str:
    return f"{state.mode.value} mode{_LEARNS[state.grad.value]}"
