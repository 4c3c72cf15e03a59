"""Looking back: what the bytes of a project's files say of classes, training scripts and YAML, by name only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from unicodedata import normalize

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.trail import FITS, Search
from lintlight.source.comments import without_comments
from lintlight.source.files import NOTEBOOK, bytes_of
from lintlight.source.project_files import ProjectFiles, project_files

MANY_SEARCHES = 60
"""To look for so many names takes as long as to list all words."""
IDENTIFIER = re.compile(r"\w+\Z", re.ASCII)
WORD = re.compile(rb"\w+")
TARGET = b"_target_"
STRUCTURED = re.compile(
    rb"^@[\w.]*dataclass[^\n]*\n(?:@[^\n]*\n)*class[^\n]*\n(?:[ \t][^\n]*\n|[ \t\r]*\n)*"
    rb"|^[^\n#]*\.store\([^\n]*\n(?:[ \t)][^\n]*\n)*",
    re.MULTILINE,
)
"""Dataclasses, and calls that store them: what Hydra's structured configs are made of."""
BUILDS = re.compile(rb"\n[ \t]+_target_[ \t]*(?::[^=\n\"']*)?=")
FEW_NAMES = 8
"""For more it pays to learn of all files what they say, and not only of those in which the names stand."""
# These begin with what stands in the text as it is: `re` finds that many times faster than a choice or a line's start.
_LETTER = rb"[\w\x80-\xff]"
"""One of another script is some bytes above 127."""
_BLANK = rb"(?:[ \t]|\\\r?\n)"
_CALL = rb"\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)"
_PARAMETERS = rb"\[[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*+\]"
CLASS_LINE = re.compile(
    rb"class%b+(%b+)%b*(?:%b%b*)?\(([^()]*+(?:%b[^()]*+)*+)" % (_BLANK, _LETTER, _BLANK, _PARAMETERS, _BLANK, _CALL)
)
CALLED = re.compile(rb" as[ \t]+(%b+)" % _LETTER)
ASSIGNED = re.compile(rb"[ \t]*(?::[^=\n]*)?=[ \t]*([\w.\x80-\xff]+)")
NAME = re.compile(rb"(%b+)[ \t]*(?:\[|,|$|\s)" % _LETTER)
WORD_BEFORE = re.compile(rb"(%b+)$" % _LETTER)
DOTTED = re.compile(rb"\w\.((?!\d)%b+)[\"']?[ \t]*(?=[\r\n,}\]#]|\Z)" % _LETTER)
TAGS = {"fit": FITS, "strict_loading": b"strict_loading", "load_model_state_dict": b"load_model_state_dict"}
"""What is looked for in every file, so that it is read once."""


@dataclass(frozen=True)
class FileFacts:
    """What the bytes of one file say, without the file being parsed and whatever the other files are."""

    classes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The name of each class with bases, and the last parts of its bases' names, aliases of the file included."""
    tags: tuple[str, ...] = ()
    """The keys of TAGS that stand in it."""
    builds: str = ""
    """The digest of what says there, like the project's YAML, what is built."""


NO_FACTS = FileFacts()


def facts_of(code: bytes) -> FileFacts:
    """Read a file's code; strings are taken for code, too, which finds too much and never too little."""
    tags = tuple(tag for tag, word in TAGS.items() if word in code)
    found = [(name, set(NAME.findall(bases + b" "))) for name, bases in CLASS_LINE.findall(code)]
    builds = _what_is_built(code) if TARGET in code and b"dataclass" in code else ""
    if not found:
        return FileFacts((), tags, builds)
    aliases = _aliases(code, set[bytes]().union(*(bases for _, bases in found)))
    classes = tuple(
        (_text(name), tuple(sorted(_text(each) for base in bases for each in (base, *aliases.get(base, ())))))
        for name, bases in found
    )
    return FileFacts(classes, tags, builds)


def _what_is_built(code: bytes) -> str:
    """The digest of the dataclasses that say what is built; empty where none does."""
    text = b"".join(STRUCTURED.findall(code + b"\n"))
    return blake2b(text, digest_size=8).hexdigest() if BUILDS.search(text) else ""


FactsAt = Callable[[Path], FileFacts]


def facts_at(path: Path) -> FileFacts:
    """What the bytes of a file on the disk say; nothing where it cannot be read."""
    return facts_of(code_at(path))


def _aliases(code: bytes, names: set[bytes]) -> dict[bytes, list[bytes]]:
    """What a file calls by one of `names`: `import X as name`, `name = package.X`."""
    found: dict[bytes, list[bytes]] = {}
    for match in CALLED.finditer(code):
        before = WORD_BEFORE.search(code[max(0, match.start() - 100) : match.start()]) if match[1] in names else None
        if before is not None:
            found.setdefault(match[1], []).append(before[1])
    lines = code.replace(b"\r", b"\n") if b"\r" in code else code
    for name in names:
        for value in _assigned_to(name, lines):
            found.setdefault(name, []).append(value.rpartition(b".")[2])
    return found


