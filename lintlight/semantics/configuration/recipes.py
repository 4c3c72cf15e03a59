"""What the project's YAML builds: Hydra's `_target_`, jsonargparse's `class_path`, and `target` with `params`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from lintlight.semantics.configuration.composed import beside, compositions, filled
from lintlight.semantics.configuration.structured import structured_in
from lintlight.semantics.configuration.tree import (
    MOST_BYTES,
    OPEN,
    Document,
    Leaf,
    Row,
    Table,
    Tree,
    merge,
    read_document,
    tables,
)
from lintlight.semantics.resolve.index import Index, data_at
from lintlight.semantics.resolve.project import Project
from lintlight.source.files import bytes_of

MOST_FILES = 2_000
BY_CLI = "class_path"
"""Kept beside `_target_` where it was written so."""
NOT_ARGUMENTS = frozenset({"_target_", "_partial_", "_recursive_", "_convert_", "_args_", BY_CLI})
"""The keys of Hydra's own."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """A mapping that says what is to be built; `table` has Hydra's keys, whatever dialect the file is in."""

    target: str
    """The dotted name; empty when it is known only at run time."""
    table: Table
    key: str
    """The name under which the program finds it: its key, or the folder of a file that is nothing else."""
    nested: bool
    """Whether what is inside is built too before it is passed on."""
    composed: bool = False
    """Whether it is all that a run is given, and not what one file adds."""
    for_callbacks: bool = False
    """Whether it stands somewhere below `callbacks`."""


@dataclass(frozen=True, eq=False)
class Composition:
    """All that a run is given: by a file with its defaults, or by one of its experiments."""

    whole: Document
    """Its path is that of the file it begins with."""
    files: frozenset[Path]
    recipes: tuple[Recipe, ...]


@dataclass(frozen=True)
class Configuration:
    """The YAML below a folder, read when something in it is first asked for."""

    root: Path
    index: Index
    _alternatives: dict[tuple[tuple[Recipe, ...], bool], list[Recipe]] = field(default_factory=dict)
    """What each group of recipes for one key comes to, merged once."""
    _near: dict[tuple[str, Path, bool], list[Recipe]] = field(default_factory=dict)
    """What may be built for a key, by the file that asks."""
    whole: dict[tuple[Path, str], Table | None] = field(default_factory=dict)
    """What whole files say, and what is composed of them, read once."""

    @cached_property
    def recipes(self) -> tuple[Recipe, ...]:
        """Everything that the YAML builds, in the order of the files."""
        done = frozenset[Path]().union(*(each.files for each in self.compositions))
        rest = (document for document in self._documents(_builds) if document.path not in done)
        known = frozenset(self.index.yaml)
        return (
            *(recipe for each in self.compositions for recipe in each.recipes),
            *(recipe for document in rest for recipe in _recipes(document, self.root, known)),
            *(Recipe(str(_target(table) or ""), table, key, nested=True) for key, table in self._structured()),
        )

    @cached_property
    def compositions(self) -> tuple[Composition, ...]:
        """What runs are given; what a file comes to by its defaults alone stands before its experiments."""
        found = compositions(self._documents(_is_composed), self.index.yaml)
        return tuple(
            Composition(whole, files, tuple(replace(each, composed=True) for each in _recipes(whole, self.root)))
            for whole, files in found
        )

    def _structured(self) -> Iterator[tuple[str, Table]]:
        """What dataclasses of the project say is built."""
        for path in self.index.structured:
            yield from structured_in(path, data_at(path).decode(errors="replace"))

    @cached_property
    def models(self) -> tuple[Recipe, ...]:
        """What stands under `model:` for a class that the program itself gives to LightningCLI."""
        found = (_in_hydras_words(document.root.items.get("model", OPEN)) for document in self._documents(_has_a_model))
        return tuple(
            Recipe("", table, "model", nested=True)
            for table in found
            if isinstance(table, Table) and table.items and not table.items.keys() & {"_target_", "target"}
        )

    def _documents(self, is_wanted: Callable[[bytes], bool]) -> Iterator[Document]:
        count = 0
        for path in self.index.yaml:
            try:
                data = bytes_of(path) if path.stat().st_size <= MOST_BYTES else b""
            except OSError:
                continue
            if is_wanted(data):
                count += 1
                document = read_document(path, data)
                if document is not None:
                    yield document
                if count >= MOST_FILES:
                    return

    def for_key(self, key: str) -> Recipe | None:
        """What is built for a key, as far as all files agree; None unless it is exactly one target."""
        found = self._by_key.get(key, ())
        return together(found) if found and found[0].target and len(_targets(found)) == 1 else None

    def alternatives(self, key: str, asking: Path, *, apart: bool = False) -> list[Recipe]:
        """What may be built for a key, one recipe for each target; nothing where one of them is not known.

        With `apart` one for each way to build a target out of other things. Files count that are as near to the one
        that asks as any other.
        """
        if (key, asking, apart) not in self._near:
            self._near[key, asking, apart] = self._alternatives_near(key, asking, apart)
        return self._near[key, asking, apart]

    def _alternatives_near(self, key: str, asking: Path, apart: bool) -> list[Recipe]:
        recipes = self._by_key.get(key, ())
        shared = [_shared(asking, recipe.table.span.path) for recipe in recipes]
        most = max(shared, default=0)
        nearest = tuple(recipe for recipe, each in zip(recipes, shared, strict=True) if each == most)
        if (nearest, apart) not in self._alternatives:
            by_target = self._by_target(nearest)
            self._alternatives[nearest, apart] = variants(nearest) if apart and by_target else by_target
        return self._alternatives[nearest, apart]

    def below(self, recipe: Recipe, key: str) -> list[Recipe]:
        """What Hydra may put under a key of a recipe: the files in the folder of that name beside the recipe's own.

        Those that its `defaults` name, where it names any. A dataclass has what its own file stores for the key.
        """
        path = recipe.table.span.path
        at = [(each, each.table.span.path) for each in self._by_key.get(key, ())]
        is_code = path.suffix == ".py"
        found = [each for each, where in at if (where == path if is_code else where.parent == path.parent / key)]
        defaults = recipe.table.items.get("defaults")
        said = [
            each.items[key] for each in getattr(defaults, "items", ()) if isinstance(each, Table) and key in each.items
        ]
        names = {str(name.value).removesuffix(".yaml") for name in said if isinstance(name, Leaf)}
        return self._by_target([each for each in found if not names or each.table.span.path.stem in names])

    def _by_target(self, nearest: Sequence[Recipe]) -> list[Recipe]:
        if not all(recipe.target for recipe in nearest):
            return []
        groups: dict[str, list[Recipe]] = {}
        for recipe in nearest:
            groups.setdefault(recipe.target, []).append(recipe)
        return [together(group) for group in groups.values()]

    @cached_property
    def _by_key(self) -> Mapping[str, Sequence[Recipe]]:
        found: dict[str, list[Recipe]] = {}
        for recipe in self.recipes:
            found.setdefault(recipe.key, []).append(recipe)
        return found

    def named(self, name: str) -> Sequence[Recipe]:
        """Everything whose target ends in `name`."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Recipe]]:
        found: dict[str, list[Recipe]] = {}
        for recipe in self.recipes:
            found.setdefault(recipe.target.rpartition(".")[2], []).append(recipe)
        return found


