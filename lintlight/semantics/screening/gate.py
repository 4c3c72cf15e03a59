"""What the code that a class can reach has in it at all: a class that reaches no model load needs no walk for LL101.

Wider than what runs: whatever a method names, it may call. Where that is not known, the answer is yes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from lintlight.semantics.configuration import built
from lintlight.semantics.configuration.recipes import configuration_of
from lintlight.semantics.configuration.tree import Row, Table, Tree
from lintlight.semantics.resolve import registries
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import Import, every_node
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.reading import NOTHING, Code, Place, Reach, Reading, is_load
from lintlight.semantics.screening.wording import attributes_in
from lintlight.semantics.values import Atom, ClassValue, External, Function, Value
from lintlight.source.outline import may_say, unread

TELLS_OF_PARTS = Reach.LOADS | Reach.KEYS
NO_PARTS = ~TELLS_OF_PARTS
OPTIMIZERS = "optim."
"""What stands where optimizers are made."""
NAMES_A_CLASS = frozenset({"_target_", "target", "class_path"})


class Gate:
    """Answers for the classes of one project, each piece of code read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._contents: dict[Code, tuple[Reach, tuple[Place, ...]]] = {}
        self._behind: dict[tuple[SourceModule, str], tuple[Place, ...]] = {}
        self._plain: dict[ProjectClass, bool] = {}
        self._telling: set[Code] = set()
        """From where a load, or a change of keys, is known to be reached."""
        self._bounds: dict[Code, Reach] = {}
        """What can at most be reached."""
        self._built: dict[SourceModule, Value] = {}
        """What the YAML builds, as seen from a file."""

    def reach(self, cls: ProjectClass) -> Reach:
        """What any method of a class can reach."""
        found = self._reach([*self._of_class(cls)]) & ~Reach.ITS_OWN
        is_manual = any(Reach.ITS_OWN in self._read(*place)[0] for place in self._of_class(cls))
        return found | Reach.MANUAL if is_manual else found

    def reach_of(self, cls: ProjectClass, methods: Iterable[str], helpers: Iterable[ProjectClass] = ()) -> Reach:
        """What some methods of a class can reach, through its other methods and those of what it holds or is given."""
        todo: list[Place] = []
        names = set(methods)
        done: set[str] = set()
        beside = _evaluating(helpers)
        while names - done:
            name = (names - done).pop()
            done.add(name)
            found = cls.find_method(name)
            places: Iterable[Place] = [(found.module, found.node)] if found is not None else beside.get(name, [])
            todo += places
            names |= {each for _, node in places for each in _attributes_in(node)}
        return self._reach(todo)

    def named_in(self, cls: ProjectClass) -> Iterator[ProjectClass]:
        """The classes of the project that a class names: those of its submodules and helpers, most likely."""
        for place in self._of_class(cls):
            for module, node in self._read(*place)[1]:
                named = module.class_of_node.get(node) if isinstance(node, ast.ClassDef) else None
                if named is not None:
                    yield named

    def reach_from(self, module: SourceModule, pieces: Iterable[Code]) -> Reach:
        """What pieces of code of a module can reach."""
        return self._reach([(module, piece) for piece in pieces])

    def is_plain(self, cls: ProjectClass) -> bool:
        """Whether it is a module whose inside tells nothing: nothing pretrained unless given, no keys of its own."""
        if cls not in self._plain:
            # A class inside a function sees the function's own names, which may hold anything.
            is_part = cls.is_module and not cls.is_lightning and "<locals>" not in cls.qualname
            self._plain[cls] = is_part and not self._tells_of_parts(self._of_class(cls)) and not _may_step(cls)
        return self._plain[cls]

    def may_load(self, cls: ProjectClass) -> bool:
        """Whether any code of a class can reach a load, or a change of keys: a property may, for instance."""
        return self._tells_of_parts(self._of_class(cls))

    def loads(self, function: Function) -> bool:
        """Whether a function can reach a load, or a change of keys."""
        return self._tells_of_parts([(function.module, function.node)])

    def _tells_of_parts(self, start: Iterable[Place]) -> bool:
        """Whether a load, or a change of keys, can be reached; no further is looked than to the first."""
        telling, bounds = self._telling, self._bounds
        todo: list[tuple[SourceModule, Code, Code | None]] = [(module, node, None) for module, node in start]
        came_from: dict[Code, Code | None] = {}
        while todo:
            module, node, before = todo.pop()
            bound = bounds.get(node)
            if node in came_from or (bound is not None and not TELLS_OF_PARTS & bound):
                continue
            came_from[node] = before
            own, onwards = self._read(module, node) if node not in telling else (TELLS_OF_PARTS, ())
            if TELLS_OF_PARTS & own:
                step: Code | None = node
                while step is not None:  # all on the way here reach it, too
                    telling.add(step)
                    step = came_from[step]
                return True
            todo.extend((*place, node) for place in onwards)
        for node in came_from:
            bounds[node] = bounds.get(node, NO_PARTS) & NO_PARTS
        return False

    def _reach(self, todo: list[Place]) -> Reach:
        bounds = self._bounds
        seen: dict[Code, None] = {}
        found = NOTHING
        while todo:
            module, node = todo.pop()
            bound = bounds.get(node)
            if node in seen or (bound is not None and bound in found):
                continue  # all that lies behind it is found already
            seen[node] = None
            own, onwards = self._read(module, node)
            found |= own
            todo.extend(onwards)
        for node in seen:
            before = bounds.get(node)
            bounds[node] = found if before is None else found & before
        return found

    def _of_class(self, cls: ProjectClass) -> Iterator[Place]:
        for base in cls.own_bases:
            yield base.module, base.node

    def _read(self, module: SourceModule, node: Code) -> tuple[Reach, tuple[Place, ...]]:
        """What a piece of code has in it, and what it names; each is read once."""
        if node not in self._contents:
            self._contents[node] = Reading(self, module, node).result()
        return self._contents[node]

    def named(self, dotted: str, module: SourceModule) -> Value:
        """What a string or a YAML file names by a dotted name."""
        owner, _, name = dotted.rpartition(".")
        return self.project.resolve_import(module, Import(name, owner, name)) if owner else frozenset()

    def built_by(self, tree: Tree, module: SourceModule) -> Value:
        """Everything that a piece of YAML builds."""
        found: Value = frozenset()
        if isinstance(tree, Row):
            for item in tree.items:
                found |= self.built_by(item, module)
        elif isinstance(tree, Table):
            for name, item in tree.items.items():
                value = getattr(item, "value", None)
                found |= self.named(value, module) if name in NAMES_A_CLASS and isinstance(value, str) else frozenset()
                found |= self.built_by(item, module)
        return found

    def built_by_any(self, module: SourceModule) -> Value:
        """Everything that the project's YAML builds."""
        if module not in self._built:
            tables = [recipe.table for recipe in configuration_of(self.project).recipes]
            self._built[module] = frozenset[Atom]().union(*(self.built_by(table, module) for table in tables))
        return self._built[module]

    def configured(self, cls: ProjectClass) -> Reach:
        """What the modules can reach that the project's YAML gives to a class."""
        value: Value = frozenset()
        for recipe in built.recipes_of(self.project, cls):
            beside = [each for found in built.groups(self.project, cls, recipe).values() for each in found]
            for each in (recipe, *beside):
                value |= self.built_by(each.table, cls.module)
        return is_load(value) | self._reach(list(self.onwards(value)))

    def behind(self, module: SourceModule, name: str) -> tuple[Place, ...]:
        """The code behind a top-level name of a file, its registry's included; looked up once."""
        if (module, name) not in self._behind:
            value = module.lookup(name)
            places = dict.fromkeys(self.onwards(value))
            if value and not any(isinstance(atom, External) for atom in value):
                places |= dict.fromkeys(_assigned(module, name))
            self._behind[module, name] = tuple(places)
        return self._behind[module, name]

    def onwards(self, value: Value) -> Iterator[Place]:
        """The code behind what a name means."""
        for atom in value:
            if isinstance(atom, ClassValue):
                yield from self._of_class(atom.cls)
            elif isinstance(atom, Function):
                yield atom.module, atom.node


