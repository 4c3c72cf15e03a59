"""Sacred's configuration: the local names of `@ex.config` functions, handed to those under `@ex.main` and the like."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lintlight.semantics.heap import HOLDERS, Attribute, Kind, State, Thing, atoms_inside
from lintlight.semantics.interpreter.machine import Frame, Machine
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import Import, every_node, parameter_names, top_level
from lintlight.semantics.resolve.trail import WHOLE
from lintlight.semantics.values import UNKNOWN, Assumed, External, Function, Value, assuming

EXPERIMENT = External("sacred.Experiment")
HANDED_TO = ("automain", "main", "capture", "command")
ALL_OF_IT = "_config"
"""The parameter that is given all of it."""
ELSEWHERE = ("add_config", "add_named_config", "config_hook", "config_updates", "named_configs")
"""What else may say what is in the configuration."""


def handed_to(machine: Machine, function: Function, parameter: str, state: State) -> Value:
    """What Sacred hands to a function for a parameter that nobody gives, as long as no command line says otherwise."""
    home = next((_home(function.module, each) for each in _marked(function.node, *HANDED_TO)), None)
    if home is None or _is_told_elsewhere(*home, function.module):
        return UNKNOWN
    names: dict[str, Value] = {}
    for node in _under(*home, "config"):
        machine.frames.append(Frame(home[0], key=(node, None)))
        inner = State(state.heap, names)
        machine.execute(node.body, inner)
        machine.frames.pop()
        state.heap, names = inner.heap, inner.locals
    for node in _under(*home, "named_config"):
        stored = (each for each in every_node(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
        names |= dict.fromkeys([*parameter_names(node.args), *(each.id for each in stored)], UNKNOWN)
    held = _said({name: Attribute(value) for name, value in names.items()})
    inside = list(atoms_inside([each.value for each in held.values()], state, HOLDERS))
    for number in state.things(frozenset(inside)):
        thing = state.heap[number]
        if thing.kind in HOLDERS:
            state.heap[number] = thing.changed(attributes=_said(thing.attributes))
    if parameter != ALL_OF_IT:
        return held[parameter].value if parameter in held else UNKNOWN
    return machine.put(Thing(Kind.DICT, attributes={**held, "[?]": Attribute(UNKNOWN)}), state)


def _is_told_elsewhere(home: SourceModule, experiment: str, asking: SourceModule) -> bool:
    """Whether more than the functions in its own file may say what is in the configuration."""
    project, marks = home.project, [f"@{experiment}.{mark}" for mark in ("config", "named_config")]
    if project.files_naming(experiment, asking, ELSEWHERE):
        return True
    others = [path for path in project.files_naming(experiment, asking, marks) if path != home.path]
    return any(_home(each, experiment) == (home, experiment) for each in project.modules_at(others, asking))


def _marked(node: ast.AST, *names: str) -> Iterator[str]:
    """The experiments that have a function under one of some decorators: `@ex.main`."""
    for mark in getattr(node, "decorator_list", []):
        if isinstance(mark, ast.Attribute) and mark.attr in names and isinstance(mark.value, ast.Name):
            yield mark.value.id


def _home(module: SourceModule, name: str) -> tuple[SourceModule, str] | None:
    """The file that makes an experiment, its own or the one that it is imported from, and what it is called there."""
    asking, binders = module, module.bindings.get(name, [])
    if len(binders) == 1 and isinstance(binders[0], Import) and binders[0].name:
        target = module.project.imported(module, binders[0], binders[0].name)
        module, name = target or module, binders[0].name
        binders = module.bindings.get(name, [])
    asking.leads_to.add((module.path, WHOLE))
    binder = binders[0] if len(binders) == 1 else None
    made = binder.value if isinstance(binder, ast.Assign) else None
    is_one = isinstance(made, ast.Call) and EXPERIMENT in module.project.resolve_expression(module, made.func)
    return (module, name) if is_one else None


def _under(module: SourceModule, experiment: str, mark: str) -> Iterator[ast.FunctionDef]:
    for node in top_level(module.tree.body):
        if isinstance(node, ast.FunctionDef) and experiment in _marked(node, mark):
            yield node


def _said(held: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """The same with literals that are what the configuration says."""
    told = Assumed.BY_CONFIGURATION
    return {name: replace(each, value=assuming(each.value, told)) for name, each in held.items()}
