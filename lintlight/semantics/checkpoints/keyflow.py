"""A small forward dataflow over the methods that write checkpoints: which keys are dropped, renamed or added."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

from lintlight.model import Span
from lintlight.semantics.checkpoints import keycalls, keyloops, keymatch, keymethods
from lintlight.semantics.checkpoints.asides import reads_aside
from lintlight.semantics.checkpoints.groups import Test, negate, unknown
from lintlight.semantics.checkpoints.keys import (
    OPAQUE,
    CheckpointDict,
    Code,
    Collected,
    Condition,
    Contents,
    DictOf,
    Key,
    Keys,
    Known,
    ListOf,
    ModuleAt,
    Scope,
    Text,
    ValueOfKey,
    each_of,
    literal,
)
from lintlight.semantics.checkpoints.keystore import KeyStore
from lintlight.semantics.checkpoints.keytests import ConditionReader, collected_test
from lintlight.semantics.checkpoints.keytexts import text_of
from lintlight.semantics.checkpoints.switches import IsOn, default_of, not_asked, truth
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import last_name
from lintlight.semantics.values import Function

THREE_ARGUMENTS = re.compile(r"(?<!load_)state_dict\((?:[^(),]*,){2}\s*[^\s)*]")
"""`state_dict(destination, prefix, keep_vars)`."""

MOST_DEPTH = 6
PartAt = Callable[[str], ProjectClass | None]
"""Tells the project's class of a submodule by its path; None for any other."""


def nothing_known(path: str) -> ProjectClass | None:
    """For where no submodule is looked into."""
    return None


