"""What the code that a class can reach has in it at all: a class that reaches no model load needs no walk for LL101.

Wider than what runs: whatever a method names, it may call. Where that is not known, the answer is yes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Set
from enum import Flag, auto
from typing import Any

from lintlight.semantics import byname, catalog, configured, registries
from lintlight.semantics.definitions import ProjectClass, SourceModule
from lintlight.semantics.names import Import, every_node, imports_of
from lintlight.semantics.project import Project
from lintlight.semantics.values import ClassValue, External, Function, ModuleValue, Value
from lintlight.semantics.wording import Wording, attributes_in, wording_of
from lintlight.semantics.yaml_tree import Row, Table, Tree
from lintlight.source.outline import unread

Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.expr | ast.stmt


Place = tuple[SourceModule, Code]
"""A piece of code, and the file it stands in."""


class Reach(Flag):
    """What can be reached."""

    NOTHING = 0
    LOADS = auto()
    """A pretrained model is loaded."""
    EVALS = auto()
    """A module is put into eval mode."""
    KEYS = auto()
    """A submodule changes the keys of what is saved."""
    LENIENT = auto()
    """Strict loading is turned off, or made to depend."""
    MANUAL = auto()
    """Optimization is made manual."""


NOTHING = Reach.NOTHING
"""Looked up once: an enumeration's member takes longer to reach than a name."""
TELLS_OF_PARTS = Reach.LOADS | Reach.KEYS

TOKENS = {
    "_register_state_dict_hook": Reach.KEYS,
    "register_state_dict_post_hook": Reach.KEYS,
}
DEFINED = {
    **TOKENS,
    "strict_loading": Reach.LENIENT,
    "_strict_loading": Reach.LENIENT,
    "automatic_optimization": Reach.MANUAL,
    "state_dict": Reach.KEYS,
    "_save_to_state_dict": Reach.KEYS,
}
"""What tells something where it is defined or assigned; to call them tells nothing."""
BY_NAME = {name: reach for name, reach in DEFINED.items() if reach is not Reach.KEYS}
"""What tells something where a class body assigns it."""


