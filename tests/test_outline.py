"""What is parsed when it is looked into is what it would have been if the whole file had been parsed at once."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from lintlight.model import SourceText
from lintlight.semantics.resolve.names import every_node
from lintlight.source import outline as under_test
from lintlight.source.outline import first_row, outline, unread
from lintlight.source.parse import SyntaxFault, parse

ROOT = Path(__file__).parent.parent
LIBRARY = Path(sysconfig.get_path("stdlib"))
FILLER = "\n".join(f"FILLER_{number} = {number}" for number in range(100))

SIMPLE = '''"""Some module."""

import os


# about f
@decorated(
    1,
)
@again
def f(a: int = 1, *rest: str) -> int:
    """A text.

    Another line.
    """

    # the end
    return a  # really

# about g
async def g(): return 1


class A(
    Base,
    metaclass=Meta,
):
    """A class."""

    x: int = 1

    def __init__(self):
        super().__init__()
        self.umlaut = "äöü"; self.other = 1

    if x:
        def maybe(self): pass

    @property
    def p(self):
        return self._p

    @p.setter
    def p(self, p): self._p = p

    class Inner:
        def inside(self):
            class Local(Base): y = 2

    async def last(self):
        """Of all."""


if os.sep:
    def under_if(): pass
else:
    class Otherwise: pass

try:
    pass
except ValueError:
    def handler(): pass
x = 1
'''

ODD = {
    "a line in a string looks like a definition": '''def f():
    """Text
def g(): pass
    """
def h(): pass
''',
    "a string of the other kind in a string": """def f():
    '''
    \"\"\"
    '''
    x = \"\"\"
def y():
    pass
\"\"\"
""",
    "quotes in a comment": '''def f():
    # """
    x = """
def g(): pass
"""
def h(): pass
''',
    "quotes in a short string": """def f():
    x = '\"\"\"'
    y = \"\"\"
class Y: pass
\"\"\"
""",
    "escaped quotes": '''def f():
    x = """ \\"""
def g(): pass
"""
''',
    "a line goes on": "def f():\n    x = 1 + \\\n2\n\ndef g(): pass\n",
    "a line of a class goes on": "class A:\n    def f(self):\n        x = 1 + \\\n    2\n\n    def g(self): pass\n",
    "a short string goes on": "def f():\n    x = 'a\\\ndef g(): pass'\n\ndef h(): pass\n",
    "arguments at the beginning of a line": "def f(\na,\nb\n):\n    return g(\na,\n    b)\n\ndef h(): pass\n",
    "a method's arguments as far left": "class A:\n    def f(\n    self,\n    x): pass\n    def g(self): pass\n",
    "first a method below": "class A:\n    if X:\n        def f(self): pass\n    y = 1\n    def g(self): pass\n",
    "behind a comment": 'def f():\n    x = """\n    """  # see """\n    y = """\na = 1\n""" # """\n\ndef g(): pass\n',
    "an escaped quote and a short string": 'def f():\n    x = """a\\"""\ny = 1\n""" "z"""\n\ndef g(): pass\n',
    "an empty string beside": 'def f():\n    x = """\n    """ "x"""\n    y = """\na = 1\n""" "x"""\n\ndef g(): pass\n',
    "quotes in a text": 'def f():\n    """It\'s "so"\n    # indeed, isn\'t it"""\n\ndef g():\n    """A "b" c."""\n',
    "a head that ends the file": "class A(B): x = 1 #:#:#:",
    "a name in another form": "def \ufb01n(): pass\nclass A:\n    def \ufb01n(self): pass\n    def g(self): pass\n",
    "tabs": "class A:\n\tdef f(self):\n\t\tpass\n\tdef g(self): pass\n",
    "one statement after the other": "class A: x = 1; y = {\n'a':\n1}\ndef f(): pass; x = 1\n",
    "nothing behind": "def f():\n    pass\n# the end\n   \n\t# indeed",
    "a comment far left": "class A:\n    def f(self):\n        x = 1\n# here\n        y = 2\n    def g(self): pass\n",
    "a colon at the end of a line of the head": "class A(f(lambda:\n  1)):\n    def f(self): pass\n",
    "windows": "class A:\r\n    def f(self):\r\n        '''a\r\n        b'''\r\n    def g(self): pass\r\n",
    "only carriage returns": "class A:\r    def f(self): pass\r    def g(self): pass\r",
    "a form feed": "x = 1\n\x0cdef f(): pass\n\x0c\nclass A:\n    def g(self): pass\n",
    "a decorator alone in a string": '@f("""\n@g\ndef h(): pass\n""")\ndef k(): pass\n',
    "other scripts": "def größe(): pass\nclass Ключ:\n    def метод(self): return 'ж', 1\n    def g(self): pass\n",
}


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def text_of(code: str) -> SourceText:
    return SourceText(Path("x.py"), code.encode(), code, "utf-8")


