"""Conditions on keys and the statements around them, in the corners that the dataflow over keys once got wrong."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_checkpoint import of_module, shown

SAVES = """
def state_dict(self, *args, **kwargs):
    state = super().state_dict(*args, **kwargs)
    {body}
    return state
"""


def told(folder: Path, body: str, init: str = "pass") -> list[tuple[str, Confidence]]:
    """The codes of what is found where `state_dict` has `body`, and how sure each is."""
    methods = SAVES.replace("{body}", body.strip().replace("\n", "\n    "))
    return [(code, confidence) for code, _, confidence in shown(of_module(folder, methods, init), folder)]


LOST = [("LL301", Confidence.HIGH)]
UNWRAPPED = 'state = {k.replace("_orig_mod.", ""): v for k, v in state.items()}'
SHADOWED = """
p = "{outer}"
for k in list(state):
    if any(k.startswith(p) for p in ("x.", "y.")):
        del state[k]
for k in list(state):
    if k.startswith(p):
        del state[k]
"""


@pytest.mark.parametrize(("names", "expected"), [('("q.", "r.")', []), ('("he", "no")', LOST)])
def test_one_any_inside_another_may_use_the_same_name(
    tmp_path: Path, names: str, expected: list[tuple[str, Confidence]]
) -> None:
    kept = f"not any(any(p in k for p in {names}) for p in ('s', 't'))"
    assert told(tmp_path, f"state = {{k: v for k, v in state.items() if {kept}}}") == expected


@pytest.mark.parametrize(("outer", "expected"), [("missing.", []), ("head.", LOST)])
def test_a_name_is_after_any_what_it_was_before(
    tmp_path: Path, outer: str, expected: list[tuple[str, Confidence]]
) -> None:
    assert told(tmp_path, SHADOWED.format(outer=outer)) == expected


KEPT = 'kept = {k: v for k, v in state.items() if k.startswith("head.")}'
TAKEN_OUT = f"{KEPT}\nfor k in kept: del state[k]"
MOVED = 'kept = {}\nfor k in list(state):\n    if k.startswith("head."): kept[k] = state.pop(k)'
REST = 'rest = {k: v for k, v in state.items() if not k.startswith("head.")}'


@pytest.mark.parametrize(
    "body",
    [
        f"{TAKEN_OUT}\nstate.update(kept)",
        f"{TAKEN_OUT}\nstate |= kept",
        f"{TAKEN_OUT}\nfor k, v in kept.items(): state[k] = v",
        TAKEN_OUT.replace('k.startswith("head.")', '"ead" in k') + "\nstate.update(kept)",
        TAKEN_OUT.replace("head.", "missing."),
        f"{MOVED}\nstate.update(kept)",
        f"{KEPT}\n{REST}\nstate = {{**kept, **rest}}",
        f"{KEPT}\n{REST}\nstate = kept | rest",
        'kept = {}\nfor k in list(state):\n    kept[k.replace("_orig_mod.", "")] = state.pop(k)\nstate.update(kept)',
        'gone = {"missing.weight": 1}\nfor k in gone: del state[k]',
    ],
)
def test_keys_that_are_put_back_are_not_lost(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, body) == []


@pytest.mark.parametrize(
    "body",
    [
        TAKEN_OUT,
        f"{TAKEN_OUT}\nrest.update(kept)",
        f"{TAKEN_OUT}\nkept.clear()\nstate.update(kept)",
        f'{TAKEN_OUT}\nstate.update({{k: v for k, v in kept.items() if k.startswith("norm.")}})',
        MOVED,
        f"{KEPT}\n{REST}\nstate = kept | kept",
        MOVED.replace("kept[k]", 'kept["new." + k]') + "\nstate.update(kept)",
        'gone = {"head.weight": 1}\nfor k in gone: del state[k]',
    ],
)
def test_keys_that_stay_away_are_lost(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, body) == LOST


def test_keys_that_may_be_put_back_may_be_lost(tmp_path: Path) -> None:
    assert told(tmp_path, f"{TAKEN_OUT}\nif self.args: state.update(kept)") == [("LL301", Confidence.MEDIUM)]


@pytest.mark.parametrize("test", ["-len(k)", "not len(k)", "~len(k)", "0 < len(k) < 9", "len(k) < 9"])
def test_sizes_of_keys_do_not_tell_which_they_are(tmp_path: Path, test: str) -> None:
    assert told(tmp_path, f"for k in list(state):\n    if {test}: del state[k]") == [("LL301", Confidence.MEDIUM)]
    assert told(tmp_path, f'for k in list(state):\n    if {test} and k.startswith("missing."): del state[k]') == []


MATCHED = """
match {subject}:
    case {first}:
        {work}
    case {second}:
        {rest}
"""
PER_KEY = f"for k in list(state):{MATCHED}".replace("\n", "\n    ")
DROPS, DELETES = 'return {k: v for k, v in state.items() if k.startswith("vae.")}', "del state[k]"
MAYBE = [("LL301", Confidence.MEDIUM)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (MATCHED.format(subject="self.args", first='"small"', work=DROPS, second='"whole"', rest="pass"), MAYBE),
        (MATCHED.format(subject="self.args", first='"small"', work=DROPS, second="_", rest=DROPS), MAYBE),
        (MATCHED.format(subject="self.args", first='"small"', work="return state", second="_", rest=DROPS), MAYBE),
        (MATCHED.format(subject="self.args", first='"small"', work="return state", second="_", rest="pass"), []),
        (MATCHED.format(subject="self.args", first='{"k": kept}', work=DROPS, second="[a, *b]", rest="pass"), MAYBE),
        (PER_KEY.format(subject='k.split(".")[0]', first='"head"', work=DELETES, second="_", rest="pass"), LOST),
        (PER_KEY.format(subject='k.split(".")[0]', first='"head" | "x"', work="pass", second="_", rest=DELETES), LOST),
        (PER_KEY.format(subject='k.split(".")[0]', first='"q" | "x"', work=DELETES, second="_", rest="pass"), []),
        (PER_KEY.format(subject='k.split(".")[0]', first='"q" as first', work="pass", second='"q"', rest=DELETES), []),
        (PER_KEY.format(subject="k", first='_ if k.startswith("q")', work=DELETES, second="_", rest="pass"), []),
        (PER_KEY.format(subject="k", first='_ if k.startswith("no")', work=DELETES, second="_", rest="pass"), LOST),
        (PER_KEY.format(subject="k", first="[*parts]", work=DELETES, second="None", rest="pass"), MAYBE),
    ],
)
def test_each_case_is_a_branch(tmp_path: Path, body: str, expected: list[tuple[str, Confidence]]) -> None:
    assert told(tmp_path, body) == expected
