"""What decides is the forward that a part learns by, not the first one."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lintlight.model import Claim, Finding, ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.worker import record
from tests.bench.probe_findings import finding

CASES = Path(__file__).parent / "probe_cases" / "gradients.py"
IN_EVAL = VerdictStatus.CONFIRMED, Strength.DEFAULT_CONFIG, "at the first training_step 48 of 48 submodules of `bert`"
IN_TRAIN = VerdictStatus.REFUTED, Strength.FULL, "at the first training_step 48 of 48 submodules of `bert` are in train"
ALONE = "`bert` does not learn: it runs without gradients in training_step"

EXPECTED = {
    "Plain": IN_EVAL,
    "ReferenceFirst": IN_EVAL,
    "Checkpointed": IN_EVAL,
    "TrainFirst": IN_EVAL,
    "GreedyFirst": IN_TRAIN,
    "NeverWithGradients": (VerdictStatus.REFUTED, Strength.FULL, ALONE),
    "BreaksAfterwards": (VerdictStatus.REFUTED, Strength.TOLERANT, ALONE),
    "NotYet": (VerdictStatus.NOT_PROBED, Strength.FLAGS_ONLY, "no gradient reached `bert` in the training step that"),
    "Never": (VerdictStatus.REFUTED, Strength.TOLERANT, "`bert` does not learn: no gradient reached it"),
}
NOT_SAVED = {
    "TeacherNotSaved": (VerdictStatus.NOT_PROBED, "`TeacherNotSaved.training_step` took none of the made-up batches"),
    "LearnerNotSaved": (
        VerdictStatus.CONFIRMED,
        "the checkpoint holds 2 of 4 tensors, without `teacher.bias`, `teacher.weight`; after fit(ckpt_path=...) "
        "2 tensors that an optimizer trains hold other values",
    ),
    "LearnsLaterNotSaved": (
        VerdictStatus.NOT_PROBED,
        "the checkpoint holds 2 of 4 tensors, without `teacher.bias`, `teacher.weight`; an optimizer has "
        "`teacher.bias`, `teacher.weight`, which two training steps did not change",
    ),
}
LEFT_ON = {
    "EvalBeforeItLearns": (
        VerdictStatus.CONFIRMED,
        "as the first training_step begins 0 of 4 submodules of `net` are in eval mode, in its forward 4 of 4",
    ),
    "EvalAndBack": (VerdictStatus.REFUTED, "as the first training_step begins 0 of 4 submodules of `net` are in eval"),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    settings = ProbeSettings(python=Path(sys.executable), root=CASES.parent)
    asked = [
        *(finding(CASES, name, "bert") for name in EXPECTED),
        *(claimed(name, "", "LL302", Claim.WEIGHTS_NOT_SAVED) for name in NOT_SAVED),
        *(claimed(name, "net", "LL102", Claim.EVAL_LEFT_ON) for name in LEFT_ON),
    ]
    names = (*EXPECTED, *NOT_SAVED, *LEFT_ON)
    return {name: each.verdict for name, each in zip(names, probe(asked, settings), strict=True) if each.verdict}


def claimed(name: str, attribute: str, code: str, claim: Claim) -> Finding:
    """Something else than LL101 is said of a class."""
    return replace(finding(CASES, name, attribute), code=code, probe=ProbeRequest(CASES, name, attribute, claim))


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    status, strength, reason = EXPECTED[name]
    verdict = verdicts[name]
    assert (verdict.status, verdict.strength) == (status, strength), verdict.reason
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize("name", NOT_SAVED)
def test_what_no_optimizer_holds_is_not_lost(name: str, verdicts: dict[str, Verdict]) -> None:
    status, reason = NOT_SAVED[name]
    assert verdicts[name].status is status, verdicts[name].reason
    assert verdicts[name].reason.startswith(reason)


@pytest.mark.parametrize("name", LEFT_ON)
def test_eval_mode_is_left_on_where_it_learns_by_it(name: str, verdicts: dict[str, Verdict]) -> None:
    status, reason = LEFT_ON[name]
    assert verdicts[name].status is status, verdicts[name].reason
    assert verdicts[name].reason.startswith(reason)


def test_an_exception_does_not_name_the_folder_that_the_class_ran_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    error = FileNotFoundError(f"no {tmp_path}/run/ckpt/last.ckpt, {tmp_path}/home/data or {tmp_path}/runs")
    assert record.describe("fit", error)["message"] == f"no ckpt/last.ckpt, ~/data or {tmp_path}/runs"
