"""Hydra's composition: the files that `defaults` name, put together (`tests/evidence/hydra_composition.out`)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lintlight.semantics.configuration.tree import (
    MOST_NODES,
    OPEN,
    Document,
    Leaf,
    Open,
    Row,
    Table,
    Tree,
    find,
    overlaid,
    read_document,
)
from lintlight.source.files import bytes_of

MOST_FILES = 40
"""Files in one configuration; one of more is not composed."""
MOST_COMPOSED = 60
"""Configurations of one project."""
MOST_EXPERIMENTS = 40
"""Files beside one configuration that may change anything in it."""
MOST_PASSES = 3
"""What an option that comes late chooses anew is put in from the start."""
MOST_PARTS = 20
"""In a package."""
MOST_STEPS = 8
"""From one interpolation to the next."""
ENDINGS = (".yaml", ".yml")
Beside = Callable[[list[str]], Tree]
"""Gives what stands under a dotted path in other files; open when that is not known."""
EXPERIMENTS = re.compile(r"(?i)exps?$|experiment")
"""What a group of files is called of which one is added on the command line."""


def composed_in(files: Iterable[Path], folder: Path, name: str) -> Table | None:
    """What Hydra composes of those files in a folder, beginning with one; None where that is not clear."""
    tree = _Composer(frozenset(files), folder, {}, {}).whole(name)
    return filled(tree) if tree is not None else None


def compositions(documents: Iterable[Document], files: Iterable[Path]) -> Iterator[tuple[Document, frozenset[Path]]]:
    """What is composed by each of those documents that has `defaults`, and of which files; those on top first.

    Each is followed by what it comes to with one of its experiments.
    """
    known, done = frozenset(files), set[Path]()
    every = sorted(documents, key=lambda each: len(each.path.parts))
    read_once: dict[Path, Document | None] = {each.path: each for each in every}
    for document in every[:MOST_COMPOSED]:
        if document.path not in done:
            plain = _Composer(known, document.path.parent, read_once, {})
            tree = plain.whole(document.path.name)
            if tree is not None and len(plain.files) > 1:
                done |= plain.files
                yield Document(document.path, filled(tree), document.package), frozenset(plain.files)
                for chosen, added in plain.experiments():
                    other = _Composer(known, document.path.parent, read_once, chosen)
                    tree = other.whole(document.path.name, added)
                    if tree is not None and other.files - plain.files:
                        done |= other.files
                        yield Document(document.path, filled(tree), document.package), frozenset(other.files)
    for document in every[:MOST_COMPOSED]:
        folder = _above_experiments(document.path)
        # The file that it is added to has no `defaults` at all.
        if document.path not in done and folder is not None and document.package == "_global_":
            alone = _Composer(known, folder, read_once, {})
            group = document.path.parent.relative_to(folder).as_posix()
            tree = alone.whole("", {group: Leaf(document.path.stem)}, Table({}, document.root.span))
            if tree is not None and len(alone.files) > 1:
                yield Document(document.path, filled(tree), document.package), frozenset(alone.files)


def read(known: Collection[Path], path: Path) -> Document | None:
    """A YAML file, if it is one of the project's: of others nobody notices that they change."""
    try:
        return read_document(path, bytes_of(path)) if path in known else None
    except OSError:
        return None


def without_dots(path: Path) -> Path:
    """`a/../b` as `b`; nothing is looked up."""
    return Path(os.path.normpath(path))


