"""The probe from end to end: real Lightning, real transformers, classes as users write them."""

import ast
import os
import sys
from pathlib import Path

import pytest

from lintlight.model import (
    Claim,
    Confidence,
    Finding,
    Position,
    ProbeRequest,
    Severity,
    Span,
    Strength,
    Verdict,
    VerdictStatus,
)
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings

CASES = Path(__file__).parent / "probe_cases"
WORKER = Path(__file__).parents[1] / "lintlight" / "probe" / "worker"

EXPECTED = {
    ("architectures.py", "Text", "language"): VerdictStatus.CONFIRMED,
    ("architectures.py", "TextRepaired", "language"): VerdictStatus.REFUTED,
    ("architectures.py", "TextSwitchedInStep", "language"): VerdictStatus.REFUTED,
    ("architectures.py", "TextFrozen", "language"): VerdictStatus.REFUTED,
    ("architectures.py", "TextAllDropped", "language"): VerdictStatus.CONFIRMED,
    ("architectures.py", "Translator", "seq2seq"): VerdictStatus.CONFIRMED,
    ("architectures.py", "Pictures", "eyes"): VerdictStatus.CONFIRMED,
    ("architectures.py", "Speech", "ears"): VerdictStatus.CONFIRMED,
    ("architectures.py", "Chat", "decoder"): VerdictStatus.HARMLESS,
    ("architectures.py", "AdapterContinued", "language"): VerdictStatus.CONFIRMED,
    ("architectures.py", "AdapterInTrainMode", "language"): VerdictStatus.REFUTED,
    ("architectures.py", "AdapterForFeatures", "language"): VerdictStatus.REFUTED,
    ("twofiles/models.py", "Wrapped", "embed"): VerdictStatus.CONFIRMED,
    ("twofiles/models.py", "Derived", "reader"): VerdictStatus.CONFIRMED,
    ("hidden/packed/models.py", "BesideANamesake", "encoder"): VerdictStatus.CONFIRMED,
}


def finding(path: Path, class_name: str, attribute: str, code: str = "LL101") -> Finding:
    """A finding as a rule makes it, ready to be probed."""
    span = Span(path, Position(1, 1), Position(1, 2))
    request = ProbeRequest(path, class_name, attribute, Claim.TRAINED_IN_EVAL)
    return Finding(code, "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[str, str, str], Verdict | None]:
    findings = [finding(CASES / file, class_name, attribute) for file, class_name, attribute in EXPECTED]
    settings = ProbeSettings(python=Path(sys.executable))
    return dict(zip(EXPECTED, (found.verdict for found in probe(findings, settings)), strict=True))


@pytest.mark.parametrize("key", EXPECTED, ids=lambda key: key[1])
def test_verdict(key: tuple[str, str, str], verdicts: dict[tuple[str, str, str], Verdict]) -> None:
    assert verdicts[key].status is EXPECTED[key], verdicts[key].reason


def test_sentence_has_the_numbers_that_decided(verdicts: dict[tuple[str, str, str], Verdict]) -> None:
    reason = verdicts["architectures.py", "TextAllDropped", "language"].reason
    assert reason.startswith(
        "at the first training_step 48 of 48 submodules of `language` are in eval mode; its output "
    )
    assert "so dropout (p=1, 7 modules) is off" in reason
    assert "`bert-base-uncased` stood in for: bert with its default configuration" in reason


def test_modes_do_not_depend_on_the_configuration_but_effects_do(
    verdicts: dict[tuple[str, str, str], Verdict],
) -> None:
    assert verdicts["architectures.py", "TextRepaired", "language"].strength is Strength.FULL
    assert verdicts["architectures.py", "Chat", "decoder"].strength is Strength.DEFAULT_CONFIG


def test_harmless_is_only_information() -> None:
    found = finding(CASES / "architectures.py", "Chat", "decoder")
    [probed] = probe([found], ProbeSettings(python=Path(sys.executable)))
    assert probed.severity is Severity.INFO


def test_what_is_too_large_to_be_constructed_shows_its_flags_and_decides_nothing() -> None:
    found = finding(CASES / "large.py", "TooLarge", "encoder")
    [probed] = probe([found], ProbeSettings(python=Path(sys.executable), memory_mb=400))
    assert probed.verdict is not None
    assert probed.verdict.status is VerdictStatus.NOT_PROBED
    assert "took more than the memory limit; built without weights, " in probed.verdict.reason
    flags = probed.verdict.evidence["flags"]["encoder"]
    assert flags["modules"] == flags["eval"] > 300
    assert "`memory`" in probed.verdict.hint


def test_findings_without_a_request_start_nothing() -> None:
    found = finding(CASES / "architectures.py", "Chat", "decoder")
    plain = Finding(**{**vars(found), "probe": None})
    assert probe([plain], ProbeSettings(python=Path("/nowhere"))) == [plain]


def test_an_interpreter_that_is_not_there_is_a_reason() -> None:
    found = finding(CASES / "architectures.py", "Chat", "decoder")
    [probed] = probe([found], ProbeSettings(python=Path("/nowhere/python")))
    assert probed.verdict is not None
    assert probed.verdict.status is VerdictStatus.NOT_PROBED
    assert probed.verdict.reason == "the probe did not start: OSError: No such file or directory: /nowhere/python"
    assert probed.verdict.hint == "give the project's interpreter with --python"


def test_progress_names_each_class_and_ends() -> None:
    seen: list[tuple[int, int, str]] = []
    found = [finding(CASES / "architectures.py", name, "x") for name in ("Chat", "Text")]
    probe(found, ProbeSettings(python=Path("/nowhere/python")), lambda *step: seen.append(step))
    assert seen == [(0, 2, "architectures:Chat"), (2, 2, "")]


@pytest.mark.parametrize("path", sorted(WORKER.glob("*.py")), ids=lambda path: path.name)
def test_worker_is_python_3_9_and_knows_nothing_of_lintlight(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    allowed = {"torch", "transformers", "safetensors", "tokenizers", "numpy"} | set(sys.stdlib_module_names)
    assert {name.split(".")[0] for name in imported} <= allowed


def test_nothing_of_ours_is_left_in_the_project() -> None:
    before = sorted(os.path.join(folder, name) for folder, _, names in os.walk(CASES) for name in names)
    probe([finding(CASES / "twofiles/models.py", "Wrapped", "embed")], ProbeSettings(python=Path(sys.executable)))
    assert sorted(os.path.join(folder, name) for folder, _, names in os.walk(CASES) for name in names) == before
