"""Syntax newer than the Python that runs: the tree is had all the same, and every place is where the text has it."""

import ast
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings
from lintlight.source import newer
from lintlight.source.parse import SyntaxFault, parse
from tests.build import source

ROOT = Path("/somewhere")

READ = {
    "type parameters of a class": "class A[T](Base): here = 1\n",
    "type parameters without bases": "class A[T]:\n    y: T = here\n",
    "type parameters on several lines": "class A[\n    T,\n\n    U: int,\n](\n    here\n):\n    pass\n",
    "type parameters before a continued line": "class A[T] \\\n    (here):\n    pass\n",
    "type parameters with defaults": "class A[T = int](here): pass\n",
    "type parameters that are no ASCII": "class A[Tä](here): pass\n",
    "type parameters of a function": "def f[T, *Ts, **P](x: T) -> here: pass\n",
    "type parameters of a method": "class A:\n    async def f[T](self, x: T = here): pass\n",
    "type statement": "type X = list[int]; here = 1\n",
    "type statement with parameters": "type X[T] = here\n",
    "type statement on several lines": "type X[\n    T\n] = (\n    here\n)\n",
    "type as a name": "type = 1\ntype.x = here\n",
    "quotes in an f-string": "x = f'{d['a']}'; here = 1\n",
    "quotes in an f-string that is no ASCII": "x = f'ä{d['ö']}ü'; here = 1\n",
    "backslash in an f-string": "x = f'{'\\n'.join(a)}' + here\n",
    "comment in an f-string": "x = f'{a  # why\n}' + here\n",
    "line ends in an f-string": "x = [f'{\n    a\n}', here]\n",
    "line ends in a long f-string": "x = f'''{\nd['''a''']}''' + here\n",
    "f-string in an f-string": "x = f'{f'{f'{a}'}'}' + here\n",
    "f-string beside strings": "x = f'{a}' f'{d['b']}' 'c' + here\n",
    "f-string as a statement": "rf'{d['a']}'\nhere = 1\n",
    "f-string in parentheses": "x = ((f'{d['a']}').join(here))\n",
    "carriage returns": "x = f'''{\r\nd['''a''']}'''\r\nhere = 1\r\n",
    "template string": "x = t'{a}' + here\n",
    "long template string": "x = t'''{\na}\n''' + here\n",
    "except without parentheses": "try:\n    pass\nexcept A, b.B:\n    here = 1\n",
    "except* without parentheses": "try:\n    pass\nexcept* A, B :\n    here = 1\n",
    "all at once": "class A[T]:\n    type B = T\n    def f[U](self): return f'{d['a']}', here\n",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_read_with_every_place_kept(text: str) -> None:
    tree = parse(source(ROOT / "m.py", text))
    [name] = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "here"]
    lines = text.replace("\r\n", "\n").split("\n")
    line = lines[name.lineno - 1].encode()
    assert line[name.col_offset : name.end_col_offset] == b"here"


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_what_is_replaced_is_as_long(text: str) -> None:
    older = newer.in_older_syntax(text)
    assert older is not None
    assert [len(line.encode()) for line in older.split("\n")] == [len(line.encode()) for line in text.split("\n")]


def test_what_this_python_reads_is_left_alone() -> None:
    text = "x = f'{a!r:>{width}}'\ntry:\n    pass\nexcept (A, B):\n    pass\n"
    assert newer.in_older_syntax(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n",
        "print 'x'\n",
        "class A[T:\n",
        "[" * 5000 + "]" * 5000,
        "x = " + "-" * 6000 + "1\nclass A[T: pass\n",
        "if a: pass\n" + "elif a: pass\n" * 600 + "class A[T: pass\n",
        "x = '\0'\n",
    ],
    ids=["syntax error", "Python 2", "unclosed", "deep nest", "long chain", "many branches", "null byte"],
)
def test_no_python_at_all(text: str) -> None:
    assert newer.in_older_syntax(text) is None
    with pytest.raises(SyntaxFault):
        parse(source(ROOT / "m.py", text))


def test_what_cannot_be_replaced_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newer, "in_older_syntax", lambda text: text)
    with pytest.raises(SyntaxFault, match=r"invalid syntax; if a newer Python reads it, run lintlight with that$"):
        parse(source(ROOT / "m.py", "class A[T]: x = = 1\n"))


def test_the_mistake_is_found_between_newer_syntax(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "base.py").write_text(
        "import lightning as L\nimport torch\n\n\nclass Base[T](L.LightningModule):\n"
        "    def configure_optimizers(self):\n        return torch.optim.AdamW(self.parameters())\n"
    )
    (tmp_path / "m.py").write_text(
        "from base import Base\nfrom transformers import AutoModel\n\ntype Name = str\n\n\n"
        "class Classifier[T](Base[T]):\n    def __init__(self, names: dict[str, Name]):\n        super().__init__()\n"
        "        print(f'ä {names['x']}'); self.bert = AutoModel.from_pretrained('bert-base-uncased')\n\n"
        "    def training_step(self, batch, batch_idx):\n        return self.bert(**batch).last_hidden_state.mean()\n"
    )
    report = check([tmp_path / "m.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    [found] = report.findings
    assert (found.code, found.span.start.row, found.span.start.column) == ("LL101", 10, 47)
