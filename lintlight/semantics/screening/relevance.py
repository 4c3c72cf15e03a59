"""Whether a function can matter at all: most of a project's code touches no module, mode, gradient or optimizer."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve import registries
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import BUILTINS, every_node
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.circles import Answers
from lintlight.semantics.screening.gate import Gate
from lintlight.semantics.screening.own_parts import (
    TELLS_NOTHING,
    gives_a_part,
    is_a_part,
    keeps_or_gives,
    names_of_parts,
    runs_a_part,
)
from lintlight.semantics.values import ClassValue, External, Function, Value

# What code says that handles modules, gradients or optimizers.
HANDLING = catalog.EVAL_FACTORIES | frozenset(
    "train eval training requires_grad requires_grad_ unfreeze fit step second_step optimizers manual_backward "
    "add_module register_module setattr deepcopy get_peft_model no_grad inference_mode apply parameters "
    "named_parameters automatic_optimization _automatic_optimization strict_loading import_module instantiate "
    "call_from_config load_from_checkpoint from_config mark_only_lora_as_trainable".split()
)
TELLING = HANDLING.union("AveragedModel backward children detach hparams modules save_hyperparameters trainer".split())
"""... and what much other code says, too: a loss is detached, every module has settings and may ask for its trainer."""
HANDLES_MODULES = HANDLING | {"first_step", "named_children", "named_modules"}
"""... and what tells nothing alone: of what is gone over, or stepped in two, something else has to be said as well."""

ERRORS = frozenset(
    f"builtins.{name}"
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)
DATA = "torch.utils.data."
"""Where the bases of what gives out data come from."""
NEVER_RUNS = ("torch.", "builtins.", "numpy.", "math.", "einops.", "logging.")
"""Packages whose functions run no module that they are given; the few that do are known by name."""
MOST_CALLS_BETWEEN = 1
"""How many calls lie at most between a function that is given no module and the one that makes it one."""


class Relevance:
    """Answers for the functions of one project, each worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.gate = project.once(Gate)
        self.handling: Answers[tuple[ast.AST, ProjectClass | None, int]] = Answers()
        self.telling: Answers[tuple[ast.AST, ProjectClass | None]] = Answers()
        self.for_trainers: Answers[ast.AST] = Answers()
        self.of_helpers: dict[ProjectClass, set[str]] = {}
        self.known_of_parts: dict[tuple[ast.AST, ProjectClass | None], bool] = {}

    def matters(self, function: Function, cls: ProjectClass | None) -> bool:
        """Whether following a call of `function`, on an instance of `cls`, may tell anything."""
        return self.telling.ask((function.node, cls), lambda: self._anything_tells(function, cls))

    def _anything_tells(self, function: Function, cls: ProjectClass | None) -> bool:
        if _gives_a_callback_its_names(function.node, cls):
            return True
        nodes = every_node(function.node)
        if cls is not None and _is_data(cls) and not self.gate.may_load(cls):
            return any(isinstance(node, ast.Attribute) and node.attr in HANDLES_MODULES for node in nodes)
        return any(self._tells(node, function, cls) for node in nodes)

    def sets_up_training(self, function: Function) -> bool:
        """Whether a function may give a script a Trainer, or callbacks for it."""
        named = (node for node in every_node(function.node) if isinstance(node, ast.Name | ast.Attribute))
        return self.for_trainers.ask(
            function.node, lambda: any(self._is_for_a_trainer(node, function) for node in named)
        )

    def _is_for_a_trainer(self, node: ast.Name | ast.Attribute, function: Function) -> bool:
        for atom in self.project.resolve_expression(function.module, node):
            if isinstance(atom, External) and catalog.is_lightning(atom.dotted, "Trainer"):
                return True
            if isinstance(atom, ClassValue) and atom.cls.is_callback:
                return True
            if isinstance(atom, Function) and self.sets_up_training(atom):
                return True
        return False

    def matters_to_parts(self, function: Function, cls: ProjectClass | None) -> bool:
        """Whether it may tell anything of what is pretrained, stepped or saved, where nothing else is asked."""
        key = (function.node, cls)
        if key not in self.known_of_parts:
            self.known_of_parts[key] = self._matters_to_parts(function, cls)
        return self.known_of_parts[key]

    def _matters_to_parts(self, function: Function, cls: ProjectClass | None) -> bool:
        if not self.matters(function, cls):
            return False
        if _gives_a_callback_its_names(function.node, cls):
            return True
        if getattr(function.node, "name", "") in catalog.HOOKS or self.gate.loads(function):
            return True
        if cls is not None and not cls.may_be_module and registries.has_register(cls):
            return True  # a table of classes
        if cls is not None and keeps_or_gives(function.node, cls) and self.gate.may_load(cls):
            return True
        return self._handles(function, cls if cls is not None and cls.may_be_module else None, MOST_CALLS_BETWEEN)

    def _handles(self, function: Function, cls: ProjectClass | None, depth: int) -> bool:
        return self.handling.ask((function.node, cls, depth), lambda: self._any_node_handles(function, cls, depth))

    def _any_node_handles(self, function: Function, cls: ProjectClass | None, depth: int) -> bool:
        nodes = every_node(function.node)
        parts = names_of_parts(nodes) if cls is not None else frozenset()
        return any(self._node_handles(node, function, cls, depth, parts) for node in nodes)

    def _node_handles(
        self, node: ast.AST, function: Function, cls: ProjectClass | None, depth: int, parts: frozenset[str]
    ) -> bool:
        if isinstance(node, ast.Call):
            if _picks_by_name(node) or _calls_what_it_picks(node, function.node):
                return True
            makes_itself = isinstance(node.func, ast.Name) and node.func.id == "cls"  # in a classmethod
            return cls is not None and (makes_itself or self._call_handles(node, function, cls, parts))
        if isinstance(node, ast.Return):
            return cls is not None and node.value is not None and gives_a_part(node.value, cls, parts)
        if isinstance(node, ast.Attribute):
            method = _own_method(node, function, cls) if cls is not None else None
            if method is not None and self._handles(method, cls, depth):
                return True
            return node.attr in HANDLES_MODULES or node.attr.startswith("freeze") or self._makes(node, function, depth)
        if isinstance(node, ast.Name):
            return node.id in HANDLES_MODULES or node.id.startswith("freeze") or self._makes(node, function, depth)
        if isinstance(node, ast.Assign):
            if not any(isinstance(target, ast.Attribute) for target in node.targets):
                return False
            return _is_a_flag(node.value) or (cls is not None and isinstance(node.value, ast.Constant | ast.Name))
        return False

    def _call_handles(self, node: ast.Call, function: Function, cls: ProjectClass, parts: frozenset[str]) -> bool:
        """Whether a call may run a part of `self`, or hands one to what may run it: `self.embed(self.bert, x)`."""
        if runs_a_part(node.func, cls, parts):
            return True
        if isinstance(node.func, ast.Attribute) and self._is_a_helpers(node.func, cls):
            return True
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not any(is_a_part(each, cls, parts) for each in given):
            return False
        value = self.project.resolve_expression(function.module, node.func)
        return not any(isinstance(atom, External) and atom.dotted.startswith(NEVER_RUNS) for atom in value)

    def _makes(self, node: ast.Attribute | ast.Name, function: Function, depth: int) -> bool:
        """Whether a name is a class of modules or optimizers, or a function that makes one."""
        for atom in self.project.resolve_expression(function.module, node):
            if isinstance(atom, External):
                if self._atom_tells(atom) or atom.dotted.partition(".")[0] in catalog.EVAL_FACTORY_PACKAGES:
                    return True
            elif isinstance(atom, ClassValue):
                if atom.cls.is_module or any(isinstance(b, str) and catalog.is_optimizer_base(b) for b in atom.cls.mro):
                    return True
            elif isinstance(atom, Function) and (
                self.gate.loads(atom) or (depth and self._handles(atom, None, depth - 1))
            ):
                return True
        return self._is_a_table(node, function)

    def _tells(self, node: ast.AST, function: Function, cls: ProjectClass | None) -> bool:
        if isinstance(node, ast.Attribute):
            return (
                node.attr in TELLING
                or node.attr.startswith("freeze")
                or self._names_a_module(node, node.attr, function)
            )
        if isinstance(node, ast.Name):
            return node.id in TELLING or node.id.startswith("freeze") or self._names_a_module(node, node.id, function)
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Attribute) for target in node.targets):
            if isinstance(node.value, ast.Dict) and not node.value.keys:
                return cls is not None and registries.has_register(cls)
            is_plain = cls is not None and isinstance(node.value, ast.Constant | ast.Name)
            return _is_a_flag(node.value) or (
                is_plain and cls is not None and (cls.is_module or self.gate.may_load(cls))
            )
        if isinstance(node, ast.Return | ast.Yield) and cls is not None:
            is_something = node.value is not None and not isinstance(node.value, ast.Constant)
            return is_something and (cls.is_module or registries.has_register(cls) or self.gate.may_load(cls))
        return isinstance(node, ast.Call) and self._call_tells(node, function, cls)

    def _names_a_module(self, node: ast.expr, name: str, function: Function) -> bool:
        """Whether a name means a class of modules, or a table of them: a function may pick one of several."""
        value = self.project.resolve_expression(function.module, node) if name[:1].isupper() else frozenset()
        return any(map(_is_a_class_of_modules, value)) or self._is_a_table(node, function)

    def _is_a_table(self, node: ast.expr, function: Function) -> bool:
        """Whether a name of a file, or of a class, holds classes of modules by their names."""
        assigned = list(_assigned(node, function))
        if isinstance(node, ast.Name) and any(map(_is_filled_later, (value for _, value in assigned))):
            return any(map(_is_a_class_of_modules, registries.registered(function.module, node.id).values()))
        tables = [(module, table) for module, table in assigned if isinstance(table, ast.Dict)]
        named = (
            (module, each)
            for module, table in tables
            for each in table.values
            if isinstance(each, ast.Name | ast.Attribute)
        )
        values = (self.project.resolve_expression(module, each) for module, each in named)
        return any(_is_a_class_of_modules(atom) for value in values for atom in value)

    def _call_tells(self, node: ast.Call, function: Function, cls: ProjectClass | None) -> bool:
        func = node.func
        if isinstance(func, ast.Name):
            if func.id == "super" or (func.id not in function.module.bindings and func.id in BUILTINS):
                return _picks_by_name(node)
            if func.id in {"self", "cls"}:
                return True
            if func.id in _parameters(function.node):  # what it is given is asked at the call
                return False
            return self.value_tells(function.module.lookup(func.id))
        if not isinstance(func, ast.Attribute):
            return True
        if isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name) and func.value.func.id == "super":
            method = cls.find_method(func.attr, after=function.owner) if cls is not None else None
            return self.matters(method, cls) if method is not None else func.attr == "forward"
        if isinstance(func.value, ast.Name):
            method = cls.find_method(func.attr) if cls is not None and func.value.id in {"self", "cls"} else None
            if method is not None:
                return self.matters(method, cls)
        value = self.project.resolve_expression(function.module, func)
        if any(isinstance(atom, External | ClassValue | Function) for atom in value):
            return self.value_tells(value)
        # NOTE: a function that is given a module is followed in any case; without one, an unknown method is no forward.
        return cls is not None and cls.is_module and (func.attr not in TELLS_NOTHING or self._is_a_helpers(func, cls))

    def _is_a_helpers(self, func: ast.Attribute, cls: ProjectClass) -> bool:
        """Whether `self.agent.update` may be the method of a class that `cls` names, whatever lists and dicts have."""
        if not isinstance(func.value, ast.Attribute):
            return False
        if cls not in self.of_helpers:
            self.of_helpers[cls] = {
                name for each in self.gate.named_in(cls) if not each.is_lightning for name in each.methods
            }
        return func.attr in self.of_helpers[cls]

    def value_tells(self, value: Value) -> bool:
        """Whether calling what `value` may be can tell anything; what is unknown can."""
        return any(self._atom_tells(atom) for atom in value)

    def _atom_tells(self, atom: object) -> bool:
        if isinstance(atom, External):
            dotted = atom.dotted
            return (
                catalog.is_torch_module_class(dotted)
                or catalog.loads_when_called(dotted)
                or catalog.is_model_class(dotted)
                or catalog.is_optimizer_class(dotted)
                or dotted.startswith("torch.utils.checkpoint")
            )
        if isinstance(atom, Function):
            return self.matters(atom, None)
        if isinstance(atom, ClassValue):
            init = atom.cls.find_method("__init__")
            is_told = atom.cls.is_module or init is None or self.matters(init, atom.cls)
            return not _is_an_error(atom.cls) and (is_told or self.gate.may_load(atom.cls))
        return True