class Gate:
    """Answers for the classes of one project, each piece of code read once."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def reach(self, cls: ProjectClass) -> Reach:
        """What any method of a class can reach."""
        return self._reach([*self._of_class(cls)])

    def reach_of(self, cls: ProjectClass, methods: Iterable[str]) -> Reach:
        """What some methods of a class can reach, through its other methods too."""
        todo: list[Place] = []
        names = set(methods)
        done: set[str] = set()
        while names - done:
            name = (names - done).pop()
            done.add(name)
            found = cls.find_method(name)
            if found is not None:
                todo.append((found.module, found.node))
                names |= _attributes_in(found.node)
        return self._reach(todo)

    def reach_from(self, module: SourceModule, pieces: Iterable[Code]) -> Reach:
        """What pieces of code of a module can reach."""
        return self._reach([(module, piece) for piece in pieces])

    def is_plain(self, cls: ProjectClass) -> bool:
        """Whether it is a module whose inside tells nothing: nothing pretrained unless given, no keys of its own."""
        plain = self.project.plain
        if cls not in plain:
            # A class inside a function sees the function's own names, which may hold anything.
            is_part = cls.is_module and not cls.is_lightning and "<locals>" not in cls.qualname
            plain[cls] = is_part and not self._tells_of_parts(self._of_class(cls))
        return plain[cls]

    def loads(self, function: Function) -> bool:
        """Whether a function can reach a load, or a change of keys."""
        return self._tells_of_parts([(function.module, function.node)])

    def _tells_of_parts(self, start: Iterable[Place]) -> bool:
        """Whether a load, or a change of keys, can be reached; no further is looked than to the first."""
        told = self.project.telling
        todo: list[tuple[SourceModule, Code, Code | None]] = [(module, node, None) for module, node in start]
        came_from: dict[Code, Code | None] = {}
        while todo:
            module, node, before = todo.pop()
            bound = self.project.bounds.get(node)
            if node in came_from or (isinstance(bound, Reach) and not TELLS_OF_PARTS & bound):
                continue
            came_from[node] = before
            own, onwards = self._read(module, node) if node not in told else (TELLS_OF_PARTS, ())
            if TELLS_OF_PARTS & own:
                step: Code | None = node
                while step is not None:  # all on the way here reach it, too
                    told.add(step)
                    step = came_from[step]
                return True
            todo.extend((*place, node) for place in onwards)
        for node in came_from:
            bound = self.project.bounds.get(node)
            self.project.bounds[node] = bound & ~TELLS_OF_PARTS if isinstance(bound, Reach) else ~TELLS_OF_PARTS
        return False

    def _reach(self, todo: list[Place]) -> Reach:
        bounds = self.project.bounds
        seen: dict[Code, None] = {}
        found = NOTHING
        while todo:
            module, node = todo.pop()
            bound = bounds.get(node)
            if node in seen or (isinstance(bound, Reach) and bound in found):
                continue  # all that lies behind it is found already
            seen[node] = None
            own, onwards = self._read(module, node)
            found |= own
            todo.extend(onwards)
        for node in seen:
            before = bounds.get(node)
            bounds[node] = found & before if isinstance(before, Reach) else found
        return found

    def _of_class(self, cls: ProjectClass) -> Iterator[Place]:
        for base in cls.mro:
            if isinstance(base, ProjectClass):
                yield base.module, base.node

    def _read(self, module: SourceModule, node: Code) -> tuple[Reach, tuple[Place, ...]]:
        """What a piece of code has in it, and what it names; each is read once."""
        if node not in self.project.reached:
            self.project.reached[node] = _Reading(self, module, node).result()
        answer = self.project.reached[node]
        assert isinstance(answer, tuple)
        return answer

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

    def configured(self, cls: ProjectClass) -> Reach:
        """What the modules can reach that the project's YAML gives to a class."""
        value: Value = frozenset()
        for recipe in configured.recipes_of(self.project, cls):
            value |= self.built_by(recipe.table, cls.module)
        return _is_load(value) | self._reach(list(self.onwards(value)))

    def behind(self, module: SourceModule, name: str) -> tuple[Place, ...]:
        """The code behind a top-level name of a file, its registry's included; looked up once."""
        known = self.project.behind
        if (module, name) not in known:
            value = module.lookup(name)
            places = dict.fromkeys(self.onwards(value))
            if value and not any(isinstance(atom, External) for atom in value):
                places |= dict.fromkeys(_assigned(module, name))
            known[module, name] = tuple(places)
        return known[module, name]

    def onwards(self, value: Value) -> Iterator[Place]:
        """The code behind what a name means."""
        for atom in value:
            if isinstance(atom, ClassValue):
                yield from self._of_class(atom.cls)
            elif isinstance(atom, Function):
                yield atom.module, atom.node


