"""What YAML builds, in the machine: `hydra.utils.instantiate` in code, and modules that a file describes whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from lintlight.semantics.configuration import built
from lintlight.semantics.configuration.recipes import BY_CLI, NOT_ARGUMENTS, Recipe, configuration_of
from lintlight.semantics.configuration.tree import Leaf, Open, Row, Tree
from lintlight.semantics.heap import HOLDERS, Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import calls, containers, expressions
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import dotted_name, every_node
from lintlight.semantics.resolve.targets import owner_and_name
from lintlight.semantics.values import (
    UNKNOWN,
    Assumed,
    Atom,
    ClassValue,
    Const,
    External,
    Function,
    LeftOut,
    Optimizer,
    Params,
    Partial,
    Ref,
    Value,
    const,
    union,
)

MOST_DEPTH = 20
INSTANTIATE: tuple[str, ...] = (
    "hydra.utils.instantiate",
    "hydra.utils.call",
    "hydra._internal.instantiate._instantiate2.instantiate",
)
_NOT_PASSED = NOT_ARGUMENTS | {"config"}


def instantiate(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`hydra.utils.instantiate(config, ...)`: the config as it is known, else the only thing built for its key."""
    config = args.get(0, "config") or UNKNOWN
    extra = Arguments(args.positional[1:], {k: v for k, v in args.keywords.items() if k not in _NOT_PASSED})
    over = extra.keywords.get("params")
    # Other things average parameters, for instance.
    if over is None and extra.positional and "optim" in built.key_of(built.config_of(node)):
        over = extra.positional[0]
    if over is not None and any(isinstance(atom, Params) for atom in over):
        given = frozenset(atom for atom in over if isinstance(atom, Params))
        return frozenset({Optimizer(wrapped=False, made=machine.span(node), over=given)})
    nested = args.keywords.get("_recursive_") != const(False)
    known = [number for number in state.things(config) if state.heap[number].kind in HOLDERS]
    if known:
        return union([build(machine, number, extra, nested, node, state) for number in known])
    modules = frozenset(a for a in config if isinstance(a, Ref) and a.thing in state.heap)
    if modules:  # built already, when the config was
        return modules
    recipes = _asked_for(machine, node)
    first, made = machine.made, frozenset[Atom]()
    for recipe in recipes:
        (ref,) = put(machine, recipe.table, state)
        assert isinstance(ref, Ref)
        made |= build(machine, ref.thing, extra, nested and recipe.nested, node, state)
    if len(recipes) > 1:
        machine.guessed.update(range(first + 1, machine.made + 1))
        machine.alternatives.append(frozenset(state.things(made)))
    return made or UNKNOWN


def _asked_for(machine: Machine, node: ast.Call) -> list[Recipe]:
    """What is built for the key that a call of `instantiate` names, else for that of the call around it.

    `self.build(cfg.net)`, where `build(self, config)` hands its argument on to `instantiate` as it is.
    """
    config, frame = built.config_of(node), machine.frame
    found = built.asked_for(config, frame.module, frame.owner)
    parameter = built.handed_on(config, frame.function) if not found and frame.call is not None else ""
    if not parameter or frame.call is None or len(machine.frames) < 2:
        return found
    caller = machine.frames[-2]
    return built.asked_for(built.handed(frame.call, frame.parameters, parameter), caller.module, caller.owner)


def said(value: object) -> Value:
    """A literal of the configuration."""
    return const(value, assumed=Assumed.BY_CONFIGURATION)


def put(machine: Machine, tree: Tree, state: State) -> Value:
    """A tree on the heap as the config object that the program sees; nothing in it is built yet."""
    if isinstance(tree, Leaf):
        return said(tree.value)
    if isinstance(tree, Row):
        return expressions.make_list(machine, [put(machine, item, state) for item in tree.items], state)
    if isinstance(tree, Open) and tree.among:
        return union(said(leaf.value) if leaf is not None else frozenset({LeftOut()}) for leaf in tree.among)
    if isinstance(tree, Open):
        recipe = configuration_of(machine.project).for_key(tree.path.rpartition(".")[2]) if tree.path else None
        if recipe is None or len(machine.filling) > built.MOST_VARIANTS or tree.path in machine.filling:
            return UNKNOWN
        machine.filling.append(tree.path)
        made = put(machine, recipe.table, state)
        machine.filling.pop()
        return made
    held = {name: Attribute(put(machine, item, state)) for name, item in tree.items.items()}
    if not tree.whole:
        held["[?]"] = Attribute(UNKNOWN)
    made = machine.put(Thing(Kind.DICT, attributes=held), state)
    for number in state.things(made):
        machine.configured[number] = built.place(machine.project, tree)
    return made


