"""One piece of code: what it has in it, and what it names. Read off its tree, or its words where these are enough."""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Callable, Iterable, Iterator, Set
from typing import TYPE_CHECKING, Any

from lintlight.semantics.configuration import built
from lintlight.semantics.configuration.recipes import Recipe
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.words import BESIDE_MODELS
from lintlight.semantics.resolve import candidates
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import Import, every_node, imports_of, last_name
from lintlight.semantics.screening.wording import Wording, wording_of
from lintlight.semantics.values import Atom, ClassValue, External, ModuleValue, Value
from lintlight.source.outline import unread

if TYPE_CHECKING:
    from lintlight.semantics.screening.gate import Gate

Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.expr | ast.stmt


Place = tuple[SourceModule, Code]
"""A piece of code, and the file it stands in."""


class Reach(enum.Flag):
    """What can be reached."""

    NOTHING = 0
    LOADS = enum.auto()
    """A pretrained model is loaded."""
    EVALS = enum.auto()
    """A module is put into eval mode."""
    OVERRIDES = enum.auto()
    """A submodule has a `train()` of its own, which sets modes."""
    KEYS = enum.auto()
    """A submodule changes the keys of what is saved."""
    LENIENT = enum.auto()
    """Strict loading is turned off, or made to depend."""
    MANUAL = enum.auto()
    """Optimization is made manual."""
    ITS_OWN = enum.auto()
    """A LightningModule makes its own optimization manual, which tells nothing of what holds it."""


NOTHING = Reach.NOTHING
"""Looked up once: an enumeration's member takes longer to reach than a name."""
TOKENS = dict.fromkeys(catalog.STATE_DICT_HOOKS, Reach.KEYS)
DEFINED = {
    **TOKENS,
    "strict_loading": Reach.LENIENT,
    "_strict_loading": Reach.LENIENT,
    "automatic_optimization": Reach.MANUAL,
    "_automatic_optimization": Reach.MANUAL,
    "state_dict": Reach.KEYS,
    "_save_to_state_dict": Reach.KEYS,
}
"""What tells something where it is defined or assigned; to call them tells nothing."""
BY_NAME = {name: reach for name, reach in DEFINED.items() if reach is not Reach.KEYS}
"""What tells something where a class body assigns it."""