class KeyFlow:
    """The dicts of one class while its methods are read once, from top to bottom, every branch taken."""

    def __init__(
        self,
        cls: ProjectClass,
        start: Span,
        part_at: PartAt = nothing_known,
        is_on: IsOn = not_asked,
        *,
        is_child: bool = False,
    ) -> None:
        self.cls = cls
        self.owner = cls
        """Whose hook is read: the class itself, or a callback."""
        self.is_on = is_on
        self.is_child = is_child
        self.part_at = part_at
        self.project = cls.module.project
        self.scopes: list[Scope] = []
        self.store = KeyStore(start)
        self.aside: set[ast.Subscript] = set()

    @property
    def scope(self) -> Scope:
        """The innermost call."""
        return self.scopes[-1]

    @property
    def names(self) -> dict[str, Known]:
        """The local names of the innermost call."""
        return self.scope.names

    @property
    def reader(self) -> ConditionReader:
        """Reads conditions with the names as they are now."""
        has_in_it = partial(keymethods.has_in_it, self)
        return ConditionReader(self.evaluate, has_in_it, self.store.lists, self.names)

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """The place of a node of the function in progress."""
        return self.scope.module_function.module.span(node)

    def run(self, function: Function, names: dict[str, Known]) -> list[tuple[Known, Span, bool]]:
        """Read a function's body; what it may return, where, and whether surely."""
        if len(self.scopes) >= MOST_DEPTH or any(s.module_function.node is function.node for s in self.scopes):
            return []
        self.scopes.append(Scope(function, names))
        self.aside.update(reads_aside(function.node))
        if isinstance(function.node, ast.Lambda):
            self.scope.returns.append((self.evaluate(function.node.body), self.span(function.node.body), True))
        else:
            self.block(function.node.body)
        return self.scopes.pop().returns

    def block(self, body: Sequence[ast.stmt]) -> bool:
        """Read statements in order; whether they surely leave the block."""
        tests, maybe, there = len(self.store.tests), self.store.maybe, self.store.there
        leaves = False
        for node in body:
            leaves = self.statement(node)
            if leaves:
                break
        del self.store.tests[tests:]
        self.store.maybe = maybe
        self.store.there = there
        return leaves

    def statement(self, node: ast.stmt) -> bool:
        """Read one statement; whether it surely leaves the block."""
        match node:
            case ast.Assign():
                self._assign(node)
            case ast.AnnAssign(value=ast.expr() as value):
                self._bind(node.target, self.evaluate(value), node)
            case ast.AugAssign():
                self._augment(node)
            case ast.Expr():
                self.evaluate(node.value)
            case ast.Delete():
                keymethods.delete(self, node)
            case ast.Return():
                self._return(node)
                return True
            case ast.If():
                return self._if(node)
            case ast.Match():
                self.names.update(dict.fromkeys(keymatch.captured(node), OPAQUE))
                return self.block(keymatch.as_ifs(node))
            case ast.For() if truth(node.iter, self._is_on) is not False:
                self._loop(node)
            case ast.While():
                self._maybe(node.body)
            case ast.With():
                return self.block(node.body)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.FunctionDef():
                owner = self.scope.module_function
                self.names[node.name] = Code(Function(owner.module, node, owner.owner), dict(self.names))
            case ast.Continue() | ast.Break() | ast.Raise():
                return True
        return False

    def _return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        ways = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
        for way in ways:
            value = self.evaluate(way)
            self.scope.returns.append(
                (value, self.span(way), self.store.sure and len(ways) == 1 and not self.store.tests)
            )

    def _if(self, node: ast.If) -> bool:
        holds = bool(node.test.value) if isinstance(node.test, ast.Constant) else truth(node.test, self._is_on)
        if holds is not None:
            return self.block(node.body if holds else node.orelse)
        reader = self.reader
        about_key = reader.mentions_key(node.test)
        self.evaluate(node.test)
        test = reader.read(node.test) if about_key else unknown
        before = dict(self.names)
        there = self.store.there
        there_if, there_else = (tuple(reader.there(node.test, holds=holds)) for holds in (True, False))
        self.store.there = there + there_if
        left = self._branch(node.body, test, about_key)
        after_body = dict(self.names)
        self.scope.names = before
        self.store.there = there + there_else
        left_else = self._branch(node.orelse, negate(test), about_key)
        self.store.there = there + (there_else if left else there_if if left_else else ())
        if not left:
            self._join(after_body)
        if left and left_else:
            return True
        if (left or left_else) and about_key:
            self.store.tests.append(negate(test) if left else test)
        elif (left or left_else) and not _only_raises(node.body if left else node.orelse):
            self.store.maybe += 1
        return False

    def _is_on(self, name: str) -> bool | None:
        """Whether `self.name` is a switch that is always on; False where it is always off."""
        if self.names.get("self") == ModuleAt():
            return self.is_on(self.cls, name)
        return self.is_on(self.owner, name) if len(self.scopes) == 1 and self.owner is not self.cls else None

    def _branch(self, body: list[ast.stmt], test: Test, about_key: bool) -> bool:
        if about_key:
            self.store.tests.append(test)
        else:
            self.store.maybe += 1
        left = self.block(body)
        if about_key:
            self.store.tests.pop()
        else:
            self.store.maybe -= 1
        return left

    def _join(self, others: Mapping[str, Known]) -> None:
        """Names after both branches: where they differ, the dict that lacks keys counts."""
        for name, value in others.items():
            mine = self.names.get(name)
            if mine is None or (isinstance(value, DictOf) and self._is_better_known(mine)):
                self.names[name] = value
            elif isinstance(mine, Key) and isinstance(value, Key) and mine is not value and mine.changed is None:
                self.names[name] = replace(value, changed=unknown if value.changed else None)

    def _is_better_known(self, other: Known) -> bool:
        """Whether a dict says more than `other`: that is no dict, or nothing is missing in it."""
        return not isinstance(other, DictOf) or self.store.dicts[other.number].lacks_nothing

    def _maybe(self, body: list[ast.stmt]) -> None:
        self.store.maybe += 1
        self.block(body)
        self.store.maybe -= 1

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        self.block(node.body)
        for handler in node.handlers:
            self.store.tests.append(unknown)
            self.block(handler.body)
            self.store.tests.pop()
        self.block(node.orelse)
        self.block(node.finalbody)

    def _loop(self, node: ast.For) -> None:
        over = self.evaluate(node.iter)
        self.bind_loop(node.target, node.iter, over)
        if over == OPAQUE:
            self._maybe(node.body)
        else:
            self.block(node.body)

    @cached_property
    def _keeps_vars(self) -> bool:
        """Whether some class may ask `state_dict` for the parameters themselves."""
        codes = [base.module.code for base in self.cls.own_bases]
        return any("keep_vars" in code or THREE_ARGUMENTS.search(code) for code in codes)

    def bind_loop(self, target: ast.expr, iterable: ast.expr, over: Known) -> None:
        """Give the names of a loop their values."""
        is_numbered = isinstance(iterable, ast.Call) and last_name(iterable.func) == "enumerate"
        if is_numbered and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            target = target.elts[1]
        if isinstance(over, DictOf):
            over = Keys(over.number)
        if isinstance(over, ListOf):
            collected = self.store.lists[over.number]
            over = Keys(collected.of, collected_test(collected), lacks=collected.lacks)
        if isinstance(over, Keys):
            saved = over.of is not None and self.store.dicts[over.of].full
            detached = saved and not self._keeps_vars
            entry = ValueOfKey(over.of, is_parameter=over.of is None, is_detached=detached)
            key: Known = Key(over.of, over.test, lacks=over.lacks)
            if over.pairs and isinstance(target, ast.Tuple) and len(target.elts) == 2:
                self._bind(target.elts[0], key, None)
                self._bind(target.elts[1], entry, None)
            else:
                self._bind(target, entry if over.values_only else OPAQUE if over.pairs else key, None)
        else:
            self._bind(target, each_of(over), None)

    def _assign(self, node: ast.Assign) -> None:
        if len(node.targets) == 1 and keymethods.moves(self, node.targets[0], node.value, node):
            return
        pairs = _pairs(node)
        values = {value: self._looked_up(value) for _, value in pairs}
        for target, value in pairs:
            self._bind(target, values[value], node)

    def _looked_up(self, node: ast.expr) -> Known:
        """What an expression stands for; of what is worked out of a key it is not known for which keys it holds."""
        value = self.evaluate(node)
        return Condition(unknown) if value == OPAQUE and self.reader.mentions_key(node) else value

    def _augment(self, node: ast.AugAssign) -> None:
        held, value = self.evaluate(node.target), self.evaluate(node.value)
        if isinstance(node.op, ast.BitOr) and isinstance(held, DictOf):
            self.store.update(held.number, value)
        elif isinstance(held, ListOf):
            keymethods.extend(self, held, value)

    def _bind(self, target: ast.expr, value: Known, node: ast.stmt | None) -> None:
        match target:
            case ast.Name():
                self.names[target.id] = value
            case ast.Tuple() | ast.List():
                for each in target.elts:
                    self._bind(each, OPAQUE, node)
            case ast.Subscript() if node is not None:
                held = self.evaluate(target.value)
                is_there = any(map(self.store.is_there, self.reader.place(held, target.slice)))
                self.store.put(held, self.evaluate(target.slice), value, self.span(node), is_there=is_there)

    def evaluate(self, node: ast.expr) -> Known:
        """What an expression stands for, as far as keys go."""
        text = literal(node)
        if text is not None:
            return text
        match node:
            case ast.Name():
                return self.names.get(node.id) or keycalls.global_name(self, node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._item(node)
            case ast.Call():
                return keycalls.call(self, node)
            case ast.Dict():
                return self._display(node)
            case ast.DictComp():
                return keyloops.new_dict(self, node.key, node.generators, node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return keyloops.new_list(self, node)
            case ast.List() | ast.Set() if not node.elts:
                return self.store.new_list(Collected())
            case ast.List() | ast.Tuple():
                for each in node.elts:
                    self.evaluate(each)
            case ast.IfExp():
                one, other = self.evaluate(node.body), self.evaluate(node.orelse)
                if isinstance(one, ValueOfKey) or isinstance(other, ValueOfKey):
                    return one if one is other else OPAQUE
                return one if isinstance(one, DictOf) and self._is_better_known(other) else other
            case ast.BinOp() | ast.JoinedStr():
                return keymethods.concatenated(self, node)
            case ast.NamedExpr():
                self._bind(node.target, self.evaluate(node.value), None)
                return self.names[node.target.id]
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp():
                return Condition(self.reader.read(node)) if self.reader.mentions_key(node) else OPAQUE
            case ast.Lambda():
                owner = self.scope.module_function
                return Code(Function(owner.module, node, owner.owner), dict(self.names))
        return OPAQUE

    def _attribute(self, node: ast.Attribute) -> Known:
        base = self.evaluate(node.value)
        if isinstance(base, ModuleAt):
            text = text_of(self.cls, node.attr) or default_of(self.cls, node.attr) if not base.path else None
            return text or ModuleAt((*base.path, node.attr))
        return OPAQUE

    def _item(self, node: ast.Subscript) -> Known:
        base = self.evaluate(node.value)
        key = self.evaluate(node.slice) if not isinstance(node.slice, ast.Slice) else OPAQUE
        if isinstance(base, CheckpointDict) and key == Text(("state_dict",)) and self.store.held is not None:
            return DictOf(self.store.held)
        if isinstance(base, Keys) and base.of is None and isinstance(key, Key):
            return ValueOfKey(None, is_parameter=True)
        if isinstance(base, Key):
            return replace(base, changed=unknown, prefix=None)
        if isinstance(base, DictOf) and node not in self.aside:
            self.store.there += tuple(self.reader.place(base, node.slice))
        return OPAQUE

    def _display(self, node: ast.Dict) -> Known:
        items = zip(node.keys, node.values, strict=True)
        named = [(key, text, value) for key, value in items if key is not None and (text := literal(key))]
        taken = keyloops.picked(self, named, self.span(node)) if len(named) == len(node.keys) else None
        if taken is not None:
            return taken
        number = self.store.new(Contents(self.span(node), sure=self.store.sure))
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.store.update(number, self.evaluate(value))
            else:
                self.store.put(DictOf(number), self.evaluate(key), OPAQUE, self.span(node))
        return DictOf(number)


def _pairs(node: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    """Each target with what it is assigned; `a, b = x, y` are two."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for target in node.targets:
        both_sides = getattr(target, "elts", []), getattr(node.value, "elts", [])
        is_each = isinstance(target, ast.Tuple) and len(both_sides[0]) == len(both_sides[1])
        pairs += zip(*both_sides, strict=True) if is_each else [(target, node.value)]
    return pairs


def _only_raises(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Raise)
