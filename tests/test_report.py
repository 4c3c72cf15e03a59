"""Reports of findings with ordinary and with hostile names."""

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from lintlight.model import (
    Edit,
    FileError,
    Fix,
    Related,
    Report,
    Safety,
    Severity,
    Strength,
    Suppression,
    VerdictStatus,
)
from lintlight.report import github, terminal, text
from lintlight.report import json as as_json
from lintlight.report.fingerprint import fingerprint
from lintlight.report.shown import columns
from tests.build import HOSTILE, MODEL, ROOT, finding, report, source, span, timeline, verdict


def whole() -> Report:
    found = finding(
        MODEL,
        help="write `bert().train()`",
        related=(Related("loaded here, in eval mode", span(ROOT / "src" / "enc.py", 1, 4, 5)),),
        verdict=verdict(VerdictStatus.CONFIRMED, evidence={"effect": float("nan"), "modes": ("eval",)}),
    )
    files = {MODEL: source(MODEL, "if x:\n    y = bert()\n\n"), ROOT / "src" / "enc.py": source(MODEL, "if x:\n")}
    return report(ROOT, found, sources=files, files_checked=3)


def test_text() -> None:
    assert text.render(whole()) == (
        "src/m.py:2:8 error LL101 `self.bert` is trained in eval mode; call `.train()` on it\n"
        "  |\n"
        "1 | if x:\n"
        "2 |     y = bert()\n"
        "  |        ^^^^^\n"
        "  |\n"
        "  = note: loaded here, in eval mode src/enc.py:1:4\n"
        "1 | if x:\n"
        "  = help: write `bert().train()`\n"
        "  = probe: confirmed: 37 of 37 modules ran in eval mode\n"
        "\n"
        "Found 1 error in 1 file (3 checked).\n"
        "Probed by running the code: 1 confirmed.\n"
    )


def test_drawn_text_says_the_same() -> None:
    out = io.StringIO()
    terminal.draw(whole(), Console(file=out, force_terminal=False, width=200))
    assert out.getvalue().splitlines() == text.render(whole()).splitlines()


def test_summary_counts_what_stands() -> None:
    path = ROOT / "a.py"
    done = report(
        ROOT,
        finding(path),
        finding(path, severity=Severity.WARNING),
        finding(path, severity=Severity.INFO, verdict=verdict(VerdictStatus.HARMLESS)),
        finding(path, verdict=verdict(VerdictStatus.REFUTED)),
        finding(path, verdict=verdict(VerdictStatus.REFUTED, Strength.ASSUMED)),
        finding(path, suppressed=Suppression("# noqa: LL101", "", 2)),
        files_checked=12,
        errors=(FileError(ROOT / "b.py", "does not exist"),),
    )
    assert text.render(done).splitlines()[-4:] == [
        "Found 2 errors, 1 warning and 1 note in 1 file (12 checked).",
        "Probed by running the code: 1 true but harmless and 2 refuted.",
        "1 finding is suppressed by comments.",
        "1 path could not be checked.",
    ]
    assert text.render(report(ROOT, files_checked=2)) == "Nothing found in 2 files.\n"


def test_what_the_probe_disproved_is_not_counted_as_fixable() -> None:
    fix = Fix("call .train()", Safety.UNSAFE, MODEL, (Edit(3, 3, b".train()"),))
    for strength, said in ((Strength.FULL, ""), (Strength.ASSUMED, "[*] 1 fixable with `--fix --unsafe-fixes`.")):
        found = finding(MODEL, fix=fix, verdict=verdict(VerdictStatus.REFUTED, strength))
        told = [line for line in text.render(report(ROOT, found)).splitlines() if "fixable" in line]
        assert "".join(told) == said


def test_concise() -> None:
    assert text.concise(whole()).splitlines()[0] == text.render(whole()).splitlines()[0]
    assert len(text.concise(whole()).splitlines()) == 3


def test_wide_and_tabbed_code_is_underlined_where_it_stands() -> None:
    shown = text.render(report(ROOT, finding(MODEL, span=span(MODEL, 1, 7, 10)), text="\t日本 = 'é'\n"))
    assert shown.splitlines()[2:4] == ["1 |     日本 = 'é'", "  | " + " " * 11 + "^^^"]