def build(
    machine: Machine, number: int, extra: Arguments, nested: bool, node: ast.Call, state: State, *, later: bool = False
) -> Value:
    """What Hydra makes of a config object: the thing it describes, with what is inside built first.

    `later` where what LightningCLI gives is called to get the thing.
    """
    thing = state.heap[number]
    if thing.kind is Kind.LIST:
        items = [_build_inside(machine, a.value, node, state) for a in thing.attributes.values()]
        return expressions.make_list(machine, items, state) if nested else frozenset({Ref(number)})
    if "_target_" not in thing.attributes:
        if not nested:
            return frozenset({Ref(number)})
        held = {n: replace(a, value=_build_inside(machine, a.value, node, state)) for n, a in thing.attributes.items()}
        return machine.put(replace(thing, attributes=held), state)
    later = later and BY_CLI in thing.attributes
    partial = thing.attributes.get("_partial_")
    if partial is not None and not later and partial.value != said(False):
        later = partial.value == said(True)
        if not later:
            return UNKNOWN
    said_here = {name: a.value for name, a in thing.attributes.items() if name not in NOT_ARGUMENTS and name != "[?]"}
    given = said_here | {n: _merged(machine, said_here.get(n, UNKNOWN), v, state) for n, v in extra.keywords.items()}
    if nested and thing.attributes.get("_recursive_") != Attribute(said(False)):
        given = {name: _build_inside(machine, value, node, state) for name, value in given.items()}
    is_open = extra.open or "[?]" in thing.attributes
    args = Arguments(extra.positional, given, open=is_open)
    named = ordered(thing.attributes["_target_"].value)
    targets = [atom.value for atom in named if isinstance(atom, Const) and isinstance(atom.value, str)]
    act = _postponed if later else _built
    return union([act(machine, number, target, args, node, state) for target in dict.fromkeys(targets)] or [UNKNOWN])


def _merged(machine: Machine, config: Value, given: Value, state: State) -> Value:
    """What stands for an entry of a config for which `instantiate` is given something: a dict is merged into one."""
    below, above = _dict_in(config, state), _dict_in(given, state)
    if below is None or above is None:
        return given
    old, new = state.heap[below].attributes, state.heap[above].attributes
    both = {name: _merged(machine, old[name].value, new[name].value, state) for name in old if name in new}
    held = containers.laid_over(old, given, state) | {name: Attribute(value) for name, value in both.items()}
    made = machine.put(state.heap[below].changed(attributes=held), state)
    if below in machine.configured:
        machine.configured.update(dict.fromkeys(state.things(made), machine.configured[below]))
    return made


def _dict_in(value: Value, state: State) -> int | None:
    numbers = [number for number in state.things(value) if state.heap[number].kind is Kind.DICT]
    return numbers[0] if len(numbers) == len(value) == 1 else None


def _build_inside(machine: Machine, value: Value, node: ast.Call, state: State, *, later: bool = False) -> Value:
    nothing = Arguments([], {})
    if len(value) == 1:
        (atom,) = value
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind in HOLDERS:
            return build(machine, atom.thing, nothing, True, node, state, later=later)
    return value


def _built(machine: Machine, config: int, target: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """Call the class or function that a config names, and remember that what comes of it rests on the file."""
    owner, name = owner_and_name(machine.frame.module, target)
    if len(owner) != 1 or len(machine.frames) > MOST_DEPTH:
        return UNKNOWN
    (atom,) = owner
    first = machine.made
    call = _call_of(target, node)
    made = calls.call_method(machine, atom, name, args, call, state)
    for number in state.things(made):
        origin = state.heap[number].origin
        if origin is not None and origin.span == machine.span(call):
            state.heap[number] = state.heap[number].changed(origin=replace(origin, by_file=True))
    reason = machine.configured.get(config)
    if reason is not None:
        for number in range(first + 1, machine.made + 1):
            machine.configured.setdefault(number, reason)
    return made


def _postponed(machine: Machine, config: int, target: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """The class or function that a config names, with its arguments, to be called by the one who gets it."""
    owner, name = owner_and_name(machine.frame.module, target)
    found = machine.project.member(owner, name, machine.frame.module)
    given = tuple(args.keywords.items())
    makers = [atom for atom in found if isinstance(atom, ClassValue | Function | External)]
    return frozenset(Partial(atom, (), given, config) for atom in makers) or UNKNOWN


def _call_of(target: str, node: ast.Call) -> ast.Call:
    """The call as it would be written, at the place where the config is built."""
    name = dotted_name(target)
    call = ast.Call(name, [], []) if name is not None else node
    for child in every_node(call):
        ast.copy_location(child, node)
    return call


def arguments(machine: Machine, cls: ProjectClass, recipe: Recipe, state: State) -> Iterator[tuple[str, Value]]:
    """The arguments that a recipe gives to a class."""
    (ref,) = put(machine, recipe.table, state)
    assert isinstance(ref, Ref)
    node = ast.copy_location(ast.Call(ast.Name("instantiate", ast.Load()), [], []), cls.node)
    for child in every_node(node):
        ast.copy_location(child, cls.node)
    nested = recipe.nested and not built.builds_inside(cls)
    groups = built.groups(machine.project, cls, recipe)
    for name, recipes in groups.items():
        yield name, _any_of(machine, recipes, nested, node, state)
    for name, attribute in state.heap[ref.thing].attributes.items():
        if name not in NOT_ARGUMENTS | groups.keys() and name != "[?]":
            later = built.is_called(cls, name)
            made = _build_inside(machine, attribute.value, node, state, later=later) if nested else attribute.value
            yield name, made


def _any_of(machine: Machine, recipes: list[Recipe], nested: bool, node: ast.Call, state: State) -> Value:
    """What each of some recipes gives: built, or as it stands."""
    first = machine.made
    tables = [put(machine, recipe.table, state) for recipe in recipes]
    if not nested:
        return union(tables)
    made = union([_build_inside(machine, table, node, state) for table in tables])
    if len(recipes) > 1:
        machine.guessed.update(range(first + 1, machine.made + 1))
        machine.alternatives.append(frozenset(state.things(made)))
    return made