def _assigned_to(name: bytes, code: bytes) -> Iterator[bytes]:
    """The dotted names that lines give a name which begins like that of a class."""
    at = code.find(name) if name[:1].isupper() or name[:1] >= b"\x80" else -1
    while at >= 0:
        before = code.rfind(b"\n", 0, at)
        if before >= 0 and not code[before + 1 : at].strip(b" \t"):
            match = ASSIGNED.match(code, at + len(name))
            if match is not None:
                yield match[1]
        at = code.find(name, at + 1)


def _text(name: bytes) -> str:
    return name.decode() if name.isascii() else normalize("NFKC", name.decode(errors="replace"))


class Index:
    """Who subclasses what, who calls `fit` and what YAML names: names only, the files themselves say what they mean."""

    def __init__(self, root: Path, facts: FactsAt = facts_at) -> None:
        self.root = root
        self._facts_at = facts
        self._searched: dict[Search, tuple[Path, ...]] = {}
        self._known: dict[Path, FileFacts] = {}
        self._asked: dict[str, tuple[Path, ...]] = {}
        self._tagged: dict[str, tuple[Path, ...]] = {}

    @cached_property
    def _files(self) -> ProjectFiles:
        return project_files(self.root)

    @property
    def python(self) -> tuple[Path, ...]:
        """The Python files below the root in a stable order, without environments and caches."""
        return self._files.python

    @cached_property
    def in_folder(self) -> Mapping[str, Sequence[tuple[str, Path]]]:
        """The last part of a package's name -> the modules that may be in it, their names' last parts and files."""
        found: dict[str, list[tuple[str, Path]]] = {}
        for path in self.python:
            at = path.parent if path.name == "__init__.py" else path
            found.setdefault(at.parent.name, []).append((at.stem, path))
        return found

    @property
    def yaml(self) -> tuple[Path, ...]:
        """The YAML files below the root, likewise."""
        return self._files.yaml

    @property
    def notebooks(self) -> tuple[Path, ...]:
        """The notebooks, likewise; of what they say only counts that they build and fit what is defined elsewhere."""
        return self._files.notebooks

    @cached_property
    def modules(self) -> Mapping[str, Sequence[Path]]:
        """The last part of a module's name -> the Python files that may be it."""
        found: dict[str, list[Path]] = {}
        for path in self.python:
            found.setdefault(path.stem if path.name != "__init__.py" else path.parent.name, []).append(path)
        return found

    @cached_property
    def facts(self) -> Mapping[Path, FileFacts]:
        """What each Python file says; one that cannot be read is passed over."""
        return {path: self._fact(path) for path in self.python}

    def _fact(self, path: Path) -> FileFacts:
        if path not in self._known:
            self._known[path] = self._facts_at(path)
        return self._known[path]

    def _facts_with(self, word: bytes) -> Iterator[tuple[Path, FileFacts]]:
        """What the files say in which a word stands: all that can say anything of it."""
        return ((path, self._fact(path)) for path, data in self._data.items() if word in data)

    def files_deriving(self, name: str) -> Sequence[Path]:
        """The files with a class that derives from something called `name`."""
        if "facts" in self.__dict__ or len(self._asked) > FEW_NAMES:
            return self._deriving.get(name, ())
        if name not in self._asked:
            found = (
                path
                for path, fact in self._facts_with(name.encode())
                if any(name in bases for _, bases in fact.classes)
            )
            self._asked[name] = tuple(found)
        return self._asked[name]

    @cached_property
    def _deriving(self) -> Mapping[str, Sequence[Path]]:
        """Last part of a base's name -> the files with a class that derives from something called so."""
        found: dict[str, dict[Path, None]] = {}
        for path, facts in self.facts.items():
            for _, bases in facts.classes:
                for base in bases:
                    found.setdefault(base, {})[path] = None
        return {name: tuple(paths) for name, paths in found.items()}

    @cached_property
    def in_yaml(self) -> frozenset[str]:
        """The last parts of the dotted names in YAML files, and in Python files that say what is built."""
        files = (*self.yaml, *self.structured)
        return frozenset(_text(name) for path in files for name in DOTTED.findall(data_at(path)))

    @cached_property
    def structured(self) -> tuple[Path, ...]:
        """The Python files that say what is built."""
        facts = self.facts.items() if "facts" in self.__dict__ else self._facts_with(TARGET)
        return tuple(path for path, fact in facts if fact.builds)

    def tagged(self, tag: str) -> tuple[Path, ...]:
        """The files with one of the TAGS; of notebooks those that fit."""
        if tag not in self._tagged:
            facts = self.facts.items() if "facts" in self.__dict__ else self._facts_with(TAGS[tag])
            found = [path for path, fact in facts if tag in fact.tags]
            if tag == "fit":
                found += (path for path in self.notebooks if tag in self._fact(path).tags)
            self._tagged[tag] = tuple(found)
        return self._tagged[tag]

    def found_by(self, search: Search) -> tuple[Path, ...]:
        """The files that a search finds."""
        if search not in self._searched:
            data = self._scripts if search.in_scripts else self._data
            found = (path for path in self._candidates(search) if search.finds(data[path]))
            self._searched[search] = tuple(path for path in found if search.finds(without_comments(data[path])))
        return self._searched[search]

    def notebooks_found_by(self, search: Search) -> list[Path]:
        """The notebooks that a search would find."""
        return [path for path in self.notebooks if search.finds(without_comments(code_at(path)))]

    def _candidates(self, search: Search) -> Iterable[Path]:
        if search.in_scripts:
            return self._scripts
        if len(self._searched) < MANY_SEARCHES or not all(IDENTIFIER.match(name) for name in search.names):
            return self._data
        names = [name.encode() for name in search.names]
        return [path for path, words in self._words.items() if any(name in words for name in names)]

    @cached_property
    def _words(self) -> Mapping[Path, bytes]:
        """The words of each file, each once: a name that is one of them, or a part of one, is found in less time."""
        return {path: b" ".join(set(WORD.findall(data))) for path, data in self._data.items()}

    @cached_property
    def _data(self) -> Mapping[Path, bytes]:
        """All files with their bytes: to open thousands of files for each search takes longer than to search them."""
        return {path: data_at(path) for path in self.python}

    @cached_property
    def _scripts(self) -> Mapping[Path, bytes]:
        """The files and notebooks that call `.fit(`, with their code."""
        return {path: code_at(path) if path.suffix == NOTEBOOK else data_at(path) for path in self.tagged("fit")}

    def lightning_names(self, more: Iterable[str] = ()) -> frozenset[str]:
        """The names of all classes that may derive from LightningModule, as far as names can tell."""
        known = {*catalog.THIRD_PARTY_LIGHTNING_BASES, *more}
        return self._with_heirs({"LightningModule", *(name.rpartition(".")[2] for name in known)})

    def deriving_from(self, names: Iterable[str]) -> Iterator[Path]:
        """The files with classes that may derive from one called by one of `names`, as far as names can tell."""
        seen = set(names)
        todo = list(seen)
        while todo:
            name = todo.pop()
            for path in self.files_deriving(name):
                yield path
                heirs = {heir for heir, bases in self._fact(path).classes if name in bases} - seen
                seen |= heirs
                todo += heirs

    def _with_heirs(self, names: Iterable[str]) -> frozenset[str]:
        found = set(names)
        todo = list(found)
        while todo:
            for name in self._heirs.get(todo.pop(), set()) - found:
                found.add(name)
                todo.append(name)
        return frozenset(found)

    @cached_property
    def _heirs(self) -> Mapping[str, set[str]]:
        """Last part of a base's name -> the names of the classes that derive from something called so."""
        heirs: dict[str, set[str]] = {}
        for facts in self.facts.values():
            for name, bases in facts.classes:
                for base in bases:
                    heirs.setdefault(base, set()).add(name)
        return heirs


_KEPT: ContextVar[dict[Path, Index] | None] = ContextVar("kept", default=None)


@contextmanager
def kept(indexes: dict[Path, Index]) -> Iterator[None]:
    """While it lasts, an index in `indexes` counts, and new ones are added: for those who hear of every change."""
    token = _KEPT.set(indexes)
    try:
        yield
    finally:
        _KEPT.reset(token)


def index_of(root: Path, facts: FactsAt) -> Index:
    """The index of all files below `root`, a new one unless it is kept."""
    indexes = _KEPT.get()
    return Index(root, facts) if indexes is None else indexes.setdefault(root, Index(root, facts))


def data_at(path: Path) -> bytes:
    """A file's bytes; none where it cannot be read: it was not asked for, so nobody is told."""
    try:
        return bytes_of(path)
    except OSError:
        return b""


def code_at(path: Path) -> bytes:
    """The code in a file; none where it cannot be read."""
    return code_in(path, data_at(path))


def code_in(path: Path, data: bytes) -> bytes:
    """A Python file's bytes without its comments; of a notebook the cells with code, as they stand."""
    if path.suffix != NOTEBOOK:
        return without_comments(data)
    from lintlight.source.notebook import code_in_cells

    return code_in_cells(data)
