"""`lintlight probe`: the module tree, folded where all is alike."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lintlight.cli import cli
from lintlight.command_show import target_of
from lintlight.config import ConfigError
from lintlight.probe.tree import lines, parts

CASES = Path(__file__).parent / "probe_cases"


def node(name: str, *children: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A module that is in train mode and has no parameters, unless the facts say otherwise."""
    plain = {"type": name.capitalize() or "Net", "training": True, "parameters": 0, "trainable": 0, "in_optimizer": 0}
    return {"name": name, **plain, **facts, "children": list(children)}


def linear(name: str, *, learns: bool = True, **facts: Any) -> dict[str, Any]:
    """A layer of ten parameters."""
    trained = 10 if learns else 0
    return node(name, type="Linear", parameters=10, trainable=trained, in_optimizer=trained, **facts)


def drawn(tree: dict[str, Any], **effects: Any) -> list[str]:
    """The tree's lines, without colour."""
    measured = {name: {"measured": [seen]} for name, seen in effects.items()}
    found = lines({"tree": tree, "effects": measured})
    return ["  " * line.depth + "  ".join(words for words, _ in parts(line)) for line in found]


def test_what_agrees_is_folded() -> None:
    tree = node("", node("body", linear("a"), node("drop", dropout=0.1)), linear("head"))
    assert drawn(tree) == [
        "Net  train  learns 20  dropout p=0.1 (1 modules)",
        "  body  Body  train  learns 10  dropout p=0.1 (1 modules)  2 below",
        "  head  Linear  train  learns 10",
    ]


def test_what_differs_is_shown() -> None:
    tree = node("", node("body", linear("a", training=False), linear("b", learns=False), training=False))
    assert drawn(tree, body={"delta": 0.25}) == [
        "Net  mixed (2 of 4 in eval)  learns 10 of 20",
        "  body  Body  mixed (2 of 3 in eval)  learns 10 of 20  train mode would differ by 0.25",
        "    a  Linear  eval  learns 10",
        "    b  Linear  train  frozen 10",
    ]


def test_numbered_neighbours_share_a_line() -> None:
    layers = [linear(str(number)) for number in range(12)] + [linear("12", learns=False)]
    assert drawn(node("", node("layers", *layers, type="ModuleList")))[2:] == [
        "    0-11  Linear  train  learns 10",
        "    12  Linear  train  frozen 10",
    ]


def test_parameters_in_no_optimizer() -> None:
    tree = node("", linear("seen"), node("forgotten", type="Linear", parameters=10, trainable=10))
    assert drawn(tree)[2] == "  forgotten  Linear  train  10 trainable, in no optimizer"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"delta": 0.0, "drew_train": True, "drew_found": False}, "train mode would draw random numbers"),
        ({"delta": 0.0, "drew_train": False, "drew_found": False}, "train mode would change nothing"),
    ],
)
def test_effect_in_words(seen: dict[str, Any], words: str) -> None:
    assert drawn(node("", linear("a", training=False)), a=seen)[1] == f"  a  Linear  eval  learns 10  {words}"


@pytest.mark.parametrize(
    ("text", "file", "name"),
    [
        ("twofiles/models.py::Wrapped", "twofiles/models.py", "Wrapped"),
        ("twofiles.models:Wrapped", "twofiles/models.py", "Wrapped"),
        ("twofiles:Outer.Inner", "twofiles/__init__.py", "Outer.Inner"),
    ],
)
def test_targets(text: str, file: str, name: str) -> None:
    assert target_of(text, CASES) == (CASES / file, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere.py::Net", "`nowhere.py` is no file"),
        ("models.py::", "`models.py::` names no class; write `models.py::Class`"),
        ("models.py", "`models.py` is neither `package.module:Class` nor `path/file.py::Class`"),
        (
            "no.module:Net",
            "there is no module `no.module` below this folder or its `src`; name the file: `path.py::Net`",
        ),
    ],
)
def test_bad_targets(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match="^" + message.replace(".", r"\.") + "$"):
        target_of(text, CASES)


def test_a_class_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(CASES / "arguments")
    assert cli.main(["probe", "models:CalledHeer"], standalone_mode=False) == 2
    assert capsys.readouterr().err.startswith("lintlight: the file has no class `CalledHeer`; it has CalledHere, ")


def test_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "arguments")
    result = CliRunner().invoke(cli, ["probe", "models:CalledHere"], standalone_mode=False)
    assert result.return_value == 0, result.output
    first, second, third, *_, last = result.output.splitlines()
    assert first == "CalledHere  mixed (30 of 32 in eval)  learns 12,066  dropout p=0.1 (4 modules)"
    assert second.startswith(
        "  bert  BertModel  eval  learns 12,032  dropout p=0.1 (4 modules)  train mode would differ by"
    )
    assert third == "  head  Linear  train  learns 34"
    assert last == "arguments: freeze=False (models.py:116)"


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "arguments")
    result = CliRunner().invoke(cli, ["probe", "models.py::CalledHere", "--output-format", "json"])
    data = json.loads(result.output)
    assert (data["class"], data["tree"]["children"][0]["name"], data["complete"]) == ("CalledHere", "bert", True)
    assert {"versions", "arguments", "pretrained", "fit", "effects", "seconds", "peak_mb"} <= set(data)


def test_what_cannot_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "arguments")
    result = CliRunner().invoke(cli, ["probe", "models:Opaque"], standalone_mode=False)
    assert result.return_value == 2
    assert result.output == "lintlight: `Opaque` needs `zorp`; give --init zorp=VALUE\n"