def _assigned(node: ast.expr, function: Function) -> Iterator[tuple[SourceModule, ast.expr]]:
    """What a top-level name holds, or one of a class: `TABLE`, `cls.TABLE`, `Factory.TABLE`; and in which file."""
    module = function.module
    if isinstance(node, ast.Name):
        yield from ((module, each.value) for each in module.bindings.get(node.id, []) if isinstance(each, ast.Assign))
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owners = [function.owner] if node.value.id in {"self", "cls"} else []
        if node.value.id[:1].isupper():
            owners += [atom.cls for atom in module.lookup(node.value.id) if isinstance(atom, ClassValue)]
        found = (owner.find_assigned(node.attr) for owner in owners if owner is not None)
        yield from ((base.module, value) for base, value in filter(None, found))


def _is_filled_later(value: ast.expr) -> bool:
    """Whether decorators may put something into what a name is assigned: `{}`, `Registry("encoders")`."""
    return isinstance(value, ast.Call) or (isinstance(value, ast.Dict) and not value.keys)


def _gives_a_callback_its_names(node: ast.AST, cls: ProjectClass | None) -> bool:
    """Whether it is how a callback is built: it may be told what to freeze."""
    return cls is not None and cls.is_callback and getattr(node, "name", "") == "__init__"


def _is_an_error(cls: ProjectClass) -> bool:
    """Whether it is an exception: it is raised, and holds nothing that is trained."""
    return any(isinstance(base, str) and base in ERRORS for base in cls.mro)