def definitions(node: ast.AST) -> Iterator[Definition]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield child


def dump(tree: ast.AST) -> str:
    """Everything of a tree, each node looked into."""
    for node in every_node(tree):
        assert unread(node) is None
    return ast.dump(tree, include_attributes=True)


def same(code: str) -> bool:
    return dump(outline(text_of(code))) == dump(parse(text_of(code)))


@pytest.mark.parametrize("behind", [FILLER, f"\n{FILLER}", ""])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_text_is_parsed_as_ever(name: str, behind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "SMALL", 0)
    assert same(ODD[name] + behind)


def test_definitions_are_not_parsed_before_they_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "SMALL", 0)
    tree = outline(text_of(SIMPLE))
    found = {node.name: node for node in definitions(tree)}
    assert list(found) == ["f", "g", "A"]
    assert all(unread(node) is not None for node in found.values())
    assert [(node.lineno, first_row(node)) for node in found.values()] == [(11, 7), (21, 21), (24, 24)]
    f, cls = found["f"], found["A"]
    assert isinstance(f, ast.FunctionDef)
    assert isinstance(cls, ast.ClassDef)
    assert [ast.unparse(base) for base in cls.bases] == ["Base"]
    assert unread(cls) is not None, "its bases stand in its first lines"
    methods = {node.name: node for node in definitions(cls)}
    assert unread(cls) is None
    assert [name for name, node in methods.items() if unread(node) is not None] == ["__init__", "p", "Inner"]
    assert type(cls) is ast.ClassDef
    assert [ast.unparse(mark) for mark in f.decorator_list] == ["decorated(1)", "again"]
    assert unread(f) is not None, "its decorators stand before it"
    assert f.returns is not None
    assert ast.unparse(f.returns) == "int"
    assert type(f) is ast.FunctionDef
    assert same(SIMPLE)


def test_every_end_is_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "SMALL", 0)
    tree = outline(text_of(SIMPLE))
    before = [node.end_lineno for node in definitions(tree)]
    dump(tree)
    assert [node.end_lineno for node in definitions(tree)] == before


@pytest.mark.parametrize(
    ("folder", "pattern", "least"),
    [
        (ROOT / "lintlight", "**/*.py", 150),
        (ROOT / "tests", "*.py", 50),
        (ROOT / "fixtures", "**/*.py", 50),
        (LIBRARY, "*.py", 100),
    ],
)
def test_real_files_are_parsed_as_ever(folder: Path, pattern: str, least: int) -> None:
    paths = sorted(folder.glob(pattern))
    assert len(paths) >= least
    assert [path.name for path in paths if not same(path.read_bytes().decode(errors="replace"))] == []


def test_a_text_with_a_fault_is_refused_as_ever() -> None:
    for wrong in ("def f():\n    x = (\n\ndef g(): pass\n", "x = (\n", "x = 1\0\n"):
        code = f"{FILLER}\n{wrong}"
        with pytest.raises(SyntaxFault) as lazily:
            outline(text_of(code))
        with pytest.raises(SyntaxFault) as at_once:
            parse(text_of(code))
        assert lazily.value.fault == at_once.value.fault


def test_a_long_string_of_many_lines_takes_no_longer_than_its_length() -> None:
    code = 'def f(): pass\nTEXT = """\n' + "def no(): pass\n" * 200_000 + '"""\ndef g(): pass\n'
    assert [node.name for node in definitions(outline(text_of(code)))] == ["f", "g"]


def test_so_many_definitions_are_parsed_at_once() -> None:
    code = "class A:\n" + "".join(f"    def a{number}(s): 0\n" for number in range(25_000))
    (cls,) = definitions(outline(text_of(code)))
    assert all(unread(node) is None for node in definitions(cls))


def test_deep_code_is_parsed_however_many_calls_are_in_progress() -> None:
    code = f"{FILLER}\ndef f(): return {'+'.join(['a'] * 2_600)}\n"
    (node,) = definitions(outline(text_of(code)))

    def deeper(calls: int) -> str:
        return deeper(calls - 1) if calls else type(next(ast.iter_child_nodes(node))).__name__

    assert deeper(500) == "arguments"
