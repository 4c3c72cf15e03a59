"""The published schema holds for every finding, with all that it can carry."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from lintlight.check import check
from lintlight.fix import with_edits
from lintlight.model import Edit, Fix, Related, Safety, Strength, Suppression, VerdictStatus
from lintlight.registry import load_rules
from lintlight.report import json as as_json
from lintlight.settings import Settings
from lintlight.source.files import find_files
from tests.build import HOSTILE, MODEL, ROOT, finding, report, span, timeline, verdict
from tests.fixing import MISTAKE

REPOSITORY = Path(__file__).resolve().parent.parent
SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "findings.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_fixture() -> None:
    files = find_files([REPOSITORY / "fixtures"], root=REPOSITORY).files
    done = with_edits(check(files, Settings(root=REPOSITORY), load_rules(), root=REPOSITORY))
    found = json.loads(as_json.render(done))
    VALIDATOR.validate(found)
    assert {rule["code"] for rule in found} >= {"LL101", "LL104", "LL201", "LL301"}
    assert any(one["fix"] for one in found)
    assert any(one["timeline"] for one in found)


@pytest.mark.parametrize("status", VerdictStatus)
@pytest.mark.parametrize("strength", Strength)
def test_every_verdict(status: VerdictStatus, strength: Strength) -> None:
    seen = verdict(status, strength, evidence={"effect": float("inf"), 3: (1, None)})
    VALIDATOR.validate(json.loads(as_json.render(report(ROOT, finding(MODEL, verdict=seen)))))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    path = ROOT / name
    line = replace(timeline(), class_name=name, hooks=(name,) * 4)
    related, fix = Related(name, span(path)), Fix(name, Safety.SAFE, path, (Edit(0, 1, b"\n"),))
    silent = Suppression(name, name, 2)
    hostile = finding(path, message=name, related=(related,), fix=fix, suppressed=silent, timeline=line, attribute=name)
    VALIDATOR.validate(json.loads(as_json.render(report(ROOT, hostile))))


def test_a_notebook_with_a_fix_and_a_comment_in_another_cell(tmp_path: Path) -> None:
    silent = ["# lintlight: ignore-file[LL101] -- frozen elsewhere"]
    code = MISTAKE.decode()
    cells = [{"cell_type": "code", "source": source} for source in (silent, "x = 1\ny = 2", code)]
    for number, shown in enumerate((cells, cells[1:])):
        file = tmp_path / f"{number}.ipynb"
        file.write_text(json.dumps({"cells": shown, "metadata": {}, "nbformat": 4}), "utf-8")
    files = find_files([tmp_path], root=tmp_path).files
    done = with_edits(check(files, Settings(root=tmp_path), load_rules(), root=tmp_path))
    found = json.loads(as_json.render(done))
    VALIDATOR.validate(found)
    silenced, told = found
    assert (silenced["cell"], silenced["suppressed"]["cell"], silenced["suppressed"]["row"]) == (3, 1, 1)
    assert (told["cell"], told["suppressed"], told["fix"]["edits"][0]["cell"]) == (2, None, 2)


@pytest.mark.parametrize("key", SCHEMA["$defs"]["finding"]["required"])
def test_nothing_may_be_left_out_or_added(key: str) -> None:
    [found] = json.loads(as_json.render(report(ROOT, finding(MODEL, timeline=timeline()))))
    VALIDATOR.validate([found])
    with pytest.raises(ValidationError):
        VALIDATOR.validate([{name: value for name, value in found.items() if name != key}])
    with pytest.raises(ValidationError):
        VALIDATOR.validate([{**found, "more": 1}])
