"""What is heard of a definition without parsing it is never less than what its tree says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.gate import Gate
from lintlight.semantics.screening.reading import Reach
from lintlight.semantics.screening.wording import attributes_in, wording_of
from lintlight.source import outline
from lintlight.source.outline import unread

ROOT = Path(__file__).parent.parent
Told = tuple[Reach, set[tuple[Path, int, int]]]


def read(module: SourceModule, node: ast.stmt) -> Told:
    reach, places = module.project.once(Gate)._read(module, node)
    return reach, {(owner.path, place.lineno, place.col_offset) for owner, place in places}


def definitions(module: SourceModule) -> list[ast.ClassDef | ast.FunctionDef]:
    return [node for node in module.tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]


def missing(folder: Path, paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """How many definitions were heard only, and what was not heard of them."""
    monkeypatch.setattr(outline, "SMALL", 0)
    lazy = Project(folder)
    found = [
        [(unread(node), read(module, node), unread(node)) for node in definitions(module)]
        for module in map(lazy.module, paths)
    ]
    monkeypatch.setattr(outline, "SMALL", 10**9)
    whole = Project(folder)
    heard, lost = 0, []
    for path, told in zip(paths, found, strict=True):
        module = whole.module(path)
        for node, (_, (reach, places), still) in zip(definitions(module), told, strict=True):
            heard += still is not None
            reach_of_tree, places_of_tree = read(module, node)
            if reach_of_tree & ~reach or not places_of_tree <= places:
                lost.append(f"{path.name}: {node.name} {reach_of_tree & ~reach} {places_of_tree - places}")
    return heard, lost


@pytest.mark.parametrize(("folder", "least"), [("lintlight", 800), ("fixtures", 100), ("tests", 400)])
def test_nothing_is_missed_in_real_files(folder: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, lost = missing(ROOT, sorted((ROOT / folder).rglob("*.py")), monkeypatch)
    assert lost == []
    assert heard >= least


CASES = {
    "a word of Python behind a file's name": "def f(): print('cannot load other. None is given'); return other.Other()",
    "getattr of what is awaited": "async def f(x): return getattr(await x, 'y')",
    "a load on a line that goes on": "def f(): return AutoModel.\\\n from_pretrained('x')",
    "a load behind a comment": "def f(): return (AutoModel.  # don't\n from_pretrained('x'))",
    "a file on a line that goes on": "def f(): return other \\\n .Other()",
    "a file before a comment": "def f(): return (other  # isn't pretty\n .Other())",
    "a file in brackets": "def f(): return (other).Other()",
    "an attribute in another script": "def f(): return other.öffne()",
    "an attribute in another form": "def f(): return other.\ufb01ne()",
    "a switch on a line that goes on": "def f(m): m.\\\neval()",
    "a switch around a comment": "def f(m): m.eval(  # don't\n)",
    "keys with two spaces": "class A:\n    def  state_dict(self): return {}\n",
    "keys that are set": "def f(m): m.state_dict = lambda: {}",
    "a class in a formatted text": "def f(): return build(f'other.Other{0}')",
    "a class with an escape": "def f(): return build('other\\x2eOther')",
    "a class as a text and a formatted one": "def f(name): return build('other.' f'{name}')",
    "a call with a space": "def f(config): return config.call (config)",
    "a load": "def f(): return AutoModel.from_pretrained('x')",
    "a tokenizer's": "def f(): return AutoTokenizer.from_pretrained('x')",
    "a load in a comment": "def f(): pass  # AutoModel.from_pretrained",
    "a load of what is not a name": "def f(): return MODELS['x'].from_pretrained('x')",
    "a load over two lines": "def f():\n    return (AutoModel\n        .from_pretrained('x'))",
    "a switch": "def f(model): model.eval()",
    "a switch with a mode": "def f(model, mode): model.train(mode)",
    "a switch over two lines": "def f(model, mode):\n    model.train(\n        mode\n    )",
    "a class as a string": "def f(): return build('other.Other')",
    "a class as two strings": "def f(): return build('other.' 'Other')",
    "a class as two strings on two lines": "def f():\n    return build(\n        'other.'  # here\n        'Other')",
    "a class as a longer string": 'def f(): return build("""other.Other""")',
    "any class of a file": "def f(name): return build(f'other.{name}')",
    "by getattr": "def f(name): return getattr(other, name)()",
    "out of a file": "def f(): return other.Other()",
    "out of a file over two lines": "def f():\n    return (other\n        .Other())",
    "a name in a formatted text": 'def f(): return f"""\n{Mine}"""',
    "a name imported here": "def f():\n    from other import Other  # why\n    return Other()",
    "two names imported": "def f():\n    from other import (\n        Other,\n        helper as h\n    )\n    h(Other)",
    "imported behind a condition": "def f(x):\n    if x: from other import Other; y = Other()\n    return y",
    "a file imported here": "def f():\n    import other as o\n    return o.Other()",
    "manual optimization": "class A:\n    automatic_optimization = False\n",
    "keys": "class A:\n    def state_dict(self): return {}\n",
    "instantiate": "def f(config): return instantiate(config)",
    "an annotation": "def f(x: Mine = None) -> Mine: ...",
    "a base and a decorator": "@helper\nclass A(Mine): ...",
    "words of Python in strings": "def f(): return ['class .from_pretrained', 'getattr(not.x)', 'other.class', Mine]",
    "a sign of a comment in a string": "def f(): return '#', Mine, '\"'",
}
BEFORE = (
    "from transformers import AutoModel, AutoTokenizer\nimport other\n\n\nclass Mine: ...\n\n\ndef helper(x): ...\n\n\n"
)
OTHER = """import torch