def configuration_of(project: Project) -> Configuration:
    """What the YAML below the root of a project says; each file is read once."""
    return project.once(_configuration)


def _configuration(project: Project) -> Configuration:
    return Configuration(project.root, project.index)


def _builds(data: bytes) -> bool:
    return b"_target_" in data or b"class_path" in data or (b"target:" in data and b"params:" in data)


def _is_composed(data: bytes) -> bool:
    return b"defaults:" in data


def _has_a_model(data: bytes) -> bool:
    return data.startswith(b"model:") or b"\nmodel:" in data


def _targets(recipes: Sequence[Recipe]) -> set[str]:
    return {recipe.target for recipe in recipes}


def _shared(one: Path, other: Path) -> int:
    """How many folders two files have in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one.parts, other.parts, strict=False)))


def together(recipes: Sequence[Recipe]) -> Recipe:
    """One recipe with what several agree on."""
    first = recipes[0]
    table: Tree = first.table
    for other in recipes[1:]:
        table = merge(table, other.table)
    assert isinstance(table, Table)
    return replace(first, table=table, nested=all(recipe.nested for recipe in recipes))


def variants(recipes: Iterable[Recipe]) -> list[Recipe]:
    """The recipes of one class, those that build the same things inside merged into one.

    What is all that a run is given stays apart from another's where a flag differs.
    """
    groups: dict[tuple[frozenset[str], frozenset[tuple[str, str, object]]], list[Recipe]] = {}
    for recipe in recipes:
        inside = frozenset(target for _, table in tables(recipe.table) if (target := _target(table)) is not None)
        groups.setdefault((inside, frozenset(_flags(recipe))), []).append(recipe)
    return [together(group) for group in groups.values()]


def _flags(recipe: Recipe) -> Iterator[tuple[str, str, object]]:
    """What is switched on or off, or left out, in a composed recipe."""
    for key, table in tables(recipe.table) if recipe.composed else ():
        for name, item in table.items.items():
            if isinstance(item, Leaf) and (item.value is None or isinstance(item.value, bool)):
                yield key, name, item.value


def _recipes(document: Document, root: Path, known: Collection[Path] = ()) -> Iterator[Recipe]:
    """What a file builds; of the files that are `known` those beside it may say what it leaves open."""
    group = _group(document, root)
    tree = _in_hydras_words(filled(document.root, group, beside(known, document.path.parent)))
    below = {id(each) for key, table in tables(tree, group) if key == "callbacks" for _, each in tables(table)}
    for key, table in tables(tree, group):
        target = _target(table)
        if target is not None:
            nested = table.items.get("_recursive_") != Leaf(False)
            yield Recipe(target, table, key, nested, for_callbacks=id(table) in below)
        elif _is_latent_diffusion(table):
            inner = table.items.get("params")
            items = inner.items if isinstance(inner, Table) else {}
            name = table.items["target"]
            assert isinstance(name, Leaf)
            yield Recipe(str(name.value), Table({"_target_": name, **items}, table.span), key, nested=False)


def _group(document: Document, root: Path) -> str:
    """The key that a whole file stands for: Hydra's package, which is the folder unless the file says otherwise."""
    if document.package and document.package != "_group_":
        return document.package.rpartition(".")[2] if document.package != "_global_" else ""
    return document.path.parent.name if document.path.parent != root else ""


