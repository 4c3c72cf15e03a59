"""The probe on a CUDA device, with whatever torch, lightning and transformers the machine's own Python has.

    python -m pytest -m gpu -o addopts=--import-mode=importlib -W default tests/test_gpu.py

The tests see more than pytest's own settings allow for: other versions warn of other things.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import Finding, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from tests import conftest
from tests.bench.probe_findings import finding
from tests.test_probe_effect import TABLE
from tests.test_probe_thirteen import CASES as THIRTEEN
from tests.test_probe_thirteen import EXPECTED
from tests.truth.claims import Claim, claims_in

pytestmark = pytest.mark.gpu
CASES = Path(__file__).parent / "probe_cases" / "gpu" / "models.py"
LIMIT_S, PATIENCE_S = 60.0, 300.0
AT_ONCE = os.cpu_count() or 2
"""Children at a time; each is an interpreter of its own that has to import torch."""
CONFIRMED, HARMLESS = VerdictStatus.CONFIRMED, VerdictStatus.HARMLESS
REFUTED, NOT_PROBED = VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED
MOST_NOT_PROBED = 0.05
SAMPLE = 2


@pytest.fixture(scope="module", autouse=True)
def device() -> Iterator[None]:
    """The machine's devices, which other tests do not see."""
    before = os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    if conftest.DEVICES is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = conftest.DEVICES
    import torch

    assert torch.cuda.is_available(), "the tests marked gpu need a CUDA device"
    yield
    if before is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = before


def probed(findings: list[Finding], root: Path) -> list[Finding]:
    """All findings with their verdicts, several servers side by side; those about one class come to one server."""
    settings = ProbeSettings(python=Path(sys.executable), root=root, device="cuda", timeout_s=PATIENCE_S)
    classes = dict.fromkeys((found.probe.path, found.probe.class_name) for found in findings if found.probe)
    place = {key: number % AT_ONCE for number, key in enumerate(classes)}
    shares: list[list[int]] = [[] for _ in range(AT_ONCE)]
    for number, found in enumerate(findings):
        assert found.probe is not None
        shares[place[found.probe.path, found.probe.class_name]].append(number)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda share: probe([findings[number] for number in share], settings), shares)
    judged = {
        number: each for share, told in zip(shares, done, strict=True) for number, each in zip(share, told, strict=True)
    }
    return [judged[number] for number in range(len(findings))]


def verdict_of(found: Finding) -> Verdict:
    assert found.verdict is not None
    return found.verdict


@pytest.fixture(scope="module")
def verdicts() -> Mapping[str, Verdict]:
    """The verdict on every class of the cases; the one that never ends runs first, on a server of its own."""
    names = ["Usual", "Fused", "Nothing", "Atomic", "Right"]
    settings = ProbeSettings(python=Path(sys.executable), root=CASES.parent, device="cuda", timeout_s=LIMIT_S)
    hung = probe([finding(CASES, name, "language") for name in ("NeverEnds", "Usual")], settings)
    others = probed([finding(CASES, name, "language") for name in names], CASES.parent)
    told = {name: verdict_of(found) for name, found in zip(names, others, strict=True)}
    return {**told, "NeverEnds": verdict_of(hung[0]), "after it": verdict_of(hung[1])}


def measured(verdict: Verdict) -> dict[str, Any]:
    [seen] = verdict.evidence["effects"]["language"]["measured"]
    print(seen)
    return dict(seen)


@pytest.mark.parametrize("name", ["Usual", "Fused", "after it"])
def test_dropout_is_off(name: str, verdicts: Mapping[str, Verdict]) -> None:
    verdict = verdicts[name]
    print(verdict.reason, verdict.evidence["device"], verdict.evidence["seconds"], verdict.evidence["peak_mb"])
    assert verdict.status is CONFIRMED, verdict.reason
    seen = measured(verdict)
    assert seen["drew_train"]
    assert not seen["drew_found"]
    assert seen["delta"] > 0.01


