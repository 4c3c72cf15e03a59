"""Loops over `named_parameters()`: what the name of a submodule answers, asked for the parameters in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TypeGuard

from lintlight.semantics.heap import Kind, State
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.names import every_node, names_in
from lintlight.semantics.values import (
    INSIDE,
    UNKNOWN,
    Atom,
    Const,
    ParameterName,
    Params,
    RestOfName,
    Seq,
    Value,
    const,
    union,
)

MOST_SUBMODULES = 64
MOST_DEPTH = 3
MOST_LOOPS = 1000
"""So many are remembered as they are read."""
OF_LITTLE = re.compile("adapter|lora|prompt|prefix|bias|norm")
"""What learns beside a model that is frozen, or next to nothing of it."""
ASKS = frozenset({"startswith", "endswith", "split", "partition", "any", "all"})
"""What a condition on a name may call without hiding what it asks."""

OF_ALL = frozenset("requires_grad dtype is_floating_point is_leaf ndim dim shape size numel".split())
"""What all parameters of a model may have in common, or nearly all: `if p.requires_grad: p.requires_grad = False`."""


def by_submodule(value: Value, state: State) -> list[Value]:
    """`named_parameters()` of modules of the project: those of each submodule, and what their names begin with."""
    found: list[Value] = []
    for atom in ordered(value):
        if not isinstance(atom, Params) or not atom.names or atom.keyed or atom.thing not in state.heap:
            return []
        if atom.prefix is None:
            return []
        parts = list(islice(_leaves(atom.thing, atom.prefix, state), MOST_SUBMODULES + 1))
        names = frozenset(path for path, _ in parts)
        for path, number in parts:
            name = frozenset({ParameterName(path, names - {path})}) if path else UNKNOWN
            own = frozenset({replace(atom, thing=number, names=False)})
            found.append(frozenset({Seq((name, own))}))
    return found if len(found) <= MOST_SUBMODULES else []


def of_a_dict(atom: Params, method: str) -> Value:
    """What a method of `dict(module.named_parameters())` gives."""
    if method == "items":
        return frozenset({replace(atom, keyed=False)})
    if method == "values":
        return frozenset({replace(atom, keyed=False, names=False)})
    if method in {"get", "pop"}:
        return frozenset({atom.one()})
    return frozenset({atom}) if method in {"keys", "copy"} else UNKNOWN


def _leaves(number: int, path: str, state: State) -> Iterator[tuple[str, int]]:
    """The innermost submodules whose paths are known, opaque ones whole."""
    parts = list(_parts(number, state))
    if path.count(".") >= MOST_DEPTH or not parts or any(name == "[?]" for name, _ in parts):
        yield path, number
        return
    for name, each in parts:
        yield from _leaves(each, f"{path}.{name}" if path else name, state)


def _parts(number: int, state: State) -> Iterator[tuple[str, int]]:
    """The submodules of a module of the project, or of one of torch's containers."""
    thing = state.heap[number]
    if thing.cls is not None or thing.library.startswith("torch.nn."):
        for name, held in thing.attributes.items():
            for each in state.things(held.value):
                if state.heap[each].kind is Kind.MODULE and each != number:
                    yield name, each


def as_its_parts(value: Value, state: State) -> None:
    """A module whose submodules all became alike is like them."""
    for atom in value:
        if isinstance(atom, Params):
            _as_its_parts(atom.thing, 0, state)


def _as_its_parts(number: int, depth: int, state: State) -> None:
    parts = [each for _, each in _parts(number, state)] if depth <= MOST_DEPTH else []
    for each in parts:
        _as_its_parts(each, depth + 1, state)
    grads = {state.heap[each].grad for each in parts}
    if len(grads) == 1:
        state.heap[number] = state.heap[number].changed(grad=grads.pop())


