"""Loops over `named_parameters()` that tell the pooler of a loaded model from all the rest: nothing else learns."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lintlight.semantics.heap import Learn, State
from lintlight.semantics.interpreter import attributes
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.values import Params

POOLER = "pooler"


def tell_apart(
    machine: Machine,
    node: ast.For | ast.AsyncFor,
    body: Sequence[ast.stmt],
    params: Params,
    before: frozenset[Learn],
    state: State,
) -> None:
    """`if "pooler" not in name: p.requires_grad = False`: the model is frozen but for that part."""
    name = node.target.elts[0] if isinstance(node.target, ast.Tuple) and node.target.elts else None
    model = state.heap.get(params.thing)
    if not isinstance(name, ast.Name) or not params.names or params.where or model is None:
        return
    if model.origin is None or model.cls is not None or model.lora:
        return
    of_pooler, of_rest = (_made_of(body, name.id, inside) for inside in (True, False))
    was_frozen = before == {Learn.OFF}
    is_rest_frozen = of_rest is Learn.OFF or (of_rest is None and was_frozen)
    if is_rest_frozen and (of_pooler is Learn.ON or (of_pooler is None and not was_frozen)):
        machine.set_grad(params.thing, Learn.OFF, state)
        for part in state.things(attributes.part(machine, params.thing, POOLER, state)):
            machine.set_grad(part, Learn.ON, state)


def _made_of(body: Sequence[ast.stmt], name: str, of_pooler: bool) -> Learn | None:
    """What a round makes of a parameter; None for nothing."""
    found: Learn | None = None
    for statement in body:
        match statement:
            case ast.If(test=test, body=then, orelse=other):
                answer = _answer(test, name, of_pooler)
                if answer is None:
                    return Learn.UNSURE
                branch = then if answer else other
                found = _made_of(branch, name, of_pooler) or found
                if any(isinstance(each, ast.Continue) for each in branch):
                    return found
            case ast.Assign(targets=[ast.Attribute(attr="requires_grad")], value=ast.Constant(value=bool(value))):
                found = Learn.ON if value else Learn.OFF
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(attr="requires_grad_"), args=[ast.Constant(value=bool(value))])
            ):
                found = Learn.ON if value else Learn.OFF
            case ast.Pass() | ast.Continue() | ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                pass
            case _:
                return Learn.UNSURE
    return found


def _answer(test: ast.expr, name: str, of_pooler: bool) -> bool | None:
    """What a condition answers for the name of a parameter inside of the pooler, or of any other; None if unknown."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            answer = _answer(inner, name, of_pooler)
            return None if answer is None else not answer
        case ast.Compare(left=ast.Constant(value=str(word)), ops=[how], comparators=[ast.Name(id=asked)]):
            is_told = asked == name and word.strip(".") == POOLER and isinstance(how, ast.In | ast.NotIn)
            return of_pooler is isinstance(how, ast.In) if is_told else None
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=asked), attr="startswith"), args=[ast.Constant(value=str(word))]
        ):
            return of_pooler if asked == name and word.strip(".") == POOLER else None
    return None