class Other(torch.nn.Module): ...


def helper(x): ...


def öffne(): ...


def fine(): ...
"""


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_missed_in(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "other.py").write_text(OTHER)
    (tmp_path / "a.py").write_text(f"{BEFORE}{CASES[name]}\n\n\nx = 1\n")
    assert missing(tmp_path, [tmp_path / "a.py"], monkeypatch)[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(): instantiate(x)",
        "class A:\n    strict_loading = False",
        "def f(): return 'a.' 'B'",
        "def f(): model.call(x)",
    ],
)
def test_what_only_a_tree_can_tell_is_parsed(text: str) -> None:
    assert wording_of(text) is None


def test_texts_and_comments_name_nothing() -> None:
    found = wording_of('def f():\n    """Like First."""\n    # not Second\n    return Third  # or Fourth\n')
    assert found is not None
    assert {"f", "Third"} <= found.names
    assert found.names.isdisjoint({"First", "Second", "Fourth"})


def test_attributes_are_heard() -> None:
    text = "def f(self): return self.a.b(self\n    .c)(self.\\\n    d)(self.  # isn't it\n    e).größe"
    tree = ast.parse(text)
    assert attributes_in(text) >= {node.attr for node in every_node(tree) if isinstance(node, ast.Attribute)}
    assert attributes_in('def f():\n    """Like x.y."""\n    # z.w\n') == set()


@pytest.mark.parametrize(
    "text",
    [
        f"def f():\n    x = '{'a' * 60_000}'\n    m.from_pretrained(x)",
        "def f():\n    x" + "\n" * 120_000 + "    .from_pretrained(x)",
        f"def f():\n    {'#' * 80_000}'",
        "def f():\n    x = 'a'\n" + "    #a'\n" * 50_000,
        f"def f():\n    import {'a' * 40_000};x=1",
        f"def f(): {'other.' * 20_000}x",
    ],
)
def test_hearing_takes_no_longer_than_the_text(text: str) -> None:
    wording = wording_of(text)
    if wording is not None:
        heard = [
            *wording.loaded_from(),
            *wording.asked_by_name(),
            *wording.in_strings(),
            *wording.chains_from({"other"}),
        ]
        assert len(heard) <= 2
        assert not wording.switches()