def test_a_long_range_is_cut_and_blank_lines_around_are_left_out() -> None:
    lines = ["x = 1", "", "f(", *(f"    {number}," for number in range(20)), ")", "y = 2"]
    shown = text.render(report(ROOT, finding(MODEL, span=span(MODEL, 3, 1, 2, last=24)), text="\n".join(lines)))
    assert [line for line in shown.splitlines() if "..." in line] == ["   | ..."]
    assert len(shown.splitlines()) == 16
    assert "x = 1" not in shown


def test_a_comment_behind_a_long_range_is_not_underlined() -> None:
    shown = text.render(report(ROOT, finding(MODEL, span=span(MODEL, 1, 1, 2, last=2)), text="f('#',  # why\n)\n"))
    assert shown.splitlines()[3] == "  | ^^^^^^"


def test_a_finding_without_its_source_still_stands() -> None:
    assert len(text.render(report(ROOT, finding(MODEL), sources={})).splitlines()) == 3


def test_json() -> None:
    [data] = json.loads(as_json.render(whole()))
    assert data == {
        "code": "LL101",
        "name": "pretrained-left-in-eval",
        "message": "`self.bert` is trained in eval mode; call `.train()` on it",
        "help": "write `bert().train()`",
        "severity": "error",
        "confidence": "high",
        "filename": "src/m.py",
        "location": {"row": 2, "column": 8},
        "end_location": {"row": 2, "column": 13},
        "fingerprint": fingerprint(whole().findings[0], whole()),
        "class": None,
        "attribute": None,
        "related": [
            {
                "message": "loaded here, in eval mode",
                "filename": "src/enc.py",
                "location": {"row": 1, "column": 4},
                "end_location": {"row": 1, "column": 5},
            }
        ],
        "fix": None,
        "suppressed": None,
        "verdict": {
            "status": "confirmed",
            "strength": "full",
            "reason": "37 of 37 modules ran in eval mode",
            "hint": "",
            "evidence": {"effect": "nan", "modes": ["eval"]},
        },
        "timeline": None,
    }
    assert [json.loads(line) for line in as_json.render_lines(whole()).splitlines()] == [data]
    assert as_json.render(report(ROOT)) == "[]\n"


def test_json_of_all_that_a_run_has_to_say() -> None:
    lost = replace(whole(), errors=(FileError(ROOT / "src/lost.py", "it is no text"),), files_checked=7)
    data = json.loads(as_json.render_full(lost))
    assert data == {
        "schema_version": 1,
        "findings": json.loads(as_json.render(whole())),
        "errors": [{"filename": "src/lost.py", "message": "it is no text"}],
        "files_checked": 7,
    }


def test_json_shows_what_the_attribute_goes_through() -> None:
    [data] = json.loads(as_json.render(report(ROOT, finding(MODEL, timeline=timeline()))))
    still = {"mode": "eval", "gradients": "on", "runs": None, "switch": None, "place": None}
    assert data["timeline"] == {
        "hooks": ["__init__", "configure_optimizers", "training_step", "validation_step"],
        "second_epoch": 4,
        "states": [still, still, {**still, "runs": "with gradients"}, None],
    }


def test_json_shows_fixes_and_suppressions() -> None:
    fix = Fix("call .train()", Safety.UNSAFE, MODEL, (Edit(3, 3, b".train()"),))
    found = finding(MODEL, fix=fix, suppressed=Suppression("# noqa: LL101", "", 2))
    [data] = json.loads(as_json.render(report(ROOT, found)))
    place = {"row": 1, "column": 4}
    assert data["fix"] == {
        "applicability": "unsafe",
        "message": "call .train()",
        "edits": [{"content": ".train()", "location": place, "end_location": place}],
    }
    assert data["suppressed"] == {"kind": "comment", "comment": "# noqa: LL101", "reason": "", "row": 2}


def test_github() -> None:
    assert github.render(whole(), {}) == (
        "::error title=lintlight (LL101),file=src/m.py,line=2,col=8,endLine=2,endColumn=13::"
        "src/m.py:2:8: LL101 `self.bert` is trained in eval mode; call `.train()` on it%0A"
        "write `bert().train()`%0Aconfirmed: 37 of 37 modules ran in eval mode\n"
    )


