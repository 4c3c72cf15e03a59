"""What a call passes, and which local names a function starts with."""

from __future__ import annotations

import ast

from lintlight.semantics.heap import HOLDERS, Attribute, Kind, State, Thing, atoms_inside
from lintlight.semantics.interpreter import containers, expressions, sacred, statements, yaml_reads
from lintlight.semantics.interpreter.machine import Arguments, Frame, Machine
from lintlight.semantics.interpreter.module_tree import wholes
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import (
    UNKNOWN,
    Assumed,
    Atom,
    Bound,
    ClassValue,
    Function,
    LeftOut,
    Optimizer,
    Options,
    Params,
    Partial,
    Ref,
    Seq,
    Several,
    Unknown,
    Value,
    assuming,
)

MAKES_MODULES = (Function, ClassValue, Bound, Partial, Params, Optimizer)
"""What code may make a module of, or holds one."""


def arguments(machine: Machine, node: ast.Call, state: State) -> Arguments:
    """The values that a call passes; `open` where it may pass more."""
    args = Arguments([], {}, node=node)
    for item in node.args:
        if isinstance(item, ast.Starred):
            value = machine.evaluate(item.value, state)
            if any(isinstance(atom, Unknown) for atom in value):
                args.open = True
                continue
            args.positional.extend(statements.elements(machine, value, state))
        else:
            args.positional.append(machine.evaluate(item, state))
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, state)
        if keyword.arg is not None:
            args.keywords[keyword.arg] = value
            continue
        numbers = state.things(value)
        dicts = [state.heap[number] for number in numbers if state.heap[number].kind is Kind.DICT]
        args.by_options |= Options() in value
        args.open |= len(value) != 1 or not dicts or "[?]" in dicts[0].attributes
        for thing in dicts:
            args.keywords |= {key: held.value for key, held in thing.attributes.items() if key != "[?]"}
    return args


def gets_a_module(args: Arguments, state: State) -> bool:
    """Whether a call is given a module, or code that may make one, be it in a list or a dict."""
    rows: list[Value] = []
    for value in args.values():
        for atom in value:
            if _is_a_module(atom, state):
                return True
            if isinstance(atom, Ref | Seq | Several):
                rows.append(value)
    return any(_is_a_module(atom, state) for atom in atoms_inside(rows, state, HOLDERS))


def _is_a_module(atom: Atom, state: State) -> bool:
    if isinstance(atom, Ref):
        return atom.thing in state.heap and state.heap[atom.thing].kind is Kind.MODULE
    return isinstance(atom, MAKES_MODULES)


def holds_pretrained(args: Arguments, state: State) -> bool:
    """Whether a call is given something pretrained or a part of it, however deep inside, or code that may load it."""
    return any(
        isinstance(atom, Function | ClassValue | Bound | Partial)
        or (isinstance(atom, Ref) and any(state.heap[each].origin for each in wholes(atom.thing, state.heap)))
        for atom in atoms_inside(args.values(), state)
    )


def bind(
    machine: Machine,
    function: Function,
    this: int | None,
    cls: ProjectClass | None,
    args: Arguments,
    state: State,
    frame: Frame,
) -> dict[str, Value]:
    """The local names a function starts with."""
    spec = function.node.args
    parameters = [*spec.posonlyargs, *spec.args]
    marks = {m.id for m in getattr(function.node, "decorator_list", []) if isinstance(m, ast.Name)}
    names: dict[str, Value] = {}
    if function.owner is not None and parameters and function.around is None and "staticmethod" not in marks:
        first = parameters[0].arg
        if "classmethod" in marks:
            mine = cls or (state.heap[this].cls if this is not None and this in state.heap else None) or function.owner
            names[first] = frozenset({ClassValue(mine)})
            parameters = parameters[1:]
        elif this is not None:
            names[first] = frozenset({Ref(this)})
            frame.first = first
            parameters = parameters[1:]
        elif args.positional:  # Base.__init__(self, ...)
            numbers = state.things(args.positional[0])
            frame.this = numbers[0] if numbers else None
            frame.first = first
    _bind_parameters(machine, function, parameters, args, state, names)
    frame.parameters = tuple(a.arg for a in [*parameters, *spec.kwonlyargs] if a.arg not in {frame.first})
    return names


def _bind_parameters(
    machine: Machine,
    function: Function,
    parameters: list[ast.arg],
    args: Arguments,
    state: State,
    names: dict[str, Value],
) -> None:
    spec = function.node.args
    defaults = defaults_of(spec)
    keywords = dict(args.keywords)
    for index, parameter in enumerate(parameters):
        if index < len(args.positional):
            names[parameter.arg] = args.positional[index]
        else:
            names[parameter.arg] = _given(machine, function, parameter.arg, keywords, defaults, args, state)
    for parameter in spec.kwonlyargs:
        names[parameter.arg] = _given(machine, function, parameter.arg, keywords, defaults, args, state)
    if spec.vararg is not None:
        rest = args.positional[len(parameters) :]
        names[spec.vararg.arg] = UNKNOWN if args.open and not rest else frozenset({Seq(tuple(rest))})
    if spec.kwarg is not None:
        taken = {a.arg for a in [*parameters, *spec.kwonlyargs]}
        extra = {name: Attribute(value) for name, value in keywords.items() if name not in taken}
        if args.open:
            extra["[?]"] = containers.PASSED
        names[spec.kwarg.arg] = machine.put(Thing(Kind.DICT, attributes=extra), state)


def defaults_of(spec: ast.arguments) -> dict[str, ast.expr]:
    """The parameters that have a default, each with that."""
    defaults = dict(zip([a.arg for a in [*spec.posonlyargs, *spec.args]][::-1], spec.defaults[::-1], strict=False))
    return defaults | {a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None}


def _given(
    machine: Machine,
    function: Function,
    name: str,
    keywords: dict[str, Value],
    defaults: dict[str, ast.expr],
    args: Arguments,
    state: State,
) -> Value:
    may_be_left_out = name in keywords and LeftOut() in keywords[name]
    if name in keywords and not (may_be_left_out and name in defaults):
        return keywords[name]
    if args.by_options and machine.defaults and machine.options:
        option = machine.project.option_default(name, machine.frame.module)
        if option != UNKNOWN:
            return option
    if name not in defaults:
        by_hydra = yaml_reads.handed_to(machine, function, name, state) if not args.positional else UNKNOWN
        return by_hydra if by_hydra != UNKNOWN else sacred.handed_to(machine, function, name, state)
    known = function.around.defaults.get(name) if function.around is not None else None
    value = known or expressions.evaluate_elsewhere(machine, function.module, defaults[name], state)
    if may_be_left_out:
        return (keywords[name] - {LeftOut()}) | value
    return assuming(value, Assumed.BY_DEFAULT) if args.open else value
