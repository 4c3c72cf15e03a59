"""A baseline forgives what was there, wherever its lines move, and nothing else."""

import json
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lintlight.baseline import BadBaseline, applied, read, render
from lintlight.model import Finding, Report, Suppression
from lintlight.report import text
from tests.build import finding, report, span
from tests.command import lintlight, write
from tests.sources import BAD

ROOT = Path("/project")
MODEL = ROOT / "m.py"
TEXT = "a = bert()\nb = bert()\n"


def standing(before: Report, after: Report) -> tuple[list[Finding], int]:
    """What still counts in `after` with the baseline of `before`, and how many known findings are gone."""
    marked, gone = applied(after, read(render(before, ROOT).encode()), ROOT)
    return [found for found in marked.findings if found.suppressed is None], gone


def test_moved_and_reindented_lines_stay_forgiven() -> None:
    before = report(ROOT, finding(MODEL, span=span(MODEL, 2)), text=TEXT)
    moved = report(ROOT, finding(MODEL, span=span(MODEL, 4)), text="new = 0\n\na = bert()\n    b = bert()\n")
    assert standing(before, moved) == ([], 0)


def test_a_swap_is_not_hidden() -> None:
    first, second = (finding(MODEL, span=span(MODEL, row)) for row in (1, 2))
    left, gone = standing(report(ROOT, first, text=TEXT), report(ROOT, second, text=TEXT))
    assert (left, gone) == ([second], 1)


def test_a_second_one_like_it_is_not_hidden() -> None:
    twice = report(ROOT, *(finding(MODEL, span=span(MODEL, row)) for row in (1, 2)), text="a = bert()\n" * 2)
    once = replace(twice, findings=twice.findings[:1])
    assert standing(once, twice) == ([twice.findings[1]], 0)


@pytest.mark.parametrize("changes", [{"code": "LL103"}, {"attribute": "other"}, {"class_name": "m.Other"}])
def test_another_mistake_on_the_same_line_is_not_hidden(changes: dict[str, str]) -> None:
    other = finding(MODEL, **changes)
    assert standing(report(ROOT, finding(MODEL)), report(ROOT, other)) == ([other], 1)


def test_updating_keeps_what_is_known_and_leaves_commented_ones_out() -> None:
    known, _ = applied(report(ROOT, finding(MODEL)), read(render(report(ROOT, finding(MODEL)), ROOT).encode()), ROOT)
    assert render(known, ROOT) == render(report(ROOT, finding(MODEL)), ROOT)
    silent = report(ROOT, finding(MODEL, suppressed=Suppression("# noqa: LL101", "", 2)))
    assert read(render(silent, ROOT).encode()).total() == 0


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2}', '{"version": 1, "findings": [1]}', '{"version": 1}'])
def test_what_is_no_baseline_is_named(content: str) -> None:
    with pytest.raises(BadBaseline):
        read(content.encode())


def test_summary_tells_baseline_and_comments_apart() -> None:
    known, _ = applied(report(ROOT, finding(MODEL)), read(render(report(ROOT, finding(MODEL)), ROOT).encode()), ROOT)
    assert text.render(known) == "Nothing found in 1 file.\n1 finding is known from the baseline.\n"


def test_statistics() -> None:
    many = report(ROOT, finding(MODEL), finding(MODEL), finding(MODEL, code="LL103", name="x"))
    assert text.statistics(many) == "2  LL101  pretrained-left-in-eval\n1  LL103  x\n"
    assert text.statistics(report(ROOT)) == ""