def _target(table: Table) -> str | None:
    """The dotted name of what a mapping builds; empty when it is not known, None when it builds nothing."""
    name = table.items.get("_target_")
    if name is None:
        return None
    return name.value if isinstance(name, Leaf) and isinstance(name.value, str) and "." in name.value else ""


def _is_latent_diffusion(table: Table) -> bool:
    """`target: package.Class` with `params: {...}`, as the latent diffusion models and their heirs write it."""
    name, params = table.items.get("target"), table.items.get("params")
    return isinstance(name, Leaf) and isinstance(name.value, str) and "." in name.value and isinstance(params, Table)


def _in_hydras_words(tree: Tree) -> Tree:
    """`class_path` and `init_args` written as `_target_` and keywords."""
    if isinstance(tree, Row):
        return Row(tuple(_in_hydras_words(item) for item in tree.items))
    if not isinstance(tree, Table):
        return tree
    if "class_path" in tree.items:
        given = tree.items.get("init_args", Table({}, tree.span))
        inner = given.items if isinstance(given, Table) else {}
        items: dict[str, Tree] = {"_target_": tree.items["class_path"], BY_CLI: Leaf(True), **inner}
        return Table({name: _in_hydras_words(item) for name, item in items.items()}, tree.span)
    return Table({name: _in_hydras_words(item) for name, item in tree.items.items()}, tree.span, tree.whole)