def _may_step(cls: ProjectClass) -> bool:
    """Whether it may step an optimizer that it is given, or has one of its own."""
    if any(may_say(base.node, ("step",)) and "step" in _attributes_in(base.node) for base in cls.own_bases):
        return True
    return any(base.module.says(OPTIMIZERS) and OPTIMIZERS in base.text for base in cls.own_bases)


def _evaluating(classes: Iterable[ProjectClass]) -> Mapping[str, list[Place]]:
    """The methods that classes have or inherit which put something into eval mode themselves, by their names."""
    found: dict[str, list[Place]] = {}
    for base in dict.fromkeys(base for cls in classes for base in cls.own_bases):
        for name, node in base.methods.items():
            if may_say(node, (".eval",)) and "eval" in _attributes_in(node):
                found.setdefault(name, []).append((base.module, node))
    return found


def _attributes_in(node: ast.AST) -> frozenset[str]:
    text = unread(node)
    if text is not None and text.isascii():
        return attributes_in(text)
    known: frozenset[str] | None = getattr(node, "attributes_in", None)
    if known is None:
        known = frozenset([child.attr for child in every_node(node) if isinstance(child, ast.Attribute)])
        node.attributes_in = known  # type: ignore[attr-defined]
    return known


def _assigned(module: SourceModule, name: str, asked: set[tuple[SourceModule, str]] | None = None) -> Iterator[Place]:
    """The expressions that a top-level name is assigned: a registry of classes, for instance."""
    asked = set() if asked is None else asked
    if (module, name) in asked:  # imports in a circle, or one way more to a file
        return
    asked.add((module, name))
    for binder in module.bindings.get(name) or module.bindings.get("*", []):
        if isinstance(binder, Import):
            taken = name if binder.name == "*" else binder.name or ""
            target = module.project.imported(module, binder, taken) if taken else None
            if target is not None:
                yield from _assigned(target, taken, asked)
        elif isinstance(binder, ast.Assign | ast.AnnAssign) and binder.value is not None:
            yield module, binder.value
            for entry in registries.registered(module, name).values():
                if isinstance(entry, ClassValue):
                    yield entry.cls.module, entry.cls.node
                else:
                    yield entry.module, entry.node
