"""A fix changes nothing outside its edits, whatever the file is like; `tests/bench/fix_bytes.py` tries many more."""

from pathlib import Path

import pytest

from tests.fixing import MISTAKE, ODDITIES, fix_files, odd_file, real_files, repaired

FILES = 256
ODD = [
    pytest.param(*odd_file(data, number), id=f"{number}-{name}")
    for number, (name, data) in enumerate(real_files(FILES, most_bytes=12_000))
]


def test_there_are_enough_files() -> None:
    assert len(ODD) == FILES
    tried = {part for each in ODD for part in str(each.values[0]).split("+")}
    assert tried == {oddity.__name__ for oddity in ODDITIES}


@pytest.mark.parametrize(("oddities", "odd"), ODD)
def test_nothing_else_changes(oddities: str, odd: bytes, tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_bytes(odd)
    outcome = fix_files(file, select=("LL101",))
    assert outcome.refused == ()
    assert outcome.after[file].data == repaired(odd)
    assert [finding.code for finding in outcome.fixed] == ["LL101"]
    assert outcome.report.findings == ()
    file.write_bytes(repaired(odd))
    assert fix_files(file, select=("LL101",)).after == {}


def test_every_oddity_is_odd() -> None:
    plain = b"x = 1\n" + MISTAKE + b"y = 2\n"
    for oddity in ODDITIES:
        assert oddity(plain) != plain, oddity.__name__
