"""What the comments of a fixture file say about its lines, its classes and its scripts.

`# expect: LL101`    on a line: this is reported there, and the class around it is really wrong.
`# low: LL101`       the same, but reported with low confidence only: it rests on what a caller passes.
`# unsure: LL101`    reported with low confidence, and really right: no reason can be seen without running it.
`# inherits: LL101`  on a `class` line: really wrong, through a line that stands elsewhere; nothing is reported here.
`# deliberate: ...`  on a line: the author asked for what the run shows; nothing is reported.
`# base: ...`        on a `class` line: only a base of other classes, never run by itself.
`# crashes: Error`  on a `class` line: the fit fails at once, so that nothing is silent; nothing is reported.
`# never trained`    on a `class` line: used for inference; it is run with `Trainer.predict`.
A function `main_...(loader)` is a script that builds and fits (`# inherits` may stand on its `def` line);
`build_Name()` makes the object when `Name()` cannot.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

FIXTURES = Path(__file__).parents[2] / "fixtures"
MARK = re.compile(r"#\s*(expect|inherits|low|unsure):\s*(LL\d{3}(?:\s*,\s*LL\d{3})*)")


@dataclass(frozen=True)
class Case:
    """One class or script of a fixture file and what a run of it must show."""

    path: Path
    name: str
    codes: frozenset[str]
    """The codes of the marked lines inside the class and of its `# inherits` mark."""
    deliberate: bool
    base: bool
    never_trained: bool
    script: bool
    crashes: str
    """The name of the exception that ends the fit, or nothing."""

    @property
    def wrong(self) -> bool:
        """Whether the run must show something wrong."""
        return bool(self.codes) or self.deliberate


@dataclass(frozen=True)
class FixtureFile:
    """A fixture file, read."""

    path: Path
    expected: tuple[tuple[int, str], ...]
    """Line and code of everything that is to be reported, in order."""
    low: tuple[tuple[int, str], ...]
    """The same for what is to be reported with low confidence only."""
    cases: tuple[Case, ...]


def read_fixture(path: Path) -> FixtureFile:
    """Read the comments and the classes of one fixture file."""
    text = path.read_text(encoding="utf-8")
    comments = _comments(text)
    tree = ast.parse(text)
    expected, low, unsure = (
        {(row, code) for row, comment in comments.items() for code in _codes(comment, kind)}
        for kind in ("expect", "low", "unsure")
    )
    cases = tuple(_case(path, node, comments) for node in tree.body if _is_class(node) or _is_script(node))
    return FixtureFile(path, tuple(sorted(expected)), tuple(sorted(low | unsure)), cases)


def fixture_files(*folders: str) -> list[FixtureFile]:
    """The fixture files of the named folders, or of all of them."""
    roots = [FIXTURES / folder for folder in folders] or [FIXTURES]
    return [read_fixture(path) for root in roots for path in sorted(root.rglob("*.py"))]


def _is_class(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)


def _is_script(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("main_")


def _case(path: Path, node: ast.ClassDef | ast.FunctionDef, comments: dict[int, str]) -> Case:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    inside = [comments[row] for row in range(first, (node.end_lineno or first) + 1) if row in comments]
    head = [comments[row] for row in range(first, node.body[0].lineno) if row in comments]
    codes = {code for comment in inside for kind in ("expect", "low", "inherits") for code in _codes(comment, kind)}
    return Case(
        path,
        node.name,
        frozenset(codes),
        deliberate=any("# deliberate:" in comment for comment in inside),
        base=any("# base:" in comment for comment in head),
        never_trained=any("# never trained" in comment for comment in head),
        script=isinstance(node, ast.FunctionDef),
        crashes=next((found[1] for comment in head if (found := re.search(r"# crashes: (\w+)", comment))), ""),
    )


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _codes(comment: str, kind: str) -> list[str]:
    return [code for found, codes in MARK.findall(comment) if found == kind for code in re.findall(r"LL\d{3}", codes)]