def test_statistics_for_programs(tmp_path: Path) -> None:
    write(tmp_path, "m.py", BAD.format(comment="") + BAD.format(comment="  # noqa: LL101").replace("Cl", "OtherCl"))
    asked = ("check", "--statistics", "--output-format", "json", "--output", "html:all.html")
    done = lintlight(*asked, cwd=tmp_path)
    row = {"code": "LL101", "name": "pretrained-left-in-eval", "count": 1, "fixable": True, "fixable_count": 1}
    assert (done.returncode, json.loads(done.stdout)) == (1, [row])
    assert "LL101" in (tmp_path / "all.html").read_text("utf-8")
    refused = lintlight("check", "--statistics", "--output-format", "sarif", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == "lintlight: `--statistics` cannot be sarif; it can be text, concise, json\n"


def test_on_the_command_line(tmp_path: Path) -> None:
    write(tmp_path, "m.py", BAD.format(comment=""))
    (tmp_path / "sub").mkdir()
    missing = lintlight("check", "--baseline", "known.json", cwd=tmp_path)
    assert missing.returncode == 2
    assert missing.stderr.endswith("write it with `--update-baseline`\n")
    assert lintlight("check", "--update-baseline", cwd=tmp_path).returncode == 2
    assert lintlight("check", "--baseline", "known.json", "--update-baseline", cwd=tmp_path).returncode == 0
    assert lintlight("check", "--baseline", "../known.json", "..", cwd=tmp_path / "sub").returncode == 0
    write(tmp_path, "m.py", "# moved\n" + BAD.format(comment="") + BAD.format(comment="").replace("Cl", "OtherCl"))
    worse = lintlight("check", "--baseline", "known.json", "--statistics", cwd=tmp_path)
    assert (worse.returncode, worse.stdout) == (1, "1  LL101  pretrained-left-in-eval\n")
    write(tmp_path, "m.py", "")
    done = lintlight("check", "--baseline", "known.json", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "lintlight: 1 of the findings in known.json is gone; take them out with `--update-baseline`\n"
    )


def updated(folder: Path, *arguments: str) -> list[str]:
    """The files of the findings that a baseline knows after it was updated."""
    done = lintlight("check", "--baseline", "k.json", "--update-baseline", *arguments, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return [entry["file"] for entry in json.loads((folder / "k.json").read_text())["findings"]]


def test_updating_keeps_what_the_run_did_not_look_at(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        write(tmp_path, name, BAD.format(comment=""))

    known = partial(updated, tmp_path)
    assert known() == known("a.py") == known("--select", "LL2") == ["a.py", "b.py"]
    write(tmp_path, "a.py", "")
    assert known("a.py") == ["b.py"]
    (tmp_path / "b.py").unlink()
    assert known("a.py") == []


@pytest.mark.parametrize("content", ["import os\n", "[]", "{}", '{"version": 1, "findings": {}}'])
def test_only_a_baseline_is_overwritten(tmp_path: Path, content: str) -> None:
    write(tmp_path, "m.py", BAD.format(comment=""))
    write(tmp_path, "mine.txt", content)
    done = lintlight("check", "m.py", "--baseline", "mine.txt", "--update-baseline", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "mine.txt").read_text()) == (2, content)
    assert done.stderr.startswith("lintlight: mine.txt is no")
    plain = lintlight("check", "m.py", "--baseline", "mine.txt", cwd=tmp_path)
    assert (plain.returncode, "delete it" in plain.stderr) == (2, True)
    assert done.stderr.endswith("delete it, or name another file\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no such device")
@pytest.mark.parametrize("update", [[], ["--update-baseline"]])
def test_what_may_never_end_is_no_baseline(tmp_path: Path, update: list[str]) -> None:
    write(tmp_path, "m.py", BAD.format(comment=""))
    done = lintlight("check", "m.py", "--baseline", "/dev/full", *update, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"lintlight: /dev/full cannot be {'written' if update else 'read'}: is no file\n",
    )


def test_updating_keeps_what_only_files_outside_of_the_run_lead_to(tmp_path: Path) -> None:
    load = 'AutoModel.from_pretrained("bert-base-uncased")'
    write(
        tmp_path,
        "helper.py",
        f"from transformers import AutoModel\n\n\ndef add_to(module):\n    module.bert = {load}\n",
    )
    write(
        tmp_path,
        "a.py",
        "from helper import add_to\n" + BAD.format(comment="").replace(f"self.bert = {load}", "add_to(self)"),
    )

    known = partial(updated, tmp_path)
    assert known() == known("helper.py") == ["helper.py"]
    assert lintlight("check", "--baseline", "k.json", "helper.py", cwd=tmp_path).stderr == ""
    write(tmp_path, "a.py", "")
    assert known("helper.py") == []
