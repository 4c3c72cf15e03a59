"""Keys that get another value, and keys that are new."""

from pathlib import Path

import pytest

from tests.test_checkpoint import on_save

AVERAGED = "self.ema = nn.Linear(4, 1)"
BY_NAMES = (
    "for name, value in self.{part}.named_parameters():\n    checkpoint['state_dict'][f'{front}{{name}}'] = value"
)
BY_STATE = "for key, value in self.{part}.state_dict().items():\n    checkpoint['state_dict']['{front}' + key] = value"
KNOWN = "self.extra = nn.Linear(4, 4)"
GIVEN = "self.extra = args.extra"
OF_ELSEWHERE = "from elsewhere import Extra; self.extra = Extra()"
ADDED = "checkpoint['state_dict']['extra.mean'] = torch.zeros(1)"
READ = "state = checkpoint['state_dict']\n"


def whats(folder: Path, body: str, init: str = "pass") -> list[str]:
    """What is told of the keys, as far as it is not with low confidence."""
    told = [finding for finding in on_save(folder, body, init) if finding.confidence.value != "low"]
    return [f"{finding.code} {finding.message.split()[2]}" for finding in told]


@pytest.mark.parametrize("loop", [BY_NAMES, BY_STATE])
@pytest.mark.parametrize(
    ("part", "front", "expected"),
    [
        ("ema", "head.", []),
        ("head", "head.", []),
        ("ema", "he", []),
        ("ema", "", []),
        ("ema", "average.", ["LL301 added"]),
        ("head", "average_", ["LL301 added"]),
    ],
)
def test_values_of_a_part_under_the_names_of_another(
    tmp_path: Path, loop: str, part: str, front: str, expected: list[str]
) -> None:
    assert whats(tmp_path, loop.format(part=part, front=front), AVERAGED) == expected


def test_the_whole_under_other_names(tmp_path: Path) -> None:
    loop = "for key, value in self.state_dict().items():\n    checkpoint['state_dict']['average.' + key] = value"
    assert whats(tmp_path, loop) == ["LL301 renamed"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name in state", []),
        ("name in state.keys()", []),
        ("name in self.state_dict() and self.training", []),
        ("state.get(name) is not None", []),
        ("not (name not in state)", []),
        ("name not in state", ["LL301 added"]),
        ("state.get(name) is None", ["LL301 added"]),
        ("self.args.get(*self.args) is not None", ["LL301 added"]),
        ("state.get(name, 0) is not self.args", ["LL301 added"]),
        ("name in state or self.training", ["LL301 added"]),
        ("name in self.args.names", ["LL301 added"]),
        ("'head.weight' in state", ["LL301 added"]),
    ],
)
def test_a_condition_tells_that_a_key_is_there(tmp_path: Path, condition: str, expected: list[str]) -> None:
    around = f"if {condition}:\n    state[name] = torch.zeros(1)"
    assert whats(tmp_path, READ + "name = 'average.weight'\n" + around) == expected


def test_a_condition_holds_for_what_comes_behind_it(tmp_path: Path) -> None:
    loop = (
        READ
        + "for name in ('a.mean', 'b.mean'):\n    if name {} state:\n        continue\n    state[name] = 0 * state['c']"
    )
    assert whats(tmp_path, loop.format("not in")) == []
    assert whats(tmp_path, loop.format("in")) == ["LL301 added"]
    ends = "if 'a.mean' in state:\n    self.found = True\nstate['a.mean'] = torch.zeros(1)"
    assert whats(tmp_path, READ + ends) == ["LL301 added"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("state['extra.mean'].reshape(1)", []),
        ("torch.cat([state['extra.mean'], torch.zeros(1)])", []),
        ("2 * checkpoint['state_dict']['extra.mean']", []),
        ("state['extra.std'].reshape(1)", ["LL301 added"]),
        ("self.args['extra.mean']", ["LL301 added"]),
    ],
)
def test_what_is_read_is_there(tmp_path: Path, value: str, expected: list[str]) -> None:
    assert whats(tmp_path, READ + f"state['extra.mean'] = {value}") == expected


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("state['extra.w']", []),
        ("state['extra.w'] if self.args else state['extra.w'] + 1", []),
        ("state['extra.w'] if 'extra.w' in state else None", ["LL301 added"]),
        ("None if self.args else 2 * state['extra.w']", ["LL301 added"]),
        ("self.args and state['extra.w']", ["LL301 added"]),
        ("not (self.args and state['extra.w'])", ["LL301 added"]),
        ("[each for each in state['extra.w']]", []),
        ("[state['extra.w'] for _ in self.args]", ["LL301 added"]),
        ("[each for each in self.args if state['extra.w']]", ["LL301 added"]),
        ("{each: state['extra.w'] for each in self.args}", ["LL301 added"]),
        ("[each for one in self.args for each in state['extra.w']]", ["LL301 added"]),
        ("tuple(state['extra.w'] for _ in self.args)", ["LL301 added"]),
    ],
)
def test_what_may_not_be_read_may_not_be_there(tmp_path: Path, read: str, expected: list[str]) -> None:
    assert whats(tmp_path, READ + f"old = {read}\nstate['extra.w'] = torch.zeros(1)") == expected


def test_a_name_stands_for_another_key_later(tmp_path: Path) -> None:
    read = READ + "name = 'head.weight'\nvalue = state[name]\n"
    assert whats(tmp_path, read + "state[name] = value") == []
    assert whats(tmp_path, read + "name = 'average.weight'\nstate[name] = value") == ["LL301 added"]


@pytest.mark.parametrize(
    ("init", "expected"),
    [(KNOWN, ["LL301 added"]), (GIVEN, []), (OF_ELSEWHERE, []), ("pass", ["LL301 added"])],
)
def test_what_a_part_has_may_not_be_known(tmp_path: Path, init: str, expected: list[str]) -> None:
    assert whats(tmp_path, ADDED, init) == expected