def test_dropout_inside_the_attention_kernel_is_seen(verdicts: Mapping[str, Verdict]) -> None:
    draws = measured(verdicts["Fused"])["draws"]
    assert draws, "nothing was seen to draw"
    assert all("scaled_dot_product" in name for name in draws), draws
    assert "dropout inside 2 attention kernels is off" in verdicts["Fused"].reason


@pytest.mark.parametrize("name", ["Nothing", "Atomic"])
def test_nothing_is_turned_off(name: str, verdicts: Mapping[str, Verdict]) -> None:
    seen = measured(verdicts[name])
    assert verdicts[name].status is HARMLESS, verdicts[name].reason
    assert seen["draws"] == {}


def test_train_mode_is_refuted(verdicts: Mapping[str, Verdict]) -> None:
    assert verdicts["Right"].status is REFUTED, verdicts["Right"].reason


def test_a_child_is_killed_in_the_middle_of_a_kernel(verdicts: Mapping[str, Verdict]) -> None:
    reason = "the first training steps of `NeverEnds` took longer than the time limit"
    assert (verdicts["NeverEnds"].status, verdicts["NeverEnds"].reason) == (NOT_PROBED, reason)


def test_the_device_and_its_memory_are_told(verdicts: Mapping[str, Verdict]) -> None:
    told = verdicts["Usual"].evidence["device"]
    assert told["accelerator"] == "cuda"
    assert told["name"]
    assert 0 < told["peak_mb"] < 1000


@pytest.mark.parametrize("name", TABLE)
def test_effect_on_the_device(name: str) -> None:
    import torch

    from lintlight.probe.worker import effect, modes

    make, inputs, differs = TABLE[name]
    torch.manual_seed(0)
    model, inputs = make().eval().cuda(), inputs.cuda()
    seen = effect.measure(model, list(model.modules()), modes.flags([model]), lambda: model(inputs), set())
    print(seen)
    assert seen["finite"]
    lost = seen["drew_train"] and not seen["drew_found"]
    assert ((seen["delta"] or 0.0) > 10 * seen["noise"] or lost) is differs


def test_thirteen_places_of_a_mode() -> None:
    found = probed([finding(THIRTEEN, name, "bert") for name in EXPECTED], THIRTEEN.parent)
    for name, each in zip(EXPECTED, found, strict=True):
        status, reason = EXPECTED[name]
        verdict = verdict_of(each)
        assert verdict.status is status, verdict.reason
        assert verdict.reason.startswith(reason)


@pytest.fixture(scope="module")
def judged(models: Path) -> list[tuple[Claim, Verdict]]:
    """Claims of the truth about the classes of the fixtures: one in `SAMPLE`, as a start on a device takes long."""
    every = claims_in(models)[::SAMPLE]
    found = probed([claim.finding for claim in every], models)
    return [(claim, verdict_of(each)) for claim, each in zip(every, found, strict=True)]


def test_the_truth_is_the_same_on_the_device(judged: list[tuple[Claim, Verdict]]) -> None:
    told = [f"{claim.true} {claim.label}: {verdict.status.value}: {verdict.reason}" for claim, verdict in judged]
    wrong = [
        line
        for line, (claim, verdict) in zip(told, judged, strict=True)
        if verdict.status in ((REFUTED, HARMLESS) if claim.true else (CONFIRMED,))
    ]
    silent = [line for line, (_, verdict) in zip(told, judged, strict=True) if verdict.status is NOT_PROBED]
    print(len(judged), "claims,", len(wrong), "wrong,", len(silent), "not probed", *silent, sep="\n")
    assert wrong == []
    assert len(silent) <= MOST_NOT_PROBED * len(judged), silent
    on = {verdict.evidence["device"]["accelerator"] for _, verdict in judged if verdict.status is not NOT_PROBED}
    assert on == {"cuda"}
