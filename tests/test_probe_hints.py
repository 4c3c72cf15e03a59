"""What the probe says to do can be done: short, and without what cannot be written down."""

import ast
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import Claim, ProbeRequest
from lintlight.probe.verdict import judge
from lintlight.probe.why_not import FACTORY
from lintlight.probe.worker import callsites, construct, outside
from tests.test_probe_verdict import evidence

REQUEST = ProbeRequest(Path("m.py"), "Net", "bert", Claim.TRAINED_IN_EVAL)
NAMES = ["a", "b", "c", "d", "e", "f"]


@pytest.mark.parametrize(
    ("names", "needs", "hint"),
    [
        (NAMES[:1], "`a`", "give --init a=VALUE"),
        (NAMES[:4], "`a`, `b`, `c`, `d`", "give --init a=VALUE --init b=VALUE --init c=VALUE --init d=VALUE"),
        (NAMES, "`a`, `b`, `c`, `d` and 2 more", FACTORY),
    ],
)
def test_many_missing_arguments_are_for_a_function(names: list[str], needs: str, hint: str) -> None:
    failure = {"stage": "construct", "type": "MissingArguments", "message": "", "names": names}
    verdict = judge(REQUEST, {"failure": failure})
    assert (verdict.reason, verdict.hint) == (f"`Net` needs {needs}", hint)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("text", "give --init part=VALUE"),
        (2, "give --init part=VALUE"),
        (None, "give --init part=VALUE"),
        ({"a": 1}, "give --init part=VALUE"),
        (ast.Pass(), FACTORY),
        (len, FACTORY),
    ],
)
def test_an_object_cannot_be_written_on_a_command_line(value: Any, hint: str) -> None:
    verdict = judge(REQUEST, evidence(arguments=[construct.entry("part", value, "made up")]))
    assert (verdict.reason, verdict.hint) == ("`Net` was built with made-up `part`", hint)


@pytest.mark.parametrize(("source", "told"), [("immaterial", " (it was given made-up `interval`)"), ("given", "")])
def test_what_cannot_matter_to_a_mode_may_break_a_constructor(source: str, told: str) -> None:
    failure = {"stage": "construct", "type": "KeyError", "message": "'lr'"}
    verdict = judge(REQUEST, {"failure": failure, "arguments": [{"name": "interval", "value": "1", "source": source}]})
    assert verdict.reason == f"constructing `Net` raised KeyError: 'lr'{told}"


@pytest.mark.parametrize(("source", "told"), [("made up", ", here with made-up `args.kind`"), ("call", "")])
def test_a_call_that_failed_with_what_was_made_up(source: str, told: str) -> None:
    argument = {"name": "args", "value": "", "source": source, "settings": ["kind"]}
    tried = [{"from": "train.py:22", "type": "ValueError", "message": "no", "arguments": [argument]}]
    failure = {"stage": "construct", "type": "MissingArguments", "message": "", "names": ["args"], "tried": tried}
    verdict = judge(REQUEST, {"failure": failure})
    assert verdict.reason == f"`Net` needs `args`; `train.py:22` constructs it{told}, and raised ValueError: no"


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        ("net.eval()\nreturn net", []),
        ("net.train()\nreturn net", ["m.py:2"]),
        ("net.bert.eval()\nreturn net", ["m.py:2"]),
        ("net.eval()\nTrainer().fit(net)", ["m.py:2"]),
        ("Trainer().fit(net)\nnet.train()\nreturn net", []),
    ],
)
def test_a_whole_module_is_put_in_eval_mode_to_be_used(lines: str, places: list[str]) -> None:
    body = ast.parse(f"net = Net()\n{lines}").body
    [parts] = callsites.in_body(body, "Net", None)
    assert list(outside.after(callsites.CallSite("m.py", *parts))) == places


@pytest.mark.parametrize(
    ("tried", "told", "hint"),
    [
        (("KeyError", "'lr'"), "", "give --init args=VALUE"),
        (
            ("FileNotFoundError", "No such file or directory: 'gin.pth'"),
            "; with made-up ones it raised FileNotFoundError: No such file or directory: 'gin.pth' (m.py:7)",
            "put `gin.pth` where it looks for it, or name it by its whole path",
        ),
        (("FileNotFoundError", "No such file or directory: 'text/gin.pth'"), "", "give --init args=VALUE"),
        (("NameError", "name 'x' is not defined"), "", "give --init args=VALUE"),
        (
            ("OSError", "the network is closed while lintlight probes"),
            "; with made-up ones it raised OSError: the network is closed while lintlight probes (m.py:7)",
            "put what it loads on this machine, or load it later than that",
        ),
    ],
)
def test_what_is_to_be_done_whatever_the_arguments_are(tried: tuple[str, str], told: str, hint: str) -> None:
    kind, message = tried
    made = [{"name": "args", "value": "'text'", "source": "made up"}]
    attempt = {"from": "made up", "type": kind, "message": message, "file": "/x/m.py", "row": 7, "arguments": made}
    failure = {"stage": "construct", "type": "MissingArguments", "message": "", "names": ["args"], "tried": [attempt]}
    verdict = judge(REQUEST, {"failure": failure})
    assert (verdict.reason, verdict.hint) == (f"`Net` needs `args`{told}", hint)
