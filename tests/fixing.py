"""Real Python files made odd, with one mistake put into the middle of each, for tests of fixes."""

import ast
import random
import sysconfig
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from lintlight.check import check
from lintlight.fix import FixOutcome, fix_all
from lintlight.model import Report, Safety, SourceText
from lintlight.registry import load_rules
from lintlight.settings import Settings
from lintlight.source.files import read_source

LOAD = b'_Model.from_pretrained("\\x62ert")'
MISTAKE = b"""

import lightning as _lightning
from transformers import AutoModel as _Model


class _Mistake(_lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.part = _Model.from_pretrained("\\x62ert")  # loaded

    def training_step(self, batch, batch_idx):
        return self.part(batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return _lightning.optimizer(self.parameters())


"""


def fix_files(*files: Path, select: Sequence[str] = (), safeties: Sequence[Safety] = tuple(Safety)) -> FixOutcome:
    """Check the files and fix what can be fixed, as far as it goes without writing."""
    root = files[0].parent
    settings = (
        Settings(root=root, extend_select=("LL003",)) if not select else Settings(root=root, select=tuple(select))
    )

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        rules = load_rules()
        return check(files, settings, rules, root=root, read=lambda path: texts.get(path) or read_source(path))

    return fix_all(recheck({}), recheck, safeties)


def real_files(count: int, seed: int = 1, most_bytes: int = 60_000) -> Iterator[tuple[str, bytes]]:
    """Installed Python files, always the same ones for the same packages, with a name that a test can show."""
    home = Path(sysconfig.get_paths()["purelib"])
    paths = [path for path in sorted(home.rglob("*.py")) if 500 < path.stat().st_size < most_bytes]
    random.Random(seed).shuffle(paths)
    given = 0
    for path in paths:
        data = path.read_bytes()
        if given == count:
            return
        if data.isascii() and b"_Model" not in data and b"\r" not in data and _is_python(data):
            given += 1
            yield path.relative_to(home).as_posix(), data


def _is_python(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def with_mistake(data: bytes) -> bytes:
    """The file with a class that trains its part in eval mode, put between two of its top-level statements."""
    tree = ast.parse(data)
    lines = data.split(b"\n")
    ends = [node.end_lineno or 0 for node in tree.body]
    alone = [end for end in ends if sum(node.lineno <= end <= (node.end_lineno or 0) for node in tree.body) == 1]
    row = alone[len(alone) // 2] if alone else len(lines)
    return b"\n".join(lines[:row]) + MISTAKE + b"\n".join(lines[row:])


def crlf(data: bytes) -> bytes:
    """Windows line ends."""
    return data.replace(b"\n", b"\r\n")


def carriage_returns(data: bytes) -> bytes:
    """The line ends of old Macs."""
    return data.replace(b"\n", b"\r")


def mixed_ends(data: bytes) -> bytes:
    """Every third line ends as on Windows."""
    lines = data.split(b"\n")
    return b"\n".join(line + b"\r" * (number % 3 == 0) for number, line in enumerate(lines[:-1])) + b"\n" + lines[-1]


def byte_order_mark(data: bytes) -> bytes:
    """The mark that Windows editors put first."""
    return b"\xef\xbb\xbf" + data


def tabs(data: bytes) -> bytes:
    """Indented with tabs in the class of the mistake, and trailing blanks."""
    changed = MISTAKE.replace(b"    ", b"\t").replace(b"):\n", b"): \t\n")
    return data.replace(MISTAKE, changed)


def form_feeds(data: bytes) -> bytes:
    """Page breaks before the class, inside it, and in front of the statement."""
    changed = MISTAKE.replace(b"class _Mi", b"\x0cclass _Mi").replace(b"    def tr", b"\x0c\n    def tr")
    return data.replace(MISTAKE, changed.replace(b"        self.part", b"\x0c        self.part"))


def no_last_line_end(data: bytes) -> bytes:
    """The last line is not ended."""
    return data.rstrip(b"\n") if MISTAKE not in data[-len(MISTAKE) - 2 :] else data


def comments_in_the_call(data: bytes) -> bytes:
    """The statement goes on over lines, with comments and a backslash."""
    spread = LOAD.replace(b"(", b"(  # (\n            # )\n            ").replace(b".from", b" \\\n            .from")
    return data.replace(LOAD, spread + b"  # )")


def in_encoding(name: str, text: str) -> Callable[[bytes], bytes]:
    """Another encoding, named in the first line, with letters of its own in comments before and on the statement."""

    def change(data: bytes) -> bytes:
        letters = text.encode(name)
        cookie = f"# -*- coding: {name} -*-\n".encode()
        changed = MISTAKE.replace(b"class _Mi", b"# " + letters + b"\nclass _Mi").replace(b"# loaded", b"# " + letters)
        changed = changed.replace(b"self.part = _M", b'self.name, self.part = "' + letters + b'", _M')
        return cookie + data.replace(MISTAKE, changed)

    change.__name__ = name
    return change


ODDITIES: tuple[Callable[[bytes], bytes], ...] = (
    crlf,
    carriage_returns,
    mixed_ends,
    byte_order_mark,
    tabs,
    form_feeds,
    no_last_line_end,
    comments_in_the_call,
    in_encoding("utf-8", "Grüße \U0001f680 漢字"),
    in_encoding("latin-1", "Grüße aus Köln"),
    in_encoding("cp1252", "„Grüße“ €"),
    in_encoding("koi8-r", "привет"),
    in_encoding("shift_jis", "表示 ソ"),
    in_encoding("euc_kr", "안녕하세요"),
    in_encoding("gb18030", "你好 \U00020000"),
    in_encoding("iso2022_jp", "日本語"),
)


def odd_file(data: bytes, number: int) -> tuple[str, bytes]:
    """The file with the mistake and one or two oddities, the same ones for the same number."""
    count = len(ODDITIES)
    first = ODDITIES[number % count]
    second = ODDITIES[: count // 2][(number // count) % (count // 2)]
    odd = with_mistake(data)
    names = [first.__name__]
    if first not in ODDITIES[: count // 2] and second is not byte_order_mark:
        odd = first(odd)
        # The others need the class as it was.
        if second in (crlf, carriage_returns, mixed_ends, no_last_line_end, comments_in_the_call):
            odd, names = second(odd), [*names, second.__name__]
    elif first in (tabs, form_feeds, comments_in_the_call) and second in (crlf, mixed_ends, byte_order_mark):
        odd, names = second(first(odd)), [*names, second.__name__]
    else:
        odd = first(odd)
    return "+".join(names), odd


def repaired(odd: bytes) -> bytes:
    """What the fix must make of an odd file: the same bytes, and `.train()` behind the one call."""
    assert odd.count(b'"\\x62ert")') == 1
    return odd.replace(b'"\\x62ert")', b'"\\x62ert").train()')
