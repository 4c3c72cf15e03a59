"""The page: one file, nothing fetched, and nothing of the code under test can become part of it but as text."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import FileError, Suppression, VerdictStatus
from lintlight.report.html import render
from tests.build import HOSTILE, MODEL, ROOT, finding, info, report, timeline, verdict

NODE = {"training": False, "parameters": 4, "trainable": 4, "in_optimizer": 4, "children": []}
EVIDENCE = {
    "targets": {
        "bert": {
            "snapshots": [
                {"when": "epoch 0 step 0", "eval": 2, "modules": 2},
                {"when": "epoch 0 step 1", "eval": 2, "modules": 2},
                {"when": "epoch 1 step 0", "eval": 0, "modules": 2},
            ]
        }
    },
    "effects": {"bert": {"measured": [{"module": "BertModel", "delta": 4.5, "delta_eval": 0.0, "other": "x"}]}},
    "tree": {
        **NODE,
        "name": "",
        "type": "Classifier",
        "training": True,
        "children": [{**NODE, "name": "drop", "type": "Dropout", "dropout": 0.1}],
    },
}


class Page(HTMLParser):
    """The elements of a page, and the text in its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.inside = ""
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.inside, []).append(data)


def data_of(page: str) -> dict[str, Any]:
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data: dict[str, Any] = json.loads(text)
    return data


def test_nothing_is_fetched() -> None:
    page = Page(render(report(ROOT, finding(MODEL))))
    assert page.tags.count("script") == 2
    assert page.tags.count("style") == 1
    assert not {"link", "img", "iframe", "base", "form"} & set(page.tags)
    assert not {"src", "href", "style", "onclick", "onload"} & {name for name, _ in page.attributes}
    style, script = page.texts["style"][0], page.texts["script"][1]
    assert "url(" not in style
    assert "@import" not in style
    [policy] = [value for name, value in page.attributes if name == "content" and value and "default-src" in value]
    digests = [
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)
    ]
    assert policy == f"default-src 'none'; style-src '{digests[0]}'; script-src '{digests[1]}'"


def test_every_finding_with_its_lines() -> None:
    data = data_of(render(report(ROOT, finding(MODEL, help="call `.train()`"), finding(ROOT / "b.py"))))
    [first, second] = data["findings"]
    assert (first["code"], first["file"], first["verdict"]) == ("LL101", "src/m.py", "not asked")
    heading = data["lines"][first["heading"]]
    assert "".join(heading[1::2]) == "`self.bert` is trained in eval mode; call `.train()` on it"
    assert "help: call `.train()`" in "".join("".join(data["lines"][number][1::2]) for number in first["lines"])
    assert second["lines"] == first["lines"][:-1]
    assert (second["file"], second["place"]) == ("b.py", "b.py:2:8")


def test_what_the_probe_saw() -> None:
    seen = finding(MODEL, attribute="bert", verdict=verdict(VerdictStatus.CONFIRMED, evidence=EVIDENCE))
    [shown] = data_of(render(report(ROOT, seen)))["findings"]
    assert shown["probe"] == {
        "attribute": "bert",
        "modes": [["epoch 0 step 0 to epoch 0 step 1", 2, 2], ["epoch 1 step 0", 0, 2]],
        "effect": [["mode found against train mode", 4.5], ["mode found against eval mode", 0.0]],
        "tree": ["", "Classifier", True, 4, 4, None, [["drop", "Dropout", False, 4, 4, 0.1, []]]],
    }


def test_the_pages_of_the_rules_that_were_broken() -> None:
    data = data_of(render(report(ROOT, finding(MODEL), rules={"LL101": info(), "LL201": info("LL201")})))
    assert list(data["pages"]) == ["LL101"]
    assert data["pages"]["LL101"].startswith("LL101 pretrained-left-in-eval\nerror, on by default")
    assert data_of(render(report(ROOT, finding(MODEL))))["pages"] == {}


def test_timelines_are_written_once() -> None:
    drawn = [finding(MODEL, timeline=timeline()), finding(MODEL, timeline=timeline()), finding(MODEL)]
    data = data_of(render(report(ROOT, *drawn)))
    assert [shown["timeline"] for shown in data["findings"]] == [0, 0, None]
    [only] = data["timelines"]
    assert (only["of"], only["second"]) == ("m.Classifier", 4)
    assert only["hooks"] == ["__init__", "configure_optimizers", "training_step", "validation_step"]
    still = ["eval", "on", "", ""]
    assert only["lines"] == [
        ["bert", [still, still, ["eval", "on", "with gradients", ""], None]],
        ["head", [None, ["train", "off", "", ""], ["mixed", "partly", "", "train"], None]],
    ]


@pytest.mark.parametrize("evidence", [{}, {"targets": None}, {"targets": {"bert": 3}, "effects": [], "tree": "x"}])
def test_odd_evidence_is_passed_over(evidence: dict[str, Any]) -> None:
    seen = finding(MODEL, attribute="bert", verdict=verdict(VerdictStatus.NOT_PROBED, evidence=evidence))
    [shown] = data_of(render(report(ROOT, seen)))["findings"]
    assert (shown["verdict"], shown["probe"]) == ("not-probed", None)


def test_suppressed_findings_and_failures_are_told() -> None:
    silenced = finding(MODEL, suppressed=Suppression("# noqa: LL101", "a teacher", 2))
    data = data_of(render(report(ROOT, silenced, errors=(FileError(ROOT / "b.py", "does not exist"),))))
    assert [(shown["verdict"], shown["reason"]) for shown in data["findings"]] == [("suppressed", "a teacher")]
    assert data["errors"] == [["b.py", "does not exist"]]


@pytest.mark.parametrize("name", [*HOSTILE, "</script><script>alert(1)</script>.py", "<!--.py", "&lt;b&gt;.py"])
def test_hostile_names_stay_text(name: str) -> None:
    path = ROOT / name
    message = f"`{name}` is trained </script><script>alert(1)</script><!-- in eval mode"
    line = replace(timeline(), class_name=name, hooks=(name,) * 4, lines=(replace(timeline().lines[0], name=name),))
    hostile = finding(
        path, message=message, help=message, timeline=line, verdict=verdict(VerdictStatus.CONFIRMED, hint=message)
    )
    page = render(report(ROOT, hostile, text=f"if x:\n    y = '{name}'\nz = 1\n"))
    page.encode("utf-8")
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert Page(page).tags == Page(render(report(ROOT, finding(MODEL)))).tags
    assert len(data_of(page)["findings"]) == 1


def test_an_empty_report() -> None:
    page = render(report(Path("/somewhere")))
    assert "<title>lintlight: 0 findings</title>" in page
    assert "Nothing found in 1 file." in page
    assert data_of(page)["findings"] == []
