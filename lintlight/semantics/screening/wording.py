"""What the words of a definition say without it being parsed: enough for the gate, for most of a project's code.

What is heard is at least what the code says: a word in a short string counts, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import takewhile
from keyword import iskeyword

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.names import MOST_PARTS, dotted_name
from lintlight.source.outline import LONG_QUOTES

MEANING_MORE = (
    *("strict_loading", "automatic_optimization", "_save_to_state_dict"),
    *sorted(catalog.STATE_DICT_HOOKS),
)
"""What tells something by how it is used, or where; so do these words, in such places:"""
MEANING_MORE_IN = {
    "state_dict": re.compile(r"\.\s*state_dict\s*[=:,]|def\s+state_dict\b"),
    "instantiate": re.compile(r"instantiate\w*\s*\("),
    "globals": re.compile(r"globals\s*\("),
    "import_module": re.compile(r"import_module\s*\("),
    "eval": re.compile(r"(?<![\w.])eval\s*\("),
    "call": re.compile(r"call(?<!\wcall)\s*\("),
}
IMPORT_WORD = re.compile(r"import\b(?<!\wimport)")
NO_NAME = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "_.")}
"""What stands between names in code that is ASCII."""
ATTRIBUTE = re.compile(r"\.(?:[\s\\]++|#[^\n]*\n){0,20}(\w+)")
LOAD = re.compile(rf"\.\s*(?:{'|'.join(sorted(catalog.EVAL_FACTORIES))})\b")
LONGEST_NAME = 200
MOST_DEFINITIONS = 4096
"""Of so many it is kept what is taken out of them: an editor's server runs for days."""
ENDS_IN_NAME = re.compile(r"[\w.]*\Z")
SWITCH = re.compile(r"\.\s*(?:eval\s*\(\s*\)|train\s*\(\s*(?!True\s*\))[^\s)])")
IN_GETATTR = re.compile(r"getattr\s*\(\s*([\w.]+)")
NAME_IN_STRING = re.compile(r"""["']([A-Za-z_][A-Za-z0-9_.]*)\.(?:\{|([A-Z]\w+)["'{])""")
"""`"package.Class"`, `f"package.{name}"`."""
HARD_TO_HEAR = (
    re.compile(r"""["'][\w.]*["']\s*[A-Za-z]{0,2}["'][\w.{]"""),  # "package." "Class"
    re.compile(r"""\((?<![\w)\]]\()\s*[\w.]+\s*\)\s*\."""),  # (package.module).name
    re.compile(r"""\\[xuUN0-7\n]"""),  # "package\x2eClass", a line that goes on
)
IMPORT = re.compile(
    r"^[ \t]*((?:from[ \t]+[.\w]+[ \t]+)?import[ \t]+(?:\([^()]*\)|[\w.*][\w.* \t,]*))(?:#[^\n]*)?$", re.MULTILINE
)
STRING = re.compile(r"""("[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*')""")
STRING_OR_COMMENT = re.compile(rf"{STRING.pattern}|#[^\n]*")
A_FORMATTED_ONE = re.compile(r"""["'](?:(?<=[fF].)|(?<=[fF][rR].))""")


