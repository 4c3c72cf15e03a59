"""What the words of a definition say without it being parsed: enough for the gate, for most of a project's code.

What is heard is at least what the code says: a word in a short string counts, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import takewhile
from keyword import iskeyword

from lintlight.semantics import catalog
from lintlight.source.outline import LONG_QUOTES

MEANING_MORE = (
    *("strict_loading", "automatic_optimization", "_register_state_dict_hook", "register_state_dict_post_hook"),
    *("_save_to_state_dict", "instantiate"),
)
"""What tells something by how it is used, or where."""
WORD = re.compile(r"\w+")
NAME = re.compile(r"\.?\w+")
ATTRIBUTE = re.compile(r"\.(?:[\s\\]++|#[^\n]*\n){0,20}(\w+)")
CALL = re.compile(r"call(?<!\wcall)\s*\(")
KEYS = re.compile(r"state_dict(?<!\wstate_dict)\s*[=:,]|def\s+state_dict\b")
CHAIN = re.compile(r"(?<![\w.])[A-Za-z_]\w*+(?:\s*+\.\s*+[A-Za-z_]\w*+)+")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
LOAD = re.compile(rf"\.\s*(?:{'|'.join(sorted(catalog.EVAL_FACTORIES))})\b")
LONGEST_NAME = 200
MOST_PARTS = 50
ENDS_IN_NAME = re.compile(r"[\w.]*\Z")
SWITCH = re.compile(r"\.\s*(?:eval\s*\(\s*\)|train\s*\(\s*(?!True\s*\))[^\s)])")
IN_GETATTR = re.compile(r"getattr\s*\(\s*([\w.]+)")
CLASS_NAME = re.compile(r"""["']([A-Za-z_]\w*(?:\.\w+)*\.[A-Z]\w+)["'{]""")
FRONT_OF_NAME = re.compile(r"""["']([A-Za-z_]\w*(?:\.\w+)*)\.\{""")
HARD_TO_HEAR = re.compile(
    r"""["'](?<=[\w.]["'])\s*[A-Za-z]{0,2}["'][\w.{]"""  # "package." "Class"
    r"""|\((?<![\w)\]]\()\s*[\w.]+\s*\)\s*\."""  # (package.module).name
    r"""|\\[xuUN0-7\n]"""  # "package\x2eClass", a line that goes on
)
IMPORT = re.compile(
    r"^[ \t]*((?:from[ \t]+[.\w]+[ \t]+)?import[ \t]+(?:\([^()]*\)|[\w.*][\w.* \t,]*))(?:#[^\n]*)?$", re.MULTILINE
)
COMMENT = re.compile(r"#[^\n]*")


@dataclass(frozen=True, slots=True)
class Wording:
    """A definition's text, and what stands in it."""

    text: str
    code: str
    """The text without its long strings, unless there is code in them."""
    names: frozenset[str]
    """The words that are no attributes; what else is among them begins with a dot or a digit."""
    imports: tuple[ast.Import | ast.ImportFrom, ...]

    def loaded_from(self) -> Iterator[ast.expr]:
        """What each `from_pretrained` is called on; a literal for what is no dotted name."""
        for load in LOAD.finditer(self.code) if "_pretrained" in self.code else ():
            before = self.code[max(0, load.start() - LONGEST_NAME) : load.start()].rstrip()
            name = ENDS_IN_NAME.search(before)
            yield (_dotted(name[0]) if name is not None else None) or ast.Constant(None)

    def switches(self) -> bool:
        """Whether it may put something into eval mode."""
        return SWITCH.search(self.code) is not None

    def asked_by_name(self) -> Iterator[ast.expr]:
        """What `getattr` is asked for something by name, as far as it is a dotted name."""
        for chain in IN_GETATTR.findall(self.code) if "getattr" in self.code else ():
            owner = _dotted(chain)
            if owner is not None:
                yield owner

    def classes(self) -> list[str]:
        """The strings that are dotted names of classes."""
        return CLASS_NAME.findall(self.text)

    def fronts(self) -> list[str]:
        """What is in front of a name that a string takes from elsewhere: `f"package.{name}"`."""
        return FRONT_OF_NAME.findall(self.text)

    def chains_from(self, names: Set[str]) -> Iterator[ast.expr]:
        """The dotted names that begin with one of `names`, each once."""
        for text in dict.fromkeys(CHAIN.findall(self.code)) if names else ():
            first, *parts = "".join(text.split()).split(".")
            known = takewhile(lambda part: not iskeyword(part), parts[: MOST_PARTS - 1])
            chain = _dotted(".".join((first, *known))) if first in names else None
            if chain is not None:
                yield chain


def _dotted(text: str) -> ast.expr | None:
    """A dotted name; None where the text is none, or has one of Python's own words in it."""
    if text.count(".") >= MOST_PARTS or not DOTTED.match(text) or any(iskeyword(part) for part in text.split(".")):
        return None
    return ast.parse(text, mode="eval").body


def attributes_in(text: str) -> set[str]:
    """What is taken out of anything in a definition."""
    return set(ATTRIBUTE.findall(_code_in(text)))


def wording_of(text: str) -> Wording | None:
    """The wording of a definition; None where only its tree tells what it says."""
    if any(word in text for word in MEANING_MORE) or ("call" in text and CALL.search(text)):
        return None
    code = _code_in(text)
    if "#" in code or not code.isascii() or HARD_TO_HEAR.search(code) or ("state_dict" in code and KEYS.search(code)):
        return None
    imports = _imports_in(code) if "import" in code else ()
    return Wording(text, code, frozenset(NAME.findall(code)), imports) if imports is not None else None


def _code_in(text: str) -> str:
    """A text without its long strings and its comments, unless one of those has code in it."""
    pieces = text.split(next((each for each in LONG_QUOTES if each in text), LONG_QUOTES[0]))
    if any(piece[-2:].lower().endswith(("f", "fr")) for piece in pieces[:-1:2]):
        return text
    return COMMENT.sub(_unless_in_a_string, " ".join(pieces[::2]))


def _unless_in_a_string(comment: re.Match[str]) -> str:
    """Nothing, where no quote stands behind the sign: it is in no string then."""
    return comment[0] if '"' in comment[0] or "'" in comment[0] else ""


def _imports_in(code: str) -> tuple[ast.Import | ast.ImportFrom, ...] | None:
    """The import statements; None where not all of them stand on lines of their own."""
    statements = IMPORT.findall(code)
    if len(statements) != WORD.findall(code).count("import"):
        return None
    try:
        nodes = [ast.parse(statement).body[0] for statement in statements]
    except SyntaxError:
        return None
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
