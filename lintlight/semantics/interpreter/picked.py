"""Parameters that are picked out of all: by conditions in a comprehension, by a difference of sets, by a slice."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import replace

from lintlight.semantics.heap import Kind, State, atoms_inside
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.interpreter.module_tree import submodules
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import Const, Params, Several, Value, union


def parameters_in(value: Value) -> frozenset[Params]:
    """The parameters of modules that a value is, or holds."""
    return frozenset(atom for atom in _flat(value) if isinstance(atom, Params))


def some_of(value: Value) -> Value:
    """Some parameters of those in a value, picked by which they are: `set(self.parameters()) - others`."""
    chosen = (replace(atom, some=True, chosen=True) if isinstance(atom, Params) else atom for atom in _flat(value))
    return frozenset({Several(frozenset(chosen))})


def _flat(value: Value) -> Value:
    return union([atom.item if isinstance(atom, Several) else frozenset({atom}) for atom in value])


def narrowed(
    machine: Machine, value: Value, tests: Sequence[ast.expr], state: State, beside: Collection[str] = ()
) -> Value:
    """What is left of parameters after conditions: only some, unless they ask for what learns.

    `beside` are the submodules that the conditions may tell apart, if not those of the parameters themselves.
    """
    if all(isinstance(test, ast.Attribute) and test.attr == "requires_grad" for test in tests):
        return value
    return frozenset(
        replace(atom, some=True, chosen=_chooses(machine, tests, atom, state, beside))
        if isinstance(atom, Params)
        else atom
        for atom in value
    )


def _chooses(
    machine: Machine, tests: Sequence[ast.expr], params: Params, state: State, beside: Collection[str]
) -> bool:
    """Whether conditions pick parameters by the name of a submodule, or by which object they are."""
    inside = submodules(params.thing, state.heap) if params.thing in state.heap else ()
    names = {path[-1] for path, _ in inside} | set(beside)
    every = [child for test in tests for child in every_node(test)]
    told = ast.Constant if any(isinstance(node, ast.Not | ast.NotIn) for node in every) else ast.Constant | ast.Name
    for node in every:
        if isinstance(node, told) and _names_one(machine, node, names, state):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id":
            return True
        left = node.left if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) else None
        if left is not None and any(isinstance(atom, Params) for atom in machine.evaluate(left, state)):
            return True
    return False


def _names_one(machine: Machine, node: ast.expr, names: Collection[str], state: State) -> bool:
    """Whether an expression is the name of a submodule, or holds one."""
    texts = atoms_inside([machine.evaluate(node, state)], state, frozenset({Kind.LIST}))
    return any(
        isinstance(each, Const) and isinstance(each.value, str) and each.value.split(".")[0] in names for each in texts
    )