def _is_data(cls: ProjectClass) -> bool:
    """Whether it gives out data, and is no module."""
    return not cls.may_be_module and any(isinstance(base, str) and base.startswith(DATA) for base in cls.mro)


def _is_a_class_of_modules(atom: object) -> bool:
    if isinstance(atom, External):
        return catalog.is_model_class(atom.dotted)
    return isinstance(atom, ClassValue) and atom.cls.is_module


def _is_a_flag(value: ast.expr) -> bool:
    """Whether what is assigned is true or false: a condition may ask for it."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, bool)
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id == "bool"
    return isinstance(value, ast.Compare) or (isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not))


def _picks_by_name(node: ast.Call) -> bool:
    """`getattr(thing, name)`, where the name is worked out."""
    is_getattr = isinstance(node.func, ast.Name) and node.func.id == "getattr"
    return is_getattr and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant)


def _calls_what_it_picks(node: ast.Call, function: ast.AST) -> bool:
    """`registry.get(name)(...)`, `classes[name](...)`: a call of what is in something that the function is given."""
    picked: ast.expr = node.func
    if not isinstance(picked, ast.Call | ast.Subscript):
        return False
    while isinstance(picked, ast.Call | ast.Subscript | ast.Attribute):
        picked = picked.func if isinstance(picked, ast.Call) else picked.value
    return isinstance(picked, ast.Name) and picked.id in _parameters(function)


def _own_method(node: ast.Attribute, function: Function, cls: ProjectClass) -> Function | None:
    """The method of the class that `self.name` or `super().name` means."""
    if isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}:
        return cls.find_method(node.attr)
    is_super = isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name)
    if is_super and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "super":
        return cls.find_method(node.attr, after=function.owner)
    return None


def _parameters(node: ast.AST) -> set[str]:
    return {child.arg for child in every_node(node) if isinstance(child, ast.arg)}
