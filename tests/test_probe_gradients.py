"""What decides is the forward that a part learns by, not the first one."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lintlight.model import Claim, Finding, ProbeRequest, Strength, Verdict, VerdictStatus
from lintlight.probe import ProbeSettings, probe
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
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    settings = ProbeSettings(python=Path(sys.executable), root=CASES.parent)
    asked = [*(finding(CASES, name, "bert") for name in EXPECTED), *(not_saved(name) for name in NOT_SAVED)]
    found = probe(asked, settings)
    return {name: each.verdict for name, each in zip((*EXPECTED, *NOT_SAVED), found, strict=True) if each.verdict}


def not_saved(name: str) -> Finding:
    """A class is said to train weights that are not in the checkpoint."""
    request = ProbeRequest(CASES, name, "", Claim.WEIGHTS_NOT_SAVED)
    return replace(finding(CASES, name, ""), code="LL302", probe=request)


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


def test_an_exception_does_not_name_the_folder_that_the_class_ran_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    error = FileNotFoundError(f"no {tmp_path}/work/ckpt/last.ckpt, {tmp_path}/home/data or {tmp_path}/worktree")
    assert record.describe("fit", error)["message"] == f"no ckpt/last.ckpt, ~/data or {tmp_path}/worktree"