class _Composer:
    """Puts the files together that `defaults` name, each under its package, later ones over earlier ones."""

    def __init__(
        self,
        known: Collection[Path],
        folder: Path,
        documents: dict[Path, Document | None],
        chosen: Mapping[str, Tree],
    ) -> None:
        self.known = known
        self.folder = folder
        self.documents = documents
        self.files: set[Path] = set()
        self.read = 0
        self.chosen = dict(chosen)
        """What `override group: option`, or the command line, puts in the place of another option."""
        self.used: set[str] = set()
        self.is_clear = True
        self.is_late = False
        """Whether an option was chosen anew after it had been put in."""

    def whole(self, name: str, added: Mapping[str, Tree] | None = None, begin: Table | None = None) -> Table | None:
        """The configuration that begins with a file; None where there is none, or how it is composed is not clear.

        `added` is what the command line puts behind it, `+experiment=first`, or behind what it is to `begin` with.
        """
        for _ in range(MOST_PASSES):
            self.files, self.used, self.read, self.is_clear, self.is_late = set(), set(), 0, True, False
            tree = begin or self._file("", name, (), stays=True)
            for group, option in added.items() if added else ():
                tree = self._with_option(tree, group, option, "", ()) if tree is not None else None
            if not self.is_late:
                return tree if self.is_clear else None
        return None

    def experiments(self) -> Iterator[tuple[dict[str, Tree], dict[str, Tree]]]:
        """The options that somebody may choose on the command line in order to change anything: those of the root.

        And those to be added, of groups of experiments that no file has among its `defaults`.
        """
        folders = {without_dots(self.folder / group): group for group in sorted(self.used)}
        beside = [path for path in self.known if path.parent in folders and path not in self.files]
        added = [path for path in self.known if path.parent not in folders and _above_experiments(path) == self.folder]
        for path in (*sorted(beside)[:MOST_EXPERIMENTS], *sorted(added)[:MOST_EXPERIMENTS]):
            document = self._document(path)
            if document is not None and document.package == "_global_":
                option: Tree = Leaf(path.stem)
                group = folders.get(path.parent)
                if group is not None:
                    yield {group: option}, {}
                else:
                    yield {}, {path.parent.relative_to(self.folder).as_posix(): option}

    def _file(self, group: str, name: str, package: tuple[str, ...], *, stays: bool) -> Table | None:
        """What one file and its defaults say, from the root on; `package` is where it goes, if the file agrees."""
        self.read += 1
        names = [name] if name.endswith(ENDINGS) else [f"{name}{ending}" for ending in ENDINGS]
        found = (self._document(without_dots(self.folder / group / each)) for each in names)
        document = next((each for each in found if each is not None), None)
        if document is None or self.read > MOST_FILES or len(package) > MOST_PARTS:
            self.is_clear = self.is_clear and self.read <= MOST_FILES and len(package) <= MOST_PARTS
            return None
        self.files.add(document.path)
        under = package if stays or not document.package else self._package(document, group, package)
        defaults = document.root.items.get("defaults", Row(()))
        entries = defaults.items if isinstance(defaults, Row) else (OPEN,)
        for entry in entries:
            self._override(entry, group)
        if Leaf("_self_") not in entries:
            entries = (*entries, Leaf("_self_"))
        tree = Table({}, document.root.span)
        for entry in entries:
            if entry == Leaf("_self_"):
                own = {key: item for key, item in document.root.items.items() if key != "defaults"}
                tree = _over(tree, under, Table(own, document.root.span))
            else:
                tree = self._with(tree, entry, group, under)
        return tree

    def _document(self, path: Path) -> Document | None:
        if path not in self.documents:
            self.documents[path] = read(self.known, path)
        return self.documents[path]

    def _package(self, document: Document, group: str, package: tuple[str, ...]) -> tuple[str, ...]:
        """Where a file says that it goes."""
        if document.package == "_global_":
            return ()
        if document.package == "_group_":
            return tuple(group.split("/"))
        self.is_clear = False
        return package

    def _override(self, entry: Tree, group: str) -> None:
        for key, option in entry.items.items() if isinstance(entry, Table) else ():
            words = key.split()
            if "override" in words:
                folder = _joined(group, words[-1])
                if folder not in self.chosen:
                    self.chosen[folder] = option
                    self.is_late = self.is_late or folder in self.used

    def _with(self, tree: Table, entry: Tree, group: str, under: tuple[str, ...]) -> Table:
        """A tree, and over it what one of the `defaults` of a file stands for."""
        if isinstance(entry, Leaf) and isinstance(entry.value, str):  # another file of the same group
            folder, _, name = _joined(group, entry.value).rpartition("/")
            inside = () if folder == group else tuple(entry.value.strip("/").split("/")[:-1])
            part = self._file(folder, name, (*under, *inside), stays=folder == group)
            self.is_clear = self.is_clear and part is not None
            return _over(tree, (), part) if part is not None else tree
        if not isinstance(entry, Table):
            self.is_clear = False
            return tree
        for key, option in entry.items.items():
            words = key.split()
            if not words:
                self.is_clear = False
            elif "override" not in words:
                tree = self._with_option(tree, words[-1], option, group, under)
        return tree

    def _with_option(self, tree: Table, key: str, option: Tree, group: str, under: tuple[str, ...]) -> Table:
        """... over it an option of a group, or of several: `group: option`, `/group@package: [one, other]`."""
        written, _, place = key.partition("@")
        folder = _joined(group, written)
        if folder.partition("/")[0] == "hydra":
            return tree
        asked = _joined(group, key)
        self.used.add(asked)
        inside = tuple(name for name in (place or written.strip("/").replace("/", ".")).split(".") if name)
        package = (*under, *(name for name in inside if name != "_here_"))
        if place.startswith("_global_"):
            package = inside[1:]
        option = self.chosen.get(asked, option)
        for name in option.items if isinstance(option, Row) else (option,):
            if name == Leaf(None):
                continue
            part = self._file(folder, str(name.value), package, stays=bool(place)) if isinstance(name, Leaf) else None
            if part is None:  # `???`, or a file that comes from elsewhere
                tree = _over(tree, package, OPEN)
                continue
            tree = _over(tree, (), part)
        return tree


