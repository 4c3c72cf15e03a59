"""Methods of what stands for keys: dicts, lists of names, single keys, the checkpoint."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lintlight.semantics.checkpoints.emptied import stays_without_weights, takes_all
from lintlight.semantics.checkpoints.groups import Test, always, both, contains, either, equals, starts_with, unknown
from lintlight.semantics.checkpoints.keys import (
    OPAQUE,
    CheckpointDict,
    Contents,
    DictOf,
    Key,
    Keys,
    Known,
    ListOf,
    Text,
    What,
)
from lintlight.semantics.checkpoints.keystore import test_of
from lintlight.semantics.checkpoints.keytexts import joined_text
from lintlight.semantics.checkpoints.late import is_run_late
from lintlight.semantics.resolve.names import last_name, nodes_around
from lintlight.semantics.values import External

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow

COMPILES = frozenset({External("torch.compile")})
"""What this gives has `_orig_mod.` in its keys; `self.net.compile()` changes none."""
COMPILED = "_orig_mod"
# Put in front of the names by wrappers; taken out, or left alone where there is no wrapper.
WRAPPER_PREFIXES = ("_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")


def arguments(flow: KeyFlow, node: ast.Call) -> list[Known]:
    """The positional arguments of a call, without starred ones."""
    return [flow.evaluate(each) for each in node.args if not isinstance(each, ast.Starred)]


def dict_method(flow: KeyFlow, base: DictOf, name: str, node: ast.Call) -> Known:
    """`held.name(...)`."""
    given = arguments(flow, node)
    if name in {"items", "keys", "values"}:
        return Keys(base.number, pairs=name == "items", values_only=name == "values")
    if name == "copy":
        return DictOf(flow.store.new(flow.store.settled(base.number)))
    if name in {"pop", "__delitem__"} and given:
        flow.store.remove(base, given[0], flow.span(node))
    elif name == "clear":
        flow.store.dicts[base.number] = Contents(flow.span(node), sure=flow.store.sure)
    elif name == "update":
        for value in given:
            flow.store.update(base.number, value)
        for keyword in node.keywords:
            if keyword.arg is not None:
                flow.store.put(base, Text((keyword.arg,)), OPAQUE, flow.span(node))
    elif name in {"setdefault", "__setitem__"} and given:
        flow.store.put(base, given[0], OPAQUE, flow.span(node))
    return OPAQUE


def moves(flow: KeyFlow, target: ast.expr, value: ast.expr, node: ast.stmt) -> bool:
    """`state[new] = state.pop(old)` renames."""
    if not (
        isinstance(target, ast.Subscript) and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    ):
        return False
    if value.func.attr != "pop" or not value.args:
        return False
    held, taken = flow.evaluate(target.value), flow.evaluate(value.func.value)
    if not (isinstance(held, DictOf) and held == taken):
        return False
    new, old = flow.evaluate(target.slice), flow.evaluate(value.args[0])
    changed = new.changed if isinstance(new, Key) and new.changed is not None else unknown
    if isinstance(old, Text):
        changed = either(*map(equals, old.values))
    if not (isinstance(new, Key) and new.changed is None):
        flow.store.change(held.number, What.RENAMED, flow.span(node), both(*flow.store.tests, test_of(old), changed))
    return True


def merged(flow: KeyFlow, values: Sequence[Known], node: ast.expr) -> Known:
    """`one | other`."""
    number = flow.store.new(Contents(flow.span(node), sure=flow.store.sure))
    for value in values:
        flow.store.update(number, value)
    return DictOf(number)


def concatenated(flow: KeyFlow, node: ast.BinOp | ast.JoinedStr) -> Known:
    """`"vae." + key` and f"vae.{key}"; also `one | other`."""
    if isinstance(node, ast.JoinedStr):
        pieces = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
    else:
        pieces = [node.left, node.right]
    values = [flow.evaluate(piece) for piece in pieces]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return merged(flow, values, node)
    text = joined_text(values)
    if text is not None:
        return text
    keys = [value for value in values if isinstance(value, Key)]
    if len(keys) != 1:
        return OPAQUE
    front = joined_text(values[:-1])
    if front is not None and keys[0].changed is None:
        return replace(keys[0], changed=always, prefix=front.values[0]) if front.values[0] else keys[0]
    return replace(keys[0], changed=unknown, prefix=None)


def checkpoint_method(flow: KeyFlow, name: str, node: ast.Call) -> Known:
    """`checkpoint.name(...)`."""
    given = arguments(flow, node)
    is_state = bool(given) and given[0] == Text(("state_dict",)) and flow.store.held is not None
    if is_state and name in {"get", "setdefault"}:
        return DictOf(flow.store.held) if flow.store.held is not None else OPAQUE
    if is_state and name == "pop":
        held = flow.store.held
        flow.store.remove(CheckpointDict(), given[0], flow.span(node))
        return DictOf(held) if held is not None else OPAQUE
    held_name = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if name == "clear" and not _remove_all(flow, node, node, held_name):  # it may be filled again
        flow.store.held = flow.store.new(Contents(flow.span(node), known=False))
    elif name == "pop":
        _remove_each(flow, node, held_name)
    if name == "update":
        for keyword in node.keywords:
            if keyword.arg == "state_dict":
                flow.store.hold(flow.evaluate(keyword.value), flow.span(node))
        for argument in node.args:
            if isinstance(argument, ast.Dict):
                for key, value in zip(argument.keys, argument.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "state_dict":
                        flow.store.hold(flow.evaluate(value), flow.span(node))
    return OPAQUE


def _remove_each(flow: KeyFlow, node: ast.expr | ast.stmt, name: str) -> None:
    """`checkpoint.pop(key)` in a loop over every key."""
    loop = takes_all(flow, node, name)
    if loop is not None:
        _remove_all(flow, node, loop, name)


def _remove_all(flow: KeyFlow, node: ast.expr | ast.stmt, emptying: ast.expr | ast.stmt, name: str) -> bool:
    """What becomes of a checkpoint that `emptying` empties; whether it stays without a state dict, most likely."""
    stays = stays_without_weights(flow, emptying, name)
    if stays is not False:
        flow.store.held = flow.store.new(
            Contents(flow.span(node), sure=flow.store.sure and stays is True, is_emptied=True)
        )
    return stays is not False


def delete(flow: KeyFlow, node: ast.Delete) -> None:
    """`del held[key]`."""
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            held = flow.evaluate(target.value)
            flow.store.remove(held, flow.evaluate(target.slice), flow.span(node))
            if isinstance(held, CheckpointDict):
                _remove_each(flow, node, ast.unparse(target.value))


def list_method(flow: KeyFlow, base: ListOf, name: str, node: ast.Call) -> Known:
    """`names.name(...)`."""
    for value in arguments(flow, node):
        if name in {"append", "add"}:
            _collect(flow, base, value)
        elif name in {"extend", "update"}:
            extend(flow, base, value)
    return base if name == "copy" else OPAQUE


def _collect(flow: KeyFlow, base: ListOf, value: Known) -> None:
    mine = flow.store.lists[base.number]
    is_named = isinstance(value, Key) and (value.changed is None or (bool(value.lacks) and value.is_whole))
    if not isinstance(value, Key) or not is_named or (mine.tests and mine.lacks != value.still_lacks):
        flow.store.lists[base.number] = replace(mine, known=False)
        return
    every = [test for test in (value.test, *flow.store.tests) if test is not always]
    if not flow.store.sure:
        every.append(unknown)
    tests = (*mine.tests, both(*every) if every else always)
    flow.store.lists[base.number] = replace(mine, of=value.of, tests=tests, lacks=value.still_lacks)


def extend(flow: KeyFlow, base: ListOf, value: Known) -> None:
    """`names += more`."""
    mine = flow.store.lists[base.number]
    if isinstance(value, ListOf):
        other = flow.store.lists[value.number]
        tests = tuple(both(test, *flow.store.tests) for test in other.tests)
        known = mine.known and other.known and (not mine.tests or mine.lacks == other.lacks)
        flow.store.lists[base.number] = replace(
            mine, of=other.of, tests=(*mine.tests, *tests), known=known, lacks=other.lacks
        )
    elif isinstance(value, Keys):
        known = mine.known and (not mine.tests or mine.lacks == value.lacks)
        tests = (*mine.tests, both(value.test, *flow.store.tests))
        flow.store.lists[base.number] = replace(mine, of=value.of, tests=tests, known=known, lacks=value.lacks)
    else:
        flow.store.lists[base.number] = replace(mine, known=False)


def _compiled_parts(flow: KeyFlow) -> list[str]:
    """How the keys begin of what the class itself compiles before it is loaded: `self.net = torch.compile(net)`."""
    found: list[str] = []
    for base in flow.cls.own_bases:
        early = (method for name, method in base.methods.items() if not is_run_late(flow.cls, name))
        for node in (node for method in early for node in nodes_around(method, ("compile",))):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
                parts, given = [*map(ast.unparse, node.targets)], node.value.args[0]
                same = ast.unparse(given) in parts and last_name(given) != "forward"
                is_module = same or not isinstance(given, ast.Attribute)  # but no method of one
                if is_module and flow.project.resolve_expression(base.module, node.value.func) == COMPILES:
                    found += [part.removeprefix("self.") + "." for part in parts if part.startswith("self.")]
    return found


def has_in_it(flow: KeyFlow, text: str) -> Test:
    """`text` stands somewhere in the key; what `torch.compile` puts there, in those of what the class compiles."""
    compiled = _compiled_parts(flow) if COMPILED in text else []
    return either(*map(starts_with, compiled)) if compiled else contains(text)


def key_method(flow: KeyFlow, base: Key, name: str, node: ast.Call) -> Known:
    """`key.name(...)`."""
    given = arguments(flow, node)
    text = given[0] if given else None
    if name in {"replace", "removeprefix", "removesuffix"} and isinstance(text, Text) and text.single:
        old = text.values[0]
        if not old:
            return base
        if any(word in old for word in WRAPPER_PREFIXES) or old in {"module.", ".module"}:
            is_put_there = COMPILED in old and bool(_compiled_parts(flow))
            return replace(base, changed=has_in_it(flow, old), prefix=None) if is_put_there else base
        if base.changed is not None:
            return replace(base, changed=unknown, prefix=None)
        return replace(base, changed=contains(old) if name == "replace" else starts_with(old), prefix=None)
    if name in {
        "lower",
        "strip",
        "lstrip",
        "rstrip",
        "upper",
        "replace",
        "removeprefix",
        "removesuffix",
        "format",
        "join",
    }:
        return replace(base, changed=unknown, prefix=None)
    return OPAQUE