def are_written_out(tests: Iterable[ast.expr], around: ast.AST, named: Iterable[Value]) -> bool:
    """Whether what a loop asks is written out in it, or in a list of the function around it, and means one thing.

    A word like `layer` may tell submodules apart, and stand inside of a pretrained one as well.
    """
    inside = [child for test in tests for child in every_node(test)]
    called = [child.func for child in inside if isinstance(child, ast.Call)]
    if any(getattr(func, "attr", getattr(func, "id", "")) not in ASKS for func in called):
        return False
    lists = [each for each in every_node(around) if isinstance(each, ast.List | ast.Tuple | ast.Set)]
    inside += [
        child for each in lists if all(isinstance(child, ast.Constant) for child in each.elts) for child in each.elts
    ]
    texts = {child.value for child in inside if isinstance(child, ast.Constant) and isinstance(child.value, str)}
    paths = paths_in(named)
    return bool(texts) and all(_means_one_thing(text, paths) for text in texts)


def asks_which(tests: Iterable[ast.expr]) -> bool:
    """Whether conditions ask which object a parameter is, `id(p) in ids`, or what all may have in common."""
    inside = [child for test in tests for child in every_node(test)]
    called = [child.func for child in inside if isinstance(child, ast.Call)]
    of_all = any(isinstance(child, ast.Attribute) and child.attr in OF_ALL for child in inside)
    return of_all or any(isinstance(func, ast.Name) and func.id == "id" for func in called)


@lru_cache(MOST_LOOPS)
def asked_of_others(node: ast.For | ast.AsyncFor) -> list[ast.expr]:
    """The conditions that decide in a loop, and ask nothing of what it goes over: `if freeze: p.requires_grad = False`.

    Beside one that does, inside of it or around, they decide on some of the parameters only.
    """
    names = _about(node)
    tests = [each for statement in node.body for each in every_node(statement) if isinstance(each, ast.If)]
    told = [each for each in tests if names_in(each.test) & names]
    beside = {id(inner) for each in told for inner in every_node(each)}
    return [
        each.test
        for each in tests
        if id(each) not in beside and _decides(each) and not any(inner in told for inner in every_node(each))
    ]


def _about(loop: ast.For | ast.AsyncFor) -> set[str]:
    """What a loop goes over, and the names in it that hang on that; a list of what fits may be empty for all."""
    names = names_in(loop.target)
    inside = [each for statement in loop.body for each in every_node(statement)]
    for _ in range(MOST_DEPTH):
        for each in inside:
            made = getattr(each, "iter" if isinstance(each, ast.For) else "value", None)
            if isinstance(each, ast.If) and names_in(each.test) & names:
                names |= {name for part in (*each.body, *each.orelse) for name in _assigned_in(part)}
            elif isinstance(each, _ASSIGNMENTS) and made is not None and not isinstance(made, ast.ListComp):
                names |= _assigned_in(each) if names_in(made) & names else set()
    return names


_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For)


def _assigned_in(node: ast.AST) -> set[str]:
    return {e.id for e in every_node(node) if isinstance(e, ast.Name) and isinstance(e.ctx, ast.Store)}


def _decides(node: ast.If) -> bool:
    """Whether a branch changes what learns, or leaves the round."""
    inside = [each for part in (*node.body, *node.orelse) for each in every_node(part)]
    return any(
        isinstance(each, ast.Continue | ast.Break) or getattr(each, "attr", "") in {"requires_grad", "requires_grad_"}
        for each in inside
    )


@lru_cache(MOST_LOOPS)
def with_branches(node: ast.For | ast.AsyncFor) -> list[ast.stmt]:
    """The body of a loop; `p.requires_grad = "layer.11" in name` as the two assignments that it comes to."""
    name = node.target.elts[0] if isinstance(node.target, ast.Tuple) else None
    return [_branch(each) if isinstance(name, ast.Name) and _is_asked(each, name.id) else each for each in node.body]


