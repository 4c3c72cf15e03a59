"""The top-level statements of a file: a change to one of them counts only for those who use what rests on it."""

from __future__ import annotations

import ast
import re
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from unicodedata import normalize

from lintlight.model import SourceText
from lintlight.semantics.resolve.names import imports_of, is_empty_dict, top_level
from lintlight.source.outline import first_row, outline
from lintlight.source.parse import SyntaxFault

WORD = re.compile(r"\w+")
STAR = "*"


@dataclass(frozen=True)
class Block:
    """A top-level statement: what stands for its text, and the names that it binds, one at least."""

    digest: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Touched:
    """What has changed in a file."""

    names: frozenset[str]
    """The top-level names that may mean something else now."""
    blocks: str
    """What `digest_blocks` makes of it now."""


def digest_blocks(tree: ast.Module, source: SourceText) -> str:
    """The blocks of a file as a cache keeps them: a line for each, its digest and its names."""
    return _text(block for block, _, _ in _blocks(tree, source))


def _text(blocks: Iterable[Block]) -> str:
    return "\n".join(" ".join((block.digest, *block.names)) for block in blocks)


def touched(before: str, source: SourceText) -> Touched | None:
    """What has changed in a file since `digest_blocks` made `before`; None where any name may mean something else.

    A name may, when its statement changed, and when its statement has a word in it that is such a name.
    """
    try:
        now = list(_blocks(outline(source), source))
    except SyntaxFault:
        return None
    then = [Block(digest, tuple(names)) for digest, *names in (line.split(" ") for line in before.split("\n") if line)]
    changed = _differing(then, [block for block, _, _ in now])
    if changed is None:
        return None
    # A function that came, went or changed may fill a table that stands empty: decorators do.
    found = {name for block in changed for name in block.names} | {
        name for block, _, node in now if _is_empty_table(node) for name in block.names
    }
    if STAR in found:
        return None
    words = [(block.names, frozenset(WORD.findall(normalize("NFKC", text)))) for block, text, _ in now]
    size = -1
    while len(found) > size:
        size = len(found)
        for names, inside in words:
            if not inside.isdisjoint(found):
                found.update(names)
    return Touched(frozenset(found), _text(block for block, _, _ in now))


def _differing(then: Sequence[Block], now: Sequence[Block]) -> list[Block] | None:
    """The blocks that are in one of the two only; None where the others are in another order."""
    before, after = Counter(then), Counter(now)
    changed = {block for block in before | after if before[block] != after[block]}
    if [block for block in then if block not in changed] != [block for block in now if block not in changed]:
        return None
    return list(changed)


def _blocks(tree: ast.Module, source: SourceText) -> Iterator[tuple[Block, str, ast.stmt]]:
    """Each top-level statement that binds a name, with its text; what shares its lines belongs to it."""
    lines = source.lines()
    for node in tree.body:
        names = tuple(dict.fromkeys(_bound_in(node)))
        if not names:
            continue
        text = "\n".join(lines[first_row(node) - 1 : node.end_lineno])
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest()
        yield Block(urlsafe_b64encode(digest).decode(), names), text, node


def _bound_in(statement: ast.stmt) -> Iterator[str]:
    for node in top_level([statement]):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (item.local for item in imports_of(node, ""))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_empty_table(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign) and is_empty_dict(node.value)
