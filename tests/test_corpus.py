"""The scorer counts what it says it counts, shown on made-up sites and findings."""

import json
from pathlib import Path

import pytest

from tests.corpus import Alarm, Run, Site, judge, read_alarms, read_sites, table, unlabelled

COLUMNS = "rule,repo,commit,path,line,should_report,shape,needs,reason\n"


def site(line: int, is_bug: bool | None = True, rule: str = "LL101", path: str = "m.py") -> Site:
    return Site(rule, "owner/name", "0" * 40, path, line, is_bug, "this file", "because")


def alarm(*places: tuple[str, int], code: str = "LL101", confidence: str = "high") -> Alarm:
    return Alarm(code, "error", confidence, "m.Classifier.bert", "stays in eval mode", places)


def found(sites: list[Site], *alarms: Alarm, level: str = "medium") -> list[bool]:
    """For each site: was it alarmed."""
    return [outcome.alarm is not None for outcome in judge(sites, Run(alarms), level)]


@pytest.mark.parametrize(("row", "hit"), [(6, False), (7, True), (10, True), (13, True), (14, False)])
def test_alarm_counts_within_three_lines(row: int, hit: bool) -> None:
    assert found([site(10)], alarm(("m.py", row))) == [hit]


def test_related_place_counts() -> None:
    assert found([site(10)], alarm(("task.py", 99), ("m.py", 11))) == [True]


def test_an_unsure_place_is_not_counted_and_answers_for_its_alarm() -> None:
    sites = [site(10, is_bug=None), site(12, is_bug=False), site(20, is_bug=False)]
    assert found(sites, alarm(("m.py", 10))) == [False, False]
    assert found(sites, alarm(("m.py", 12))) == [True, False]


def test_same_line_of_another_file_does_not_count() -> None:
    assert found([site(10)], alarm(("other.py", 10))) == [False]


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ("LL101", {"LL101", "LL103", "LL104"}),
        ("LL201/LL202", {"LL201", "LL202"}),
        ("LL301/LL302", {"LL301", "LL302", "LL303", "LL304"}),
    ],
)
def test_codes_that_answer_a_label(rule: str, codes: set[str]) -> None:
    tried = ("LL001", "LL101", "LL102", "LL103", "LL104", "LL201", "LL202", "LL301", "LL302", "LL303", "LL304")
    assert {code for code in tried if found([site(10, rule=rule)], alarm(("m.py", 10), code=code)) == [True]} == codes


def test_low_confidence_counts_at_low_only() -> None:
    unsure = alarm(("m.py", 10), confidence="low")
    assert found([site(10)], unsure, level="medium") == [False]
    assert found([site(10)], unsure, level="low") == [True]


def test_quiet_site_does_not_answer_for_a_nearer_bug() -> None:
    sites = [site(10), site(12, is_bug=False)]
    assert found(sites, alarm(("m.py", 10))) == [True, False]
    assert found(sites, alarm(("m.py", 12))) == [True, True]


def test_crash_is_wrong_everywhere() -> None:
    outcomes = judge([site(10), site(50, is_bug=False)], Run(crash="exit code -11: no JSON"), "low")
    assert [outcome.is_right for outcome in outcomes] == [False, False]


def test_table_counts_recall_and_precision() -> None:
    sites = [site(10), site(20), site(30, is_bug=False), site(40, is_bug=False)]
    outcomes = judge(sites, Run((alarm(("m.py", 10)), alarm(("m.py", 40)))), "medium")
    head, *rows = (line.split() for line in table(outcomes))
    assert head == ["rule", "needs", "bugs", "found", "recall", "quiet", "false", "precision"]
    assert rows == [
        ["LL101", "this", "file", "2", "1", "0.50", "2", "1", "0.50"],
        ["LL101", "all", "2", "1", "0.50", "2", "1", "0.50"],
    ]


def test_unlabelled_alarms_are_those_near_no_site_of_their_rule() -> None:
    near, far, other = alarm(("m.py", 9)), alarm(("m.py", 90)), alarm(("m.py", 10), code="LL301")
    assert unlabelled([site(10)], [near, far, other]) == [far, other]


def test_reads_the_json_output() -> None:
    place = {"filename": "src/enc.py", "location": {"row": 7, "column": 22}, "end_location": {"row": 7, "column": 40}}
    finding = {
        "code": "LL101",
        "name": "pretrained-left-in-eval",
        "message": "stays in eval mode",
        "severity": "error",
        "confidence": "high",
        "filename": "src/m.py",
        "location": {"row": 12, "column": 9},
        "end_location": {"row": 12, "column": 60},
        "class": "m.Classifier",
        "attribute": "bert",
        "related": [{"message": "loaded here, in eval mode", **place}],
        "fix": None,
        "suppressed": None,
        "verdict": None,
    }
    silenced = finding | {"suppressed": {"comment": "# lintlight: ignore[LL101]", "reason": "frozen", "row": 12}}
    assert read_alarms(json.dumps([finding, silenced])) == (alarm(("src/m.py", 12), ("src/enc.py", 7)),)


def test_reads_the_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "labels.csv"
    sheet.write_text(f"{COLUMNS}LL101,owner/name,{'0' * 40},m.py,10,yes,direct,this file,because\n", "utf-8")
    assert read_sites(sheet) == [site(10)]