@dataclass(frozen=True, slots=True)
class Wording:
    """A definition's text, and what stands in it."""

    text: str
    code: str
    """The text without its long strings, unless there is code in them."""
    names: frozenset[str]
    """The words in the code that are no attributes; numbers may be among them."""
    imports: tuple[ast.Import | ast.ImportFrom, ...]

    def loaded_from(self) -> Iterator[ast.expr]:
        """What each `from_pretrained` is called on; a literal for what is no dotted name."""
        for load in LOAD.finditer(self.code) if "_pretrained" in self.code else ():
            before = self.code[max(0, load.start() - LONGEST_NAME) : load.start()].rstrip()
            name = ENDS_IN_NAME.search(before)
            yield (dotted_name(name[0]) if name is not None else None) or ast.Constant(None)

    def says(self, words: Iterable[str]) -> bool:
        """Whether one of `words` stands in it, or is part of a word."""
        return any(word in self.code for word in words)

    def switches(self) -> bool:
        """Whether it may put something into eval mode."""
        return SWITCH.search(self.code) is not None

    def asked_by_name(self) -> Iterator[ast.expr]:
        """What `getattr` is asked for something by name, as far as it is a dotted name."""
        for chain in IN_GETATTR.findall(self.code) if "getattr" in self.code else ():
            owner = dotted_name(chain)
            if owner is not None:
                yield owner

    def in_strings(self) -> Iterator[tuple[str, str]]:
        """The dotted names in strings: a front, and the class in it, or an empty one where any name may follow."""
        yield from NAME_IN_STRING.findall(self.text)

    def chains_from(self, names: Set[str]) -> Iterator[ast.expr]:
        """The dotted names that begin with one of `names`, each once."""
        for text in dict.fromkeys(text for name in sorted(names) for text in _chain_from(name).findall(self.code)):
            first, *parts = "".join(text.split()).split(".")
            known = takewhile(lambda part: not iskeyword(part), parts[: MOST_PARTS - 1])
            chain = dotted_name(".".join((first, *known)))
            if chain is not None:
                yield chain


@cache
def _chain_from(name: str) -> re.Pattern[str]:
    """A dotted name that begins with `name`. To look for a text is fast where a pattern begins with it."""
    return re.compile(rf"{name}(?<![\w.]{name})(?:\s*+\.\s*+[A-Za-z_]\w*+)+")


@lru_cache(MOST_DEFINITIONS)
def attributes_in(text: str) -> frozenset[str]:
    """What is taken out of anything in a definition."""
    code = _code_in(text)
    return frozenset(ATTRIBUTE.findall(text if code is None else _without_strings(code)))


def wording_of(text: str) -> Wording | None:
    """The wording of a definition; None where only its tree tells what it says."""
    code = _code_in(text)
    if code is None or not code.isascii() or any(word in code for word in MEANING_MORE):
        return None
    if any(hard.search(code) for hard in HARD_TO_HEAR):
        return None
    if any(word in code and place.search(code) for word, place in MEANING_MORE_IN.items()):
        return None
    imports = _imports_in(code) if "import" in code else ()
    return Wording(text, code, _names_in(_without_strings(code)), imports) if imports is not None else None


def _names_in(code: str) -> frozenset[str]:
    words = set(code.translate(NO_NAME).split())
    return frozenset(word if "." not in word else word[: word.index(".")] for word in words)


def _code_in(text: str) -> str | None:
    """A text without its long strings and its comments; None where there may be code in one of those strings."""
    pieces = text.split(next((quotes for quotes in LONG_QUOTES if quotes in text), LONG_QUOTES[0]))
    if any(piece[-2:].lower().endswith(("f", "fr")) for piece in pieces[:-1:2]):
        return None
    code = " ".join(pieces[::2])
    if "#" not in code:
        return code
    if "\\\n" in code:  # a string may go on in the next line
        return _without_comments(code)
    return "\n".join([_line_without_comment(line) if "#" in line else line for line in code.split("\n")])


def _line_without_comment(line: str) -> str:
    before = line.partition("#")[0]
    is_plain = '"' not in before and "'" not in before
    return before if is_plain else _without_comments(line)


def _without_comments(code: str) -> str:
    return STRING_OR_COMMENT.sub(lambda found: found[1] or "", code)


def _without_strings(code: str) -> str:
    """Code without its short strings, unless there is code in one of them."""
    return code if A_FORMATTED_ONE.search(code) else STRING.sub("", code)


def _imports_in(code: str) -> tuple[ast.Import | ast.ImportFrom, ...] | None:
    """The import statements; None where not all of them stand on lines of their own."""
    statements = IMPORT.findall(code)
    if len(statements) != len(IMPORT_WORD.findall(code)):
        return None
    try:
        nodes = [ast.parse(statement).body[0] for statement in statements]
    except SyntaxError:
        return None
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
