"""SARIF, GitLab, JUnit, fingerprints, and several reports at once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lintlight import __version__
from lintlight.cli import FORMATS as OFFERED
from lintlight.model import (
    Edit,
    FileError,
    Fix,
    Grad,
    HookState,
    Mode,
    Related,
    Report,
    Runs,
    Safety,
    Severity,
    SourceText,
    Strength,
    Suppression,
    VerdictStatus,
)
from lintlight.report import gitlab, junit, sarif
from lintlight.report.fingerprint import fingerprint
from lintlight.report.formats import FORMATS, Output, UnknownFormat, outputs, rendered
from tests.build import HOSTILE, finding, info, report, source, span, timeline, verdict

ROOT = Path("/project")
RUNS = ((Mode.EVAL, 3), (Mode.TRAIN, 1))
MODEL = ROOT / "src" / "ä b.py"


def hashes(text: str) -> tuple[str, ...]:
    return line_hashes(source(MODEL, text))


def line_hashes(text: SourceText) -> tuple[str, ...]:
    """The fingerprint that a finding on each line has."""
    shown = report(ROOT, sources={MODEL: text})
    rows = range(1, len(text.lines()) + 1)
    return tuple(fingerprint(finding(MODEL, span=span(MODEL, row)), shown) for row in rows)


def test_line_hashes_are_those_of_code_scanning() -> None:
    assert hashes("") == ("c129715d7a2bc9a3:1",)
    assert hashes(" a\nb\n  \t\tc\n d") == (
        "271789c17abda88f:1",
        "54703d4cd895b18:1",
        "180aee12dab6264:1",
        "a23a3dc5e078b07b:1",
    )


def test_line_hashes_do_not_depend_on_line_ends_and_blanks() -> None:
    text = "def f():\n    return 1\n\nf()\n"
    assert hashes(text) == hashes(text.replace("\n", "\r\n")) == hashes(text.replace("    ", "\t"))
    assert len(hashes(text)) == 5


def test_line_hashes_count_repetitions_and_survive_what_moves_above() -> None:
    text = "x = 1\n" * 40
    assert hashes(text)[:3] == tuple(f"{hashes(text)[0].partition(':')[0]}:{count}" for count in (1, 2, 3))
    assert hashes("new = 0\n" + text)[1:] == hashes(text)


def test_line_hashes_of_other_encodings_do_not_fail() -> None:
    latin = SourceText(MODEL, b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n", "iso-8859-1")
    assert len(line_hashes(latin)) == 3


def run_of(report: Report) -> dict[str, Any]:
    document = json.loads(sarif.render(report))
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    return run  # type: ignore[no-any-return]


def whole() -> Report:
    found = finding(
        MODEL,
        help="write `bert().train()`",
        related=(Related("loaded here", span(ROOT / "src" / "enc.py", 1, 4, 5)),),
        verdict=verdict(VerdictStatus.CONFIRMED),
        fix=Fix("call .train()", Safety.UNSAFE, MODEL, (Edit(15, 17, b"..."),)),
    )
    silent = finding(MODEL, suppressed=Suppression("# noqa: LL101", "a teacher", 2), severity=Severity.WARNING)
    return report(ROOT, found, silent, text="ü = 1\n    y = bert()\n", rules={"LL101": info()})


def test_sarif_result() -> None:
    run = run_of(whole())
    artifact = {"uri": "src/%C3%A4%20b.py", "uriBaseId": "%SRCROOT%"}
    first, second = run["results"]
    assert first["ruleId"] == "LL101"
    assert first["ruleIndex"] == 0
    assert first["level"] == "error"
    assert first["message"]["text"] == (
        "`self.bert` is trained in eval mode; call `.train()` on it. Help: write `bert().train()`. "
        "Probe: confirmed: 37 of 37 modules ran in eval mode."
    )
    region = {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 13}
    assert first["locations"] == [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    assert first["partialFingerprints"] == {"primaryLocationLineHash": hashes("ü = 1\n    y = bert()\n")[1]}
    assert [(place["id"], place["message"]["text"]) for place in first["relatedLocations"]] == [(1, "loaded here.")]
    steps = first["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [1, 2]
    assert first["properties"]["lintlight"]["verdict"]["status"] == "confirmed"
    [change] = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {"deletedRegion": {"charOffset": 14, "charLength": 2}, "insertedContent": {"text": "..."}}
    ]
    assert second["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "a teacher"}]
    assert second["level"] == "warning"


def test_sarif_flow_ends_where_the_submodule_is_trained() -> None:
    line = replace(timeline().lines[0], states=timeline().lines[0].states[:2] * 2)
    still, trained = (HookState(mode, Grad.ON, Runs.WITH_GRADIENTS, "", span(MODEL, row)) for mode, row in RUNS)
    seen = replace(timeline(), hooks=("__init__", "training_step", "on_train_epoch_end", "training_step"))
    seen = replace(seen, lines=(replace(line, states=(None, trained, None, still)),))
    [result] = run_of(report(ROOT, finding(MODEL, timeline=seen)))["results"]
    assert "relatedLocations" not in result
    steps = [step["location"] for step in result["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert [(step["physicalLocation"]["region"]["startLine"], step["message"]["text"]) for step in steps] == [
        (2, "`self.bert` is trained in eval mode; call `.train()` on it."),
        (3, "`self.bert` is trained here in eval mode."),
    ]


def test_sarif_run() -> None:
    run = run_of(whole())
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("lintlight", __version__)
    [rule] = driver["rules"]
    assert rule["id"] == "LL101"
    assert rule["name"] == "PretrainedLeftInEval"
    assert rule["shortDescription"]["text"] == "A pretrained submodule is trained in eval mode."
    assert rule["fullDescription"]["text"] == "It comes back from `from_pretrained()` that way."
    assert "```python" in rule["help"]["markdown"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": "file:///project/"}}
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_says_what_could_not_be_checked() -> None:
    [invocation] = run_of(report(ROOT, errors=(FileError(Path("/else/b.py"), "does not exist"),)))["invocations"]
    assert invocation["executionSuccessful"] is False
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else/b.py"}


def test_gitlab() -> None:
    [issue] = json.loads(gitlab.render(whole()))
    identity = issue.pop("fingerprint")
    assert issue == {
        "type": "issue",
        "categories": ["Bug Risk"],
        "check_name": "LL101 pretrained-left-in-eval",
        "description": "`self.bert` is trained in eval mode; call `.train()` on it",
        "severity": "major",
        "location": {
            "path": "src/ä b.py",
            "positions": {"begin": {"line": 2, "column": 8}, "end": {"line": 2, "column": 13}},
        },
    }
    moved = report(ROOT, finding(MODEL, span=span(MODEL, 3)), text="new\nü = 1\n    y = bert()\n")
    assert json.loads(gitlab.render(moved))[0]["fingerprint"] == identity


def test_junit() -> None:
    doubtful = finding(MODEL, verdict=verdict(VerdictStatus.REFUTED, Strength.ASSUMED))
    some = report(ROOT, *whole().findings, doubtful, errors=(FileError(ROOT / "b.py", "does not exist"),))
    root = ElementTree.fromstring(junit.render(some))
    suites = [(s.get("name"), s.get("tests"), s.get("failures"), s.get("errors"), s.get("skipped")) for s in root]
    assert suites == [("src/ä b.py", "3", "2", "0", "1"), ("b.py", "1", "0", "1", "0")]
    failure = root.find("./testsuite/testcase/failure")
    assert failure is not None
    assert (failure.get("type"), (failure.text or "").splitlines()[-1]) == (
        "error",
        "confirmed: 37 of 37 modules ran in eval mode",
    )
    assert ElementTree.fromstring(junit.render(report(ROOT))).find("./testsuite/testcase") is not None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_break_out_of_nothing(name: str) -> None:
    hostile = report(ROOT, finding(ROOT / name, message=f"`{name}` ]]> \0 <b> & \n", help=name))
    for name_of_format in FORMATS:
        rendered(hostile, name_of_format).encode("utf-8", "backslashreplace")
    root = ElementTree.fromstring(junit.render(hostile))
    assert [child.tag for child in root.iter()] == ["testsuites", "testsuite", "testcase", "failure"]
    [result] = run_of(hostile)["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' <>"\n\r:#?')


def test_outputs() -> None:
    assert outputs(None, []) == [Output("text")]
    assert outputs("json", []) == [Output("json")]
    assert outputs(None, ["sarif:a.sarif"]) == [Output("text"), Output("sarif", Path("a.sarif"))]
    assert outputs(None, ["github:-", "json:x:y.json"]) == [Output("github"), Output("json", Path("x:y.json"))]
    assert outputs("text", ["github:-"]) == [Output("text"), Output("github")]


@pytest.mark.parametrize("argument", ["sarif", "sarif:", "xml:a.xml", ":a"])
def test_bad_outputs_are_named(argument: str) -> None:
    with pytest.raises(UnknownFormat) as caught:
        outputs(None, [argument])
    assert str(caught.value) == (
        f"`--output {argument}` is not FORMAT:FILE (`-` is stdout); "
        "the formats are text, concise, json, json-full, jsonl, github, gitlab, junit, markdown, sarif, html"
    )


def test_the_command_line_offers_every_format() -> None:
    assert tuple(FORMATS) == OFFERED
