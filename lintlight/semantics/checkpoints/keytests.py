"""Conditions on keys, read from the code that filters them: for which parts of the module do they hold?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from lintlight.semantics.checkpoints import keypatterns
from lintlight.semantics.checkpoints.groups import (
    Test,
    always,
    both,
    either,
    ends_with,
    equals,
    first_is,
    negate,
    requires_grad,
    starts_with,
    unknown,
)
from lintlight.semantics.checkpoints.keys import (
    Collected,
    Condition,
    Default,
    DictOf,
    Key,
    Keys,
    Known,
    ListOf,
    Place,
    Text,
    ValueOfKey,
)
from lintlight.semantics.resolve.names import every_node, last_name

Evaluate = Callable[[ast.expr], Known]


class ConditionReader:
    """Turns a condition of the code into a test of groups; `evaluate` gives the names their values.

    `has_in_it` gives the test of whether a text stands somewhere in the key.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        has_in_it: Callable[[str], Test],
        lists: dict[int, Collected],
        names: dict[str, Known],
    ) -> None:
        self.evaluate = evaluate
        self.has_in_it = has_in_it
        self.lists = lists
        self.names = names

    def mentions_key(self, node: ast.expr) -> bool:
        """Whether a condition is about the key or the value of the loop at all."""
        return any(
            isinstance(each, ast.Name) and isinstance(self.names.get(each.id), Key | ValueOfKey | Condition)
            for each in every_node(node)
        )

    def read(self, node: ast.expr) -> Test:
        """The test that `node` is."""
        if isinstance(node, ast.UnaryOp):
            return negate(self.read(node.operand)) if isinstance(node.op, ast.Not) else unknown
        if isinstance(node, ast.BoolOp):
            tests = [self.read(each) for each in node.values]
            return both(*tests) if isinstance(node.op, ast.And) else either(*tests)
        if isinstance(node, ast.Compare):
            is_single = len(node.ops) == 1
            return self._comparison(node.left, node.ops[0], node.comparators[0]) if is_single else unknown
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Attribute) and node.attr == "requires_grad":
            value = self.evaluate(node.value)
            if not isinstance(value, ValueOfKey):
                return unknown
            return requires_grad if value.is_parameter else negate(always) if value.is_detached else unknown
        if isinstance(node, ast.Constant):
            return always if node.value else negate(always)
        return self._named(node)

    def there(self, node: ast.expr, *, holds: bool = True) -> Iterator[Place]:
        """The keys that are in a dict where a condition holds, or where it does not."""
        match node:
            case ast.UnaryOp(op=ast.Not()):
                yield from self.there(node.operand, holds=not holds)
            case ast.BoolOp() if isinstance(node.op, ast.And) is holds:
                for each in node.values:
                    yield from self.there(each, holds=holds)
            case ast.Compare(ops=[ast.In() | ast.NotIn() as operator]) if isinstance(operator, ast.In) is holds:
                yield from self.place(self.evaluate(node.comparators[0]), node.left)
            case ast.Compare(
                left=ast.Call(func=ast.Attribute(value=held, attr="get"), args=[key, *_]),
                ops=[ast.Is() | ast.IsNot() as operator],
                comparators=[ast.Constant(value=None)],
            ) if isinstance(operator, ast.IsNot) is holds:
                yield from self.place(self.evaluate(held), key)

    def place(self, held: Known, key: ast.expr) -> Iterator[Place]:
        """A key in a dict that is followed: of a name what it stands for, as it may stand for something else later."""
        number = held.number if isinstance(held, DictOf) else held.of if isinstance(held, Keys) else None
        if number is not None:
            value = self.evaluate(key)
            yield number, value if isinstance(key, ast.Name) or isinstance(value, Text) else ast.unparse(key)

    def _named(self, node: ast.expr) -> Test:
        """The condition that a name holds, or that a helper returns."""
        value = self.evaluate(node)
        return value.test if isinstance(value, Condition) else unknown

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Test:
        if isinstance(operator, ast.NotIn | ast.NotEq):
            return negate(self._comparison(left, ast.In() if isinstance(operator, ast.NotIn) else ast.Eq(), right))
        if isinstance(operator, ast.Is | ast.Eq) and isinstance(right, ast.Constant) and isinstance(right.value, bool):
            return self.read(left) if right.value else negate(self.read(left))  # x.requires_grad == False
        if isinstance(operator, ast.Is | ast.IsNot) and isinstance(right, ast.Constant) and right.value is None:
            asked = keypatterns.asked_of(left, self.evaluate) if isinstance(left, ast.Call) else None
            if asked is not None:
                return negate(asked) if isinstance(operator, ast.Is) else asked
            is_value = isinstance(self.evaluate(left), ValueOfKey)
            return unknown if not is_value else negate(always) if isinstance(operator, ast.Is) else always
        if isinstance(operator, ast.In):
            return self._membership(left, right)
        if isinstance(operator, ast.Eq):
            text = self.evaluate(right)
            if isinstance(text, Text) and text.single:
                return self._equal(left, text.values[0])
        return unknown

    def _equal(self, node: ast.expr, text: str) -> Test:
        if _is_first_component(node) and isinstance(self._key_below(node), Key):
            return first_is(text)
        value = self.evaluate(node)
        return equals(text) if isinstance(value, Key) and value.changed is None else unknown

    def _key_below(self, node: ast.expr) -> Known | None:
        assert isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call)
        function = node.value.func
        return self.evaluate(function.value) if isinstance(function, ast.Attribute) else None

    def _membership(self, left: ast.expr, right: ast.expr) -> Test:
        group = self.evaluate(right)
        if isinstance(group, Key) and group.changed is None:  # "vae" in key
            text = self.evaluate(left)
            return _one_of(text, self.has_in_it) if isinstance(text, Text | Default) and text.single else unknown
        if isinstance(group, Text) and not group.single:
            return either(*(self._equal(left, text) for text in group.values))
        if not isinstance(self.evaluate(left), Key):
            return unknown
        if isinstance(group, Keys):
            return group.test if not group.lacks else negate(always)
        if isinstance(group, ListOf):
            collected = self.lists[group.number]
            return collected_test(collected) if not collected.lacks else negate(always)
        return unknown

    def _call(self, node: ast.Call) -> Test:
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"startswith", "endswith"} and node.args:
            key, text = self.evaluate(node.func.value), self.evaluate(node.args[0])
            if isinstance(key, Key) and key.changed is None:
                return _one_of(text, starts_with if node.func.attr == "startswith" else ends_with)
        if isinstance(node.func, ast.Name) and node.func.id in {"any", "all"} and len(node.args) == 1:
            return self._over(node.args[0], either if node.func.id == "any" else both)
        if isinstance(node.func, ast.Name) and node.func.id == "bool" and len(node.args) == 1:
            return self.read(node.args[0])
        if (asked := keypatterns.asked_of(node, self.evaluate)) is not None:
            return asked
        if _asks_for_a_tensor(node) and isinstance(self.evaluate(node.args[0]), ValueOfKey):
            return always
        return self._named(node)

    def _over(self, node: ast.expr, join: Callable[..., Test]) -> Test:
        """`any(text in key for text in TEXTS)`."""
        if not isinstance(node, ast.GeneratorExp | ast.ListComp) or len(node.generators) != 1:
            return unknown
        (loop,) = node.generators
        over = self.evaluate(loop.iter)
        if not isinstance(over, Text | Default) or not isinstance(loop.target, ast.Name) or loop.ifs:
            return unknown
        around = dict(self.names)
        tests = []
        for text in over.values:
            self.names[loop.target.id] = replace(over, values=(text,), single=True)
            tests.append(self.read(node.elt))
        self.names.clear()
        self.names.update(around)
        return join(*tests)


def _one_of(text: Known, test: Callable[[str], Test]) -> Test:
    """Whether something holds of one of several texts; of those that are only defaults nobody knows."""
    if isinstance(text, Text | Default):
        found = either(*map(test, text.values))
        return found if isinstance(text, Text) else both(unknown, found)
    return unknown


def collected_test(collected: Collected) -> Test:
    """Whether a key is among those that were collected."""
    return either(*collected.tests) if collected.known and collected.tests else unknown


def _asks_for_a_tensor(node: ast.Call) -> bool:
    """`isinstance(x, torch.Tensor)`, `torch.is_tensor(x)`."""
    if last_name(node.func) == "isinstance" and len(node.args) == 2:
        return any(ast.unparse(each) in {"Tensor", "torch.Tensor"} for each in every_node(node.args[1]))
    return last_name(node.func) == "is_tensor" and len(node.args) == 1


def _is_first_component(node: ast.expr) -> bool:
    """`key.split(".")[0]` or `key.partition(".")[0]`."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == 0
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in {"split", "partition"}
        and bool(node.value.args)
        and isinstance(node.value.args[0], ast.Constant)
        and node.value.args[0].value == "."
    )