class Reading:
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

    @property
    def loaders(self) -> tuple[str, ...]:
        """The names of what loads a model when called."""
        return (*catalog.LOADER_WORDS, "get_model") if self.module.has_bundles else catalog.LOADER_WORDS

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
                found |= self._of_whom(BY_NAME[name])
            if name in self.loaders:
                found |= Reach.LOADS
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
            yield Reach.EVALS | (Reach.LOADS if wording.says(OWN_LOADERS) else NOTHING), frozenset()
        if wording.says(self.loaders):
            yield Reach.LOADS, frozenset()
        if wording.says(OWN_TRAIN):
            yield Reach.OVERRIDES, frozenset()
        for receiver in wording.loaded_from():
            yield Reach.LOADS if self._may_load(receiver) else NOTHING, frozenset()
        for owner in wording.asked_by_name():
            yield NOTHING, _classes_in(self._value(owner))
        for front, name in wording.in_strings():
            yield NOTHING, self.gate.named(f"{front}.{name}", self.module) if name else self._any_of(front)
        names = sorted(self._names(wording))
        files = {name for name in names if any(isinstance(atom, ModuleValue) for atom in self._named(name))}
        for chain in wording.chains_from(files):
            yield from ((NOTHING, self._value(x)) for x in every_node(chain) if isinstance(x, ast.Attribute))

    def _names(self, wording: Wording) -> Set[str]:
        """The names of its file that it may use; any, where some are taken from a whole file."""
        bound = self.module.bindings
        if "*" in bound:
            return {name for name in wording.names if name.isidentifier()}
        return wording.names & (bound.keys() | self.local.keys())

    def attribute(self, node: ast.Attribute) -> Told:
        """`x.name`: a load, a name that tells something, or what it leads to."""
        if node.attr in catalog.EVAL_FACTORIES:
            reach = Reach.LOADS if self._may_load(node.value) else NOTHING
        elif node.attr in self.loaders:
            reach = Reach.LOADS
        else:
            reach = (DEFINED if isinstance(node.ctx, ast.Store) else TOKENS).get(node.attr, NOTHING)
            reach = self._of_whom(reach) if isinstance(node.value, ast.Name) and node.value.id == "self" else reach
        return reach, self._value(node)

    def function(self, node: ast.FunctionDef) -> Told:
        """A method that torch calls to save a submodule; a dataset's or an optimizer's `state_dict` is none."""
        reach = self._of_whom(DEFINED.get(node.name, NOTHING))
        if node.name in catalog.EVAL_FACTORIES and any(_is_eval(child) for child in every_node(node)):
            return Reach.LOADS, frozenset()  # a copy of the library's
        if node.name == "train" and self.cls is not None and self.cls.may_be_module and not self.cls.is_lightning:
            reach = Reach.OVERRIDES
        if reach is Reach.KEYS and self.cls is not None and (self.cls.is_lightning or not self.cls.may_be_module):
            reach = NOTHING
        return reach, frozenset()

    def _of_whom(self, reach: Reach) -> Reach:
        """The same of what a class does to itself: a LightningModule optimizes as it likes, inside of another one."""
        return Reach.ITS_OWN if reach is Reach.MANUAL and self.cls is not None and self.cls.is_lightning else reach

    def constant(self, node: ast.Constant) -> Told:
        """A string that names a class."""
        if isinstance(node.value, str) and "." in node.value and CLASS_NAME.match(node.value):
            return NOTHING, self.gate.named(node.value, self.module)
        return NOTHING, frozenset()

    def call(self, node: ast.Call) -> Told:
        """A switch to eval mode, or what the configuration builds."""
        if isinstance(node.func, ast.Attribute) and _switches_off(node.func.attr, node):
            return Reach.EVALS, frozenset()
        if last_name(node.func).startswith("instantiate") or last_name(node.func) == "call":
            value: Value = frozenset()
            config = built.config_of(node)
            for recipe in self._asked_for(config) or self._asked_for(_without_ending(config)):
                value |= self.gate.built_by(recipe.table, self.module)
            return is_load(value), value
        if last_name(node.func) == "import_module":
            return NOTHING, self._imported()
        if isinstance(node.func, ast.Name) and node.func.id == "getattr" and node.args:
            return NOTHING, _classes_in(self._value(node.args[0]))
        if isinstance(node.func, ast.Name) and node.func.id in {"globals", "eval"}:
            return NOTHING, candidates.module_classes(self.module)
        return NOTHING, frozenset()

    def _asked_for(self, config: ast.expr | None) -> list[Recipe]:
        """What is built for a key, or for those that a function in its file is given which only hands them on."""
        found = built.asked_for(config, self.module, self.cls)
        helpers = [] if found or not isinstance(config, ast.Name) else self.nodes.get(ast.FunctionDef, [])
        for helper in helpers:
            parameter = built.handed_on(config, helper)
            if parameter and any(node is config for node in every_node(helper)):
                given = built.given_in(self.module, helper, parameter)
                found += [recipe for each in given for recipe in built.asked_for(each, self.module, self.cls)]
        return found

    def text(self, node: ast.JoinedStr) -> Told:
        """`f"package.{name}"`: any class of that file."""
        first = node.values[0] if node.values else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and FRONT_OF_NAME.match(first.value):
            return NOTHING, self._any_of(first.value[:-1])
        return NOTHING, frozenset()

    def _imported(self) -> Value:
        """All that stands in the files, or the packages, whose names the strings may be; else what the YAML names."""
        texts = {node.value for node in self.nodes.get(ast.Constant, ()) if isinstance(node.value, str)}
        files = dict.fromkeys(each for text in sorted(texts) for each in candidates.files_named(text, self.module))
        if not files:
            return self.gate.built_by_any(self.module)
        return frozenset[Atom]().union(*(each.lookup(name) for each in files for name in each.bindings))

    def _any_of(self, dotted: str) -> Value:
        return _classes_in(self.gate.project.resolve_import(self.module, Import(dotted, dotted, None)))

    def _may_load(self, receiver: ast.expr) -> bool:
        """Whether `receiver.from_pretrained` may be transformers' own; a project's own method is read in its turn."""
        name = last_name(receiver)
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
            members = [
                self.gate.project.member(frozenset({atom}), node.attr, self.module)
                for atom in owner
                if isinstance(atom, ModuleValue | ClassValue | External)
            ]
            return frozenset[Atom]().union(*members)
        return frozenset()

    def _named(self, name: str) -> Value:
        if name not in self.values:
            self.values[name] = self.local.get(name) or self.module.lookup(name)
        return self.values[name]

    def _local_imports(self) -> dict[str, Value]:
        imports = [*self.nodes.get(ast.Import, ()), *self.nodes.get(ast.ImportFrom, ())]
        imports += (node for wording in self.heard for node in wording.imports)
        found: dict[str, Value] = {}
        for item in (item for node in imports for item in imports_of(node, self.module.package)):
            found[item.local] = found.get(item.local, frozenset()) | self.module.project.resolve_import(
                self.module, item
            )
        return found


Told = tuple[Reach, Value]
"""What one node says, and what it leads to."""

_LOOKS: dict[type[ast.AST], Callable[[Reading, Any], Told]] = {
    ast.Attribute: Reading.attribute,
    ast.FunctionDef: Reading.function,
    ast.Constant: Reading.constant,
    ast.Call: Reading.call,
    ast.JoinedStr: Reading.text,
}

OWN_TRAIN = ("def train(self",)
OWN_LOADERS = tuple(f"def {name}" for name in sorted(catalog.EVAL_FACTORIES))
NO_MODEL_WORDS = (*BESIDE_MODELS, "extractor")
"""A name with one of these in it is no model, where nothing else is known of it."""


def _without_ending(config: ast.expr | None) -> ast.expr | None:
    """`encoder` for a parameter `encoder_cfg`: what a script gives it stands under that key, most likely."""
    name = OF_A_CONFIG.sub("", config.id) if isinstance(config, ast.Name) else ""
    return ast.Name(name) if name else None


def _switches_off(name: str, node: ast.Call) -> bool:
    """Whether a call is `x.eval()`, or `x.train(mode)` with anything but a plain True."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if name == "eval":
        return not given
    return name == "train" and len(given) == 1 and not (isinstance(given[0], ast.Constant) and given[0].value is True)


def _is_eval(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "eval"


OF_A_CONFIG = re.compile(r"_(?:cfg|conf|config|params)\Z|\A(?:cfg|conf|config)_")
CLASS_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*\.[A-Z]\w+$")


FRONT_OF_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*\.\Z")


def _classes_in(value: Value) -> Value:
    """The modules in a file of the project that is asked for one of them by name."""
    files = [atom.module for atom in value if isinstance(atom, ModuleValue)]
    return candidates.module_classes(files[0]) if len(files) == 1 else frozenset()


def is_load(value: Value) -> Reach:
    """Whether a dotted name is itself a library's model, or its `from_pretrained`."""
    for atom in value:
        if isinstance(atom, External):
            owner, _, name = atom.dotted.rpartition(".")
            if catalog.is_model_class(owner if name in catalog.EVAL_FACTORIES else atom.dotted):
                return Reach.LOADS
    return NOTHING
