"""A dict that is filled in loops over the state dicts of several submodules."""

from pathlib import Path

import pytest

from tests.test_destinations import codes

START = """destination = {} if destination is None else destination
encoder, head = self.encoder.state_dict(), self.head.state_dict()
"""
LOOP = "for key, value in {name}.items():\n    destination[{key}] = value\n"
END = 'destination[prefix + "scale"] = self.scale\nreturn destination'
KEYS = ('prefix + "{}." + key', 'f"{{prefix}}{}.{{key}}"', 'f"{}.{{key}}"')


def loop(name: str, key: str) -> str:
    return LOOP.format(name=name, key=key.format(name))


@pytest.mark.parametrize("first", KEYS)
@pytest.mark.parametrize("second", KEYS)
def test_loops_over_every_part_save_everything(tmp_path: Path, first: str, second: str) -> None:
    assert codes(tmp_path, START + loop("encoder", first) + loop("head", second) + END) == []
    assert codes(tmp_path, START + loop("head", first) + loop("encoder", second) + END) == []


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", ["encoder", "head"])
def test_a_part_without_a_loop_is_left_out(tmp_path: Path, key: str, name: str) -> None:
    assert codes(tmp_path, START + loop(name, key) + END) == ["LL301"]


@pytest.mark.parametrize("key", KEYS)
def test_a_part_under_another_name_is_left_out(tmp_path: Path, key: str) -> None:
    other = LOOP.format(name="head", key=key.format("tail"))
    assert codes(tmp_path, START + loop("encoder", key) + other + END) == ["LL301"]