def test_github_leaves_columns_out_of_several_lines() -> None:
    shown = github.render(report(ROOT, finding(MODEL, span=span(MODEL, 2, last=4), severity=Severity.WARNING)), {})
    assert shown.startswith("::warning title=lintlight (LL101),file=src/m.py,line=2,endLine=4::")


def test_github_paths_are_relative_to_the_workspace() -> None:
    shown = github.render(report(ROOT / "src", finding(MODEL)), {"GITHUB_WORKSPACE": "/project"})
    assert ",file=src/m.py," in shown


def test_github_shows_proven_findings_first_and_disproved_or_suppressed_ones_not_at_all() -> None:
    found = [
        finding(MODEL, message="plain"),
        finding(MODEL, message="note", severity=Severity.INFO),
        finding(MODEL, message="proven", verdict=verdict(VerdictStatus.CONFIRMED)),
        finding(MODEL, message="disproved", verdict=verdict(VerdictStatus.REFUTED)),
        finding(MODEL, message="doubtful", verdict=verdict(VerdictStatus.REFUTED, Strength.ASSUMED)),
        finding(MODEL, message="silenced", suppressed=Suppression("# noqa: LL101", "", 2)),
    ]
    lines = github.render(report(ROOT, *found), {}).splitlines()
    assert [line.split("LL101 ")[1].split("%0A")[0] for line in lines] == ["proven", "plain", "doubtful", "note"]


def test_github_says_what_could_not_be_checked() -> None:
    shown = github.render(report(ROOT, errors=(FileError(ROOT / "b.py", "does not exist"),)), {})
    assert shown == "::error title=lintlight,file=b.py::does not exist\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_break_out_of_nothing(name: str) -> None:
    path = ROOT / name
    message = f"`{name}` is trained in eval mode\n::error::%0A"
    hostile = report(ROOT, finding(path, message=message, help=message), text=f"if x:\n    y = '{name}'\nz = 1\n")
    plain = report(ROOT, finding(MODEL, help="x"))

    shown = github.render(hostile, {})
    assert len(shown.splitlines()) == 1
    properties = shown.split("::")[1]
    assert len(properties.split(",")) == 6
    assert "%0A::error::%250A" in shown

    [data] = json.loads(as_json.render(hostile))
    assert data["message"] == message
    data["filename"].encode("utf-8")

    for shown in (text.render(hostile), text.concise(hostile)):
        shown.encode("utf-8")
        assert not set(shown) & set("\x1b\r\u202e")
    if "\n" not in name:
        assert len(text.render(hostile).splitlines()) == len(text.render(plain).splitlines())


def test_terminal_cuts_code_at_the_edge_and_wraps_sentences() -> None:
    out = io.StringIO()
    long = finding(MODEL, span=span(MODEL, 1, 1, 300), message="word " * 40)
    terminal.draw(report(ROOT, long, text="x" * 300), Console(file=out, force_terminal=False, width=40))
    lines = out.getvalue().splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert sum("x" in line for line in lines) == 1
    assert sum("^" in line for line in lines) == 1


def test_terminal_keeps_every_word_and_its_colour_when_it_wraps() -> None:
    out = io.StringIO()
    long = finding(MODEL, message="`weights` stay: " + "word " * 30 + "x" * 90, help="`more` of " + "it " * 30)
    terminal.draw(report(ROOT, long), Console(file=out, force_terminal=True, width=40, color_system="standard"))
    assert "\x1b[1m`weights`\x1b[0m" in out.getvalue()
    shown = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()).splitlines()
    assert all(len(line) <= 40 for line in shown)
    assert " ".join(" ".join(shown).split()).count("word") == 30
    assert sum(line.count("x") for line in shown if line.strip(" x") == "") == 90
    assert next(line for line in shown if line.endswith("it it it")).startswith("  = help: `more` of it")


def test_terminal_cuts_wide_characters_at_the_edge() -> None:
    out = io.StringIO()
    wide = finding(MODEL, span=span(MODEL, 1, 1, 3))
    terminal.draw(report(ROOT, wide, text="漢字" * 40), Console(file=out, force_terminal=False, width=40))
    [line] = [line for line in out.getvalue().splitlines() if "漢" in line]
    assert columns(line) in (39, 40)
    assert line.endswith("…")