def _above_experiments(path: Path) -> Path | None:
    """The folder of the configuration to which a file is added; None where it is none for that."""
    found = [parent.parent for parent in path.parents if EXPERIMENTS.match(parent.name)]
    return found[-1] if found and path.suffix in ENDINGS else None


def _joined(group: str, name: str) -> str:
    """A group as seen from the configuration's folder."""
    return name.lstrip("/") if name.startswith("/") or not group else f"{group}/{name}"


def _over(tree: Table, path: Sequence[str], part: Tree) -> Table:
    """A tree with something put over what stands under a path."""
    span = part.span if isinstance(part, Table) else tree.span
    for name in reversed(path):
        part = Table({name: part}, span)
    found = overlaid(tree, part)
    return found if isinstance(found, Table) else tree


def filled(root: Table, group: str = "", beside: Beside = lambda path: OPEN) -> Table:
    """The tree with what its interpolations stand for, where that stands in it; a command line may add to it.

    `group` is the name under which other files see all of it, `beside` what is looked into for what is not in it.
    """
    found = _Filler(root, group, beside).fill(root, 0)
    assert isinstance(found, Table)
    return found


def beside(known: Collection[Path], folder: Path) -> Beside:
    """The files in the folders of a folder, which some programs put under their names: `lm/default.yaml`."""

    def look(path: list[str]) -> Tree:
        for length in range(len(path), 1, -1):
            files = (folder.joinpath(*path[: length - 1], f"{path[length - 1]}{ending}") for ending in ENDINGS)
            document = next(filter(None, (read(known, file) for file in files)), None)
            if document is not None:
                return find(document.root, path[length:])
        return OPEN

    return look


class _Filler:
    """Puts in what interpolations stand for: one thing may be put in many places, so what is visited is counted."""

    def __init__(self, root: Table, group: str, beside: Beside) -> None:
        self.root = root
        self.group = group
        self.beside = beside
        self.visited = 0

    def fill(self, tree: Tree, steps: int) -> Tree:
        self.visited += 1
        if self.visited > MOST_NODES:
            return OPEN
        if isinstance(tree, Open) and tree.path:
            path = tree.path.split(".")
            found = find(self.root, path)
            if found == OPEN and path[0] == self.group:
                found = find(self.root, path[1:])
            if found == OPEN:
                found = self.beside(path)
            return self.fill(found, steps + 1) if found != OPEN and steps < MOST_STEPS else tree
        if isinstance(tree, Row):
            return Row(tuple(self.fill(item, steps) for item in tree.items))
        if isinstance(tree, Table):
            return Table({name: self.fill(item, steps) for name, item in tree.items.items()}, tree.span, whole=False)
        return tree