class _Reading:
    """One piece of code while it is read."""

    def __init__(self, gate: Gate, module: SourceModule, node: Code) -> None:
        self.gate = gate
        self.module = module
        self.nodes: dict[type[ast.AST], list[Any]] = {}
        self.heard: list[Wording] = []
        """The parts that need no parsing."""
        self._take(node)
        self.cls = module.class_of_node.get(node) if isinstance(node, ast.ClassDef) else None
        self.local = self._local_imports()
        self.values: dict[str, Value] = {}

    def _take(self, node: ast.AST) -> None:
        text = unread(node)
        wording = wording_of(text) if text is not None else None
        if wording is not None:
            self.heard.append(wording)
        elif isinstance(node, ast.ClassDef):
            for part in (*node.bases, *node.keywords, *node.decorator_list, *node.body):
                self._take(part)
        else:
            for child in every_node(node):
                self.nodes.setdefault(type(child), []).append(child)

    def result(self) -> tuple[Reach, tuple[Place, ...]]:
        """What is in it, and what it names."""
        found, onwards = NOTHING, dict[Place, None]()
        for name in {node.id: None for node in self.nodes.get(ast.Name, ())}:
            if name in BY_NAME and self.cls is not None:
                found |= BY_NAME[name]
            onwards |= dict.fromkeys(self._behind(name))
        for name in sorted({name for wording in self.heard for name in self._names(wording)}):
            onwards |= dict.fromkeys(self._behind(name))
        for reach, value in (*self._seen(), *(told for wording in self.heard for told in self._said(wording))):
            found |= reach
            onwards |= dict.fromkeys(self.gate.onwards(value))
        return found, tuple(onwards)

    def _behind(self, name: str) -> Iterable[Place]:
        return self.gate.onwards(self.local[name]) if name in self.local else self.gate.behind(self.module, name)

    def _seen(self) -> Iterator[Told]:
        for kind, look in _LOOKS.items():
            for node in self.nodes.get(kind, ()):
                reach, value = look(self, node)
                if reach is not NOTHING or value:
                    yield reach, value

    def _said(self, wording: Wording) -> Iterator[Told]:
        """The same of what is not parsed."""
        if wording.switches():
            yield Reach.EVALS, frozenset()
        for receiver in wording.loaded_from():
            yield Reach.LOADS if self._may_load(receiver) else NOTHING, frozenset()
        for owner in wording.asked_by_name():
            yield NOTHING, _classes_in(self._value(owner))
        for dotted in wording.classes():
            yield NOTHING, self.gate.named(dotted, self.module)
        for front in wording.fronts():
            yield NOTHING, self._any_of(front)
        for name in sorted(self._names(wording)):
            if any(isinstance(atom, ModuleValue) for atom in self._named(name)):
                for chain in wording.chains_from(name):
                    yield from ((NOTHING, self._value(x)) for x in every_node(chain) if isinstance(x, ast.Attribute))

    def _names(self, wording: Wording) -> Set[str]:
        """The names of its file that it may use; any, where some are taken from a whole file."""
        bound = self.module.bindings
        return wording.names if "*" in bound else wording.names & (bound.keys() | self.local.keys())

    def attribute(self, node: ast.Attribute) -> Told:
        """`x.name`: a load, a name that tells something, or what it leads to."""
        if node.attr in catalog.EVAL_FACTORIES:
            reach = Reach.LOADS if self._may_load(node.value) else NOTHING
        else:
            reach = (DEFINED if isinstance(node.ctx, ast.Store) else TOKENS).get(node.attr, NOTHING)
        return reach, self._value(node)

    def function(self, node: ast.FunctionDef) -> Told:
        """A method that torch calls to save a submodule; a dataset's or an optimizer's `state_dict` is none."""
        reach = DEFINED.get(node.name, NOTHING)
        if reach is Reach.KEYS and self.cls is not None and (self.cls.is_lightning or not self.cls.may_be_module):
            reach = NOTHING
        return reach, frozenset()

    def constant(self, node: ast.Constant) -> Told:
        """A string that names a class."""
        if isinstance(node.value, str) and "." in node.value and CLASS_NAME.match(node.value):
            return NOTHING, self.gate.named(node.value, self.module)
        return NOTHING, frozenset()

    def call(self, node: ast.Call) -> Told:
        """A switch to eval mode, or what the configuration builds."""
        if isinstance(node.func, ast.Attribute) and _switches_off(node.func.attr, node):
            return Reach.EVALS, frozenset()
        if _last_name(node.func).startswith("instantiate") or _last_name(node.func) == "call":
            value: Value = frozenset()
            for recipe in configured.asked_for(node, self.module, self.cls):
                value |= self.gate.built_by(recipe.table, self.module)
            return _is_load(value), value
        if isinstance(node.func, ast.Name) and node.func.id == "getattr" and node.args:
            return NOTHING, _classes_in(self._value(node.args[0]))
        return NOTHING, frozenset()

    def text(self, node: ast.JoinedStr) -> Told:
        """`f"package.{name}"`: any class of that file."""
        first = node.values[0] if node.values else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and FRONT_OF_NAME.match(first.value):
            return NOTHING, self._any_of(first.value[:-1])
        return NOTHING, frozenset()

    def _any_of(self, dotted: str) -> Value:
        return _classes_in(self.gate.project.resolve_import(self.module, Import(dotted, dotted, None)))

    def _may_load(self, receiver: ast.expr) -> bool:
        """Whether `receiver.from_pretrained` may be transformers' own; a project's own method is read in its turn."""
        name = _last_name(receiver)
        if name in {"self", "cls"} and isinstance(receiver, ast.Name):
            return self.cls is None or self.cls.find_method("from_pretrained") is None
        for atom in self._value(receiver):
            if isinstance(atom, External):
                return catalog.is_model_class(atom.dotted) or catalog.is_named_like_a_model(atom.dotted)
            if isinstance(atom, ClassValue):
                return atom.cls.find_method("from_pretrained") is None
        return not any(word in name.lower() for word in NO_MODEL_WORDS)

    def _value(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Name):
            return self._named(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = self._value(node.value)
            if any(isinstance(atom, ModuleValue | ClassValue | External) for atom in owner):
                return self.gate.project.member(owner, node.attr, self.module)
        return frozenset()

    def _named(self, name: str) -> Value:
        if name not in self.values:
            self.values[name] = self.local.get(name) or self.module.lookup(name)
        return self.values[name]

    def _local_imports(self) -> dict[str, Value]:
        imports = [*self.nodes.get(ast.Import, ()), *self.nodes.get(ast.ImportFrom, ())]
        imports += (node for wording in self.heard for node in wording.imports)
        items = (item for node in imports for item in imports_of(node, self.module.package))
        return {item.local: self.module.project.resolve_import(self.module, item) for item in items}


Told = tuple[Reach, Value]
"""What one node says, and what it leads to."""

_LOOKS: dict[type[ast.AST], Callable[[_Reading, Any], Told]] = {
    ast.Attribute: _Reading.attribute,
    ast.FunctionDef: _Reading.function,
    ast.Constant: _Reading.constant,
    ast.Call: _Reading.call,
    ast.JoinedStr: _Reading.text,
}

NO_MODEL_WORDS = ("tokeni", "config", "processor", "extractor", "scheduler", "pipeline")
"""A name with one of these in it is no model, where nothing else is known of it."""


def _attributes_in(node: ast.AST) -> set[str]:
    text = unread(node)
    if text is not None:
        return attributes_in(text)
    return {child.attr for child in every_node(node) if isinstance(child, ast.Attribute)}


def _switches_off(name: str, node: ast.Call) -> bool:
    """Whether a call is `x.eval()`, or `x.train(mode)` with anything but a plain True."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if name == "eval":
        return not given
    return name == "train" and len(given) == 1 and not (isinstance(given[0], ast.Constant) and given[0].value is True)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


NAMES_A_CLASS = frozenset({"_target_", "target", "class_path"})
CLASS_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*\.[A-Z]\w+$")


FRONT_OF_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*\.\Z")


def _classes_in(value: Value) -> Value:
    """The modules in a file of the project that is asked for one of them by name."""
    files = [atom.module for atom in value if isinstance(atom, ModuleValue)]
    return byname.modules_in(files[0]) if len(files) == 1 else frozenset()


def _is_load(value: Value) -> Reach:
    """Whether a dotted name is itself a library's model, or its `from_pretrained`."""
    for atom in value:
        if isinstance(atom, External):
            owner, _, name = atom.dotted.rpartition(".")
            if catalog.is_model_class(owner if name in catalog.EVAL_FACTORIES else atom.dotted):
                return Reach.LOADS
    return NOTHING


def _assigned(module: SourceModule, name: str) -> Iterator[Place]:
    """The expressions that a top-level name is assigned: a registry of classes, for instance."""
    for binder in module.bindings.get(name, []):
        if isinstance(binder, Import):
            taken = binder.name or "*"
            target = module.project.imported(module, binder, taken) if taken != "*" else None
            if target is not None and target is not module:
                yield from _assigned(target, taken)
        elif isinstance(binder, ast.Assign | ast.AnnAssign) and binder.value is not None:
            yield module, binder.value
            for entry in registries.registered(module, name).values():
                if isinstance(entry, ClassValue):
                    yield entry.cls.module, entry.cls.node
                else:
                    yield entry.module, entry.node