def _is_asked(node: ast.stmt, name: str) -> TypeGuard[ast.Assign]:
    """Whether nothing but the name of a parameter decides on whether it learns."""
    if not isinstance(node, ast.Assign) or getattr(node.targets[0], "attr", "") != "requires_grad":
        return False
    parts = [node.value]
    asked: list[ast.expr] = []
    while parts:
        part = parts.pop()
        if isinstance(part, ast.BoolOp):
            parts += part.values
        elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            parts.append(part.operand)
        else:
            asked.append(part)
    words = {each.value for part in asked for each in every_node(part) if isinstance(each, ast.Constant)}
    is_for_little = any(isinstance(word, str) and OF_LITTLE.search(word.lower()) for word in words)
    return not is_for_little and all(_asks_plainly(each, name) for each in asked)


def _asks_plainly(node: ast.expr, name: str) -> bool:
    """`"layer.11" in name`, `name.startswith("encoder")`, `any(part in name for part in (...))`."""
    if isinstance(node, ast.Compare):
        sides = (node.left, *node.comparators)
        is_in = isinstance(node.ops[0], ast.In | ast.NotIn) and len(sides) == 2
        return is_in and any(isinstance(side, ast.Name) and side.id == name for side in sides)
    if not isinstance(node, ast.Call) or not node.args:
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in ASKS and isinstance(node.func.value, ast.Name) and node.func.value.id == name
    inside = node.args[0]
    is_any = isinstance(node.func, ast.Name) and node.func.id in {"any", "all"}
    return is_any and isinstance(inside, ast.GeneratorExp | ast.ListComp) and _asks_plainly(inside.elt, name)


def _branch(node: ast.Assign) -> ast.If:
    ways = (ast.Assign(node.targets, ast.copy_location(ast.Constant(way), node.value)) for way in (True, False))
    yes, no = (ast.copy_location(way, node) for way in ways)
    return ast.copy_location(ast.If(node.value, [yes], [no]), node)


def paths_in(named: Iterable[Value]) -> list[str]:
    """The paths of the submodules whose parameters are named."""
    atoms = [atom for pair in named for seq in pair if isinstance(seq, Seq) for atom in seq.items[0]]
    return [atom.front for atom in atoms if isinstance(atom, ParameterName)]


def modules_in(named: Iterable[Value]) -> dict[tuple[str, ...], int | None]:
    """The paths of the submodules whose parameters are named, and of what these are in, of which no more is told."""
    found: dict[tuple[str, ...], int | None] = {}
    for seq in (atom for pair in named for atom in pair if isinstance(atom, Seq)):
        for name in (each for each in seq.items[0] if isinstance(each, ParameterName)):
            path = tuple(name.front.split("."))
            found |= {path[:count]: found.get(path[:count]) for count in range(1, len(path))}
            numbers = [params.thing for params in seq.items[1] if isinstance(params, Params)]
            found[path] = numbers[0] if len(numbers) == 1 else None
    return found


def _means_one_thing(text: str, paths: Sequence[str]) -> bool:
    """Whether it is known of a word of a condition where it stands: in paths of submodules, or inside of them."""
    words = set(re.findall(r"[a-z_]+", text.lower()))
    is_beside = any(text.strip(".") in path or text.startswith(f"{path}.") for path in paths)
    return is_beside is not bool(words & INSIDE) or any(text.startswith(f"{path}.") for path in paths)


def method(atom: ParameterName, name: str, given: Value) -> Value:
    """A method of a parameter's name, `given` its first argument: `startswith`, `split(".")`, `partition(".")`."""
    texts = [each.value for each in _flattened(given) if isinstance(each, Const) and isinstance(each.value, str)]
    if name == "startswith" and texts:
        answers = [atom.starts_with(text) for text in texts]
        return const(True) if True in answers else UNKNOWN if None in answers else const(False)
    first, *more = atom.front.split(".")
    if name == "split" and texts == ["."]:
        return frozenset({Seq((const(first), *map(const, more), frozenset({RestOfName(atom.beside)})))})
    if name == "partition" and texts == ["."]:
        return frozenset({Seq((const(first), const("."), UNKNOWN))})
    return UNKNOWN


def _flattened(value: Value) -> list[Atom]:
    """The atoms of a value, those in a tuple in its place."""
    return [each for atom in value for each in (union(atom.items) if isinstance(atom, Seq) else [atom])]
