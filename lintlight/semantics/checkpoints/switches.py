"""Switches in the constructors of a module and its callbacks: what the project's own code gives them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from lintlight.semantics.checkpoints.keys import Default, literal
from lintlight.semantics.checkpoints.keytexts import stored
from lintlight.semantics.heap import Thing
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node, last_name, nodes_around, parameter_names
from lintlight.semantics.values import Assumed, Atom, Const, Ref, Value
from lintlight.semantics.walks.timeline import Walk

IsOn = Callable[[ProjectClass, str], bool | None]
"""Tells whether an attribute of a class is true wherever the project builds one; None where it may be either."""


HPARAMS = "hparams."


def not_asked(cls: ProjectClass, name: str) -> bool | None:
    """For where no switch is looked up."""
    return None


def truth(node: ast.expr, ask: Callable[[str], bool | None]) -> bool | None:
    """Whether a condition on nothing but switches (`self.lean`, `not self.lean`) holds; None where it may or not.

    A switch of the hyperparameters, `self.hparams.lean`, is asked for as `hparams.lean`.
    """
    match node:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr="hparams"), attr=name):
            return ask(HPARAMS + name)
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return ask(name)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            answer = truth(operand, ask)
            return None if answer is None else not answer
        case ast.BoolOp(op=operator, values=values):
            answers = [truth(each, ask) for each in values]
            decides = isinstance(operator, ast.Or)
            return decides if decides in answers else None if None in answers else not decides
    return None


def is_on(cls: ProjectClass, name: str, walks: Sequence[Walk], asking: ProjectClass) -> bool | None:
    """Whether the argument of its constructor that a class keeps as `self.name` is true in all ways to build one.

    None where nobody builds one in plain sight, or code elsewhere gives something else. What is no argument but always
    empty or false is false.
    """
    if _is_always_off(cls, name, asking):
        return False
    values = [
        _held(heap, thing, name)
        for walk in walks
        for heap in (walk.first_step, walk.after_epoch)
        for thing in heap.values()
        if thing.cls is cls
    ]
    answers = {_meaning(atom) for value in values for atom in value or (None,)}
    answer = answers.pop() if len(answers) == 1 else None
    if answer is None or cls.module.project.index.notebooks or cls.module.project.configuration_names(cls):
        return None
    argument = _argument(cls, name)
    return answer if argument is not None and (answer or not _is_given_elsewhere(cls, argument, asking)) else None


def _held(heap: Mapping[int, Thing], thing: Thing, name: str) -> Value | None:
    """What an object holds as `name` or `hparams.name`."""
    if name.startswith(HPARAMS) and "hparams" in thing.attributes:
        held = [atom.thing for atom in thing.attributes["hparams"].value if isinstance(atom, Ref)]
        thing, name = heap[held[0]] if len(held) == 1 else thing, name.removeprefix(HPARAMS)
    return thing.attributes[name].value if name in thing.attributes else None


def _is_always_off(cls: ProjectClass, name: str, asking: ProjectClass) -> bool:
    """Whether an attribute is given nothing but one and the same literal that is false, by whatever code there is."""
    found = cls.find_assigned(name)
    values = [*stored(cls, name), *([found[1]] if found is not None else [])]
    if not values or not all(value is not None and _is_off(value) for value in values):
        return False
    project = cls.module.project
    paths = project.files_naming(cls.node.name, asking.module)
    modules = [cls.module, asking.module, *(project.try_module(path, asking.module) for path in paths)]
    own = {id(node) for base in cls.own_bases for node in every_node(base.node)}
    inside = (node for module in modules if module is not None for node in nodes_around(module.tree, [name]))
    return not any(id(node) not in own and _may_set(node, name) for node in inside)


def _is_off(value: ast.expr) -> bool:
    is_empty = isinstance(value, ast.Tuple | ast.List) and not value.elts
    return is_empty or (isinstance(value, ast.Constant) and not value.value)


def _may_set(node: ast.AST, name: str) -> bool:
    """`model.name = True`, `model.name.append(...)`, `setattr(model, "name", True)`; not what another class keeps."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
            return False
        case ast.Attribute(attr=attribute):
            return attribute == name
        case ast.Constant(value=value):
            return bool(value == name)
    return False


def default_of(cls: ProjectClass, name: str) -> Default | None:
    """The text, or the texts, that an argument kept as `self.name` is by default, where nobody gives another one."""
    kept = re.compile(rf"\.{re.escape(name)}\s*(?::[^=\n]*)?=\s*{re.escape(name)}\b")
    if not any(kept.search(base.module.code) for base in cls.own_bases):
        return None
    argument, init = _argument(cls, name), cls.find_method("__init__")
    if argument is None or init is None or cls.module.project.configuration_names(cls):
        return None
    text = literal(defaults[argument]) if argument in (defaults := _defaults(init.node.args)) else None
    if text is None or _is_given_elsewhere(cls, argument, cls):
        return None
    return Default(text.values, text.single)


def _defaults(spec: ast.arguments) -> dict[str, ast.expr]:
    """What the parameters are by default that are not given."""
    named = dict(zip(reversed(by_position(spec)), reversed(spec.defaults), strict=False))
    keywords = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    return named | {each.arg: default for each, default in keywords if default is not None}


def _meaning(atom: Atom | None) -> bool | None:
    """Whether what is surely this literal is true."""
    return bool(atom.value) if isinstance(atom, Const) and atom.assumed is Assumed.NOT else None


def _argument(cls: ProjectClass, name: str) -> str | None:
    """The argument that the constructor keeps under a name, where nothing else is ever put there."""
    in_hparams, name = name.startswith(HPARAMS), name.removeprefix(HPARAMS)
    values = list(stored(cls, name))
    init = cls.find_method("__init__")
    if init is None or (not in_hparams and (len(values) != 1 or cls.find_assigned(name) is not None)):
        return None
    kept = {value.id if isinstance(value, ast.Name) else None for value in values} or {name}
    argument = kept.pop() if len(kept) == 1 else None
    if in_hparams and argument != name:
        return None
    return argument if argument is not None and argument in parameter_names(init.node.args) else None


def _is_given_elsewhere(cls: ProjectClass, argument: str, asking: ProjectClass) -> bool:
    """Whether a file that names a class gives the argument anything but what is false."""
    project = cls.module.project
    init = cls.find_method("__init__")
    names = by_position(init.node.args)[1:] if init is not None else []
    place = names.index(argument) if argument in names else None
    for path in project.files_naming(cls.node.name, asking.module):
        module = project.try_module(path, asking.module)
        for node in every_node(module.tree) if module is not None else ():
            if isinstance(node, ast.Call) and any(map(_may_be_true, _given(node, cls.node.name, argument, place))):
                return True
    return False


def _given(call: ast.Call, name: str, argument: str, place: int | None) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == argument)
    if last_name(call.func) == name:
        yield from (keyword.value for keyword in call.keywords if keyword.arg is None)
        first = [each for each in call.args if isinstance(each, ast.Starred)]
        yield from first or (call.args[place : place + 1] if place is not None else ())


def _may_be_true(node: ast.expr) -> bool:
    return not isinstance(node, ast.Constant) or bool(node.value)
