"""The dicts of keys that a method works on, and what its statements do to them."""

from __future__ import annotations

from dataclasses import replace

from lintlight.model import Span
from lintlight.semantics.checkpoints.groups import Test, always, both, either, equals, negate, unknown
from lintlight.semantics.checkpoints.keys import (
    OPAQUE,
    CheckpointDict,
    Collected,
    Contents,
    DictOf,
    Fill,
    Key,
    KeyChange,
    Known,
    ListOf,
    Part,
    Place,
    Text,
    What,
)

STATE_DICT = Text(("state_dict",))


class KeyStore:
    """Dicts and lists by number, and the conditions under which the statement in progress runs."""

    def __init__(self, start: Span) -> None:
        self.dicts: dict[int, Contents] = {}
        self.lists: dict[int, Collected] = {}
        self.tests: list[Test] = []
        """What holds of the key of the loop at this point."""
        self.there: tuple[Place, ...] = ()
        """The keys that are surely in a dict at this point: they were asked for, or read."""
        self.maybe = 0
        """Depth of branches that depend on something else than the key."""
        self.destination = self.new(Contents(start))
        """The dict that a parent module passes to `state_dict`."""
        self.held: int | None = None
        """The dict under `checkpoint["state_dict"]`."""

    @property
    def sure(self) -> bool:
        """Whether the statement in progress surely runs."""
        return self.maybe == 0

    def new(self, contents: Contents) -> int:
        """A new dict."""
        self.dicts[len(self.dicts)] = contents
        return len(self.dicts) - 1

    def new_list(self, collected: Collected) -> ListOf:
        """A new list of names."""
        self.lists[len(self.lists)] = collected
        return ListOf(len(self.lists) - 1)

    def change(self, number: int, what: What, span: Span, test: Test, *, sure: bool = True, of: Known = OPAQUE) -> None:
        """Record what happens to keys of a dict."""
        loop_key = of if isinstance(of, Key) else None
        self.dicts[number] = self.dicts[number].with_change(
            KeyChange(what, span, test, sure and self.sure, of=loop_key)
        )

    def _add(self, number: int, key: str, span: Span, *, is_beginning: bool = False) -> None:
        """Record a key that a dict gets, or keys that begin so."""
        added = KeyChange(What.ADDED, span, unknown, self.sure, key=key, is_beginning=is_beginning)
        self.dicts[number] = self.dicts[number].with_change(added)

    def is_there(self, place: Place) -> bool:
        """Whether a key is surely in a dict at this point, or in a whole state dict."""
        return any(
            key == place[1] and (number == place[0] or self.dicts[number].lacks_nothing) for number, key in self.there
        )

    def source(self, of: int | None, made: Span) -> Contents:
        """What a loop over a dict, or over the module's own parameters, goes over."""
        return self.settled(of) if of is not None else Contents(made, full=True)

    def settled(self, number: int) -> Contents:
        """The contents of a dict, with what was filled in by loops turned into drops and renames."""
        return self._settled(self.dicts[number])

    def _settled(self, contents: Contents) -> Contents:
        """What loops over several dicts filled in is together."""
        if not contents.fills:
            return contents
        first = contents.fills[0]
        source = self.source(first.key.of, contents.made)
        fills = [fill for fill in contents.fills if fill.key.of == first.key.of]
        moved = [fill.key for fill in fills]
        source = replace(source, changes=tuple(change for change in source.changes if change.of not in moved))
        if not any(fill.test is always and fill.sure for fill in fills):
            kept = either(*(fill.test for fill in fills))
            sure = any(fill.sure for fill in fills)
            source = source.with_change(KeyChange(What.DROPPED, first.span, negate(kept), sure))
        for fill in fills:
            source = self.renamed(source, fill.key.changed, fill.key.prefix, fill.test, fill.span)
        others = tuple(fill for fill in contents.fills if fill.key.of != first.key.of)
        if others and not source.full:
            rest = self._settled(replace(contents, fills=others))
            known = source.known and rest.known
            return replace(rest, known=known, parts=(*source.parts, *rest.parts), made=first.span)
        parts = (*source.parts, *contents.parts)
        return replace(source, parts=parts, changes=(*source.changes, *contents.changes), made=first.span)

    def renamed(self, contents: Contents, changed: Test | None, prefix: str | None, test: Test, span: Span) -> Contents:
        """`contents` after its keys went through an expression."""
        if changed is None:
            return contents
        if contents.adapter:
            return replace(contents, known=contents.known and prefix is not None)
        if contents.parts and not contents.full:
            parts = tuple(Part(part.path, (prefix or "?") + part.prefix) for part in contents.parts)
            return replace(contents, parts=parts, known=contents.known and changed is not unknown)
        return contents.with_change(KeyChange(What.RENAMED, span, both(test, changed), self.sure))

    def put(self, held: Known, key: Known, value: Known, span: Span, *, is_there: bool = False) -> None:
        """`held[key] = value`; whether it only gives another value to a key that is there."""
        if isinstance(held, CheckpointDict) and key == STATE_DICT:
            self.hold(value, span)
        elif isinstance(held, DictOf) and isinstance(key, Text):
            if self.sure and not self.tests and len(key.values) == 1:
                self._is_back(held.number, test_of(key))
            for text in key.values if not is_there else ():
                self._add(held.number, text, span)
        elif isinstance(held, DictOf) and isinstance(key, Key):
            if not (is_there and key.changed is not None and self.dicts[held.number].full):
                self._put_key(held.number, key, span)
        elif isinstance(held, DictOf) and not self.dicts[held.number].full:
            self.dicts[held.number] = replace(self.dicts[held.number], known=False)

    def _is_back(self, number: int, test: Test) -> None:
        """Keys that were taken out of a dict are in it again, under the same name."""
        changes = tuple(
            replace(change, test=both(change.test, negate(test))) if change.what is What.DROPPED else change
            for change in self.dicts[number].changes
        )
        self.dicts[number] = replace(self.dicts[number], changes=changes)

    def _put_key(self, number: int, key: Key, span: Span) -> None:
        """`held[key] = value` for the key of a loop."""
        contents = self.dicts[number]
        if key.changed is None and any(change.of is key for change in contents.changes):  # taken out, put back
            kept = tuple(change for change in contents.changes if change.of is not key)
            self.dicts[number] = replace(contents, changes=kept)
        elif key.of == number or (contents.full and key.of is not None):
            source = self.settled(key.of)
            if key.changed is not None and (source.full or source.adapter or key.of == number):
                self.change(number, What.RENAMED, span, both(*self.tests, key.test, key.changed))
            elif key.changed is None and key.of != number:
                self._put_back(number, key.of, key.test)
            elif key.prefix is not None:  # of a part, under another name: the whole keeps its own
                self._add(number, key.prefix, span, is_beginning=True)
        elif contents.full:
            if key.prefix is not None:
                self._add(number, key.prefix, span, is_beginning=True)
        elif not contents.parts or contents.fills:
            test = both(*self.tests, key.test) if self.tests or key.test is not always else always
            fill = Fill(key, test, span, self.sure)
            self.dicts[number] = replace(contents, fills=(*contents.fills, fill))

    def hold(self, value: Known, span: Span) -> None:
        """`checkpoint["state_dict"] = value`."""
        if not isinstance(value, DictOf):
            self.held = self.new(Contents(span, known=False))
            return
        now = self.dicts[value.number]
        if self.held is not None and not self.has_keys(self.held) and not self.has_keys(value.number):
            self.dicts[self.held] = replace(self.dicts[self.held], is_emptied=False)
        else:
            self.dicts[value.number] = replace(now, sure=now.sure and self.sure)
            self.held = value.number

    def has_keys(self, number: int) -> bool:
        """Whether a dict may hold anything at all."""
        contents = self.dicts[number]
        return bool(contents.full or contents.parts or contents.fills or contents.adapter or not contents.known)

    def remove(self, held: Known, key: Known, span: Span) -> None:
        """`del held[key]` or `held.pop(key)`."""
        if isinstance(held, CheckpointDict) and key == STATE_DICT:
            self.held = self.new(Contents(span, sure=self.sure, is_emptied=True))
        elif isinstance(held, DictOf):
            if isinstance(key, Key) and not self._may_name_one(key):
                return  # the module calls nothing so
            of = key.of if isinstance(key, Key) and key.of != held.number else None
            test = both(*self.tests, test_of(key), always if of is None else self.keys_of(of))
            self.change(held.number, What.DROPPED, span, test, sure=key != OPAQUE, of=key)

    def _may_name_one(self, key: Key) -> bool:
        """Whether the module may have a key of that name: those of a part's own dict lack what the part is called."""
        if key.changed is not None and key.prefix is None:
            return True
        contents = self.settled(key.of) if key.of is not None else None
        if contents is None or contents.full or not contents.parts or not contents.known:
            return key.is_whole
        front = key.prefix or ""
        return any(replace(part, prefix=front + part.prefix).fits for part in contents.parts)

    def keys_of(self, number: int) -> Test:
        """Which keys of the whole state dict a dict has under their own names; all may be in one of submodules."""
        contents = self.settled(number)
        if not contents.known:
            return unknown
        if not self.has_keys(number):
            return either(*(equals(change.key) for change in contents.changes if change.what is What.ADDED))
        gone = [change for change in contents.changes if change.what is not What.ADDED] if contents.full else []
        return negate(either(*(change.test if change.sure else both(change.test, unknown) for change in gone)))

    def _put_back(self, number: int, other: int, test: Test = always) -> None:
        """The keys of another dict are in a dict again, those of which `test` holds."""
        all_are_back = self.sure and not self.tests and test is always
        moved = [fill.key for fill in self.dicts[other].fills]
        still_gone = negate(both(*self.tests, test, self.keys_of(other), always if self.sure else unknown))
        changes = [
            replace(change, test=both(change.test, still_gone)) if change.what is What.DROPPED else change
            for change in self.dicts[number].changes
            if not (all_are_back and change.of is not None and (change.of.of == other or change.of in moved))
        ]
        self.dicts[number] = replace(self.dicts[number], changes=tuple(changes))

    def update(self, number: int, value: Known) -> None:
        """`held.update(value)`."""
        mine = self.settled(number)
        if not isinstance(value, DictOf):
            if not mine.full:
                self.dicts[number] = replace(mine, known=False)
            return
        other = self.settled(value.number)
        added = tuple(change for change in other.changes if change.what is What.ADDED)
        if mine.full:
            self.dicts[number] = replace(mine, changes=(*mine.changes, *added))
            if other.full:
                self._put_back(number, value.number)
        elif other.full:
            self.dicts[number] = replace(other, changes=(*other.changes, *mine.changes))
        else:
            parts = (*mine.parts, *other.parts)
            known = mine.known and other.known
            changes = (*mine.changes, *added)
            self.dicts[number] = replace(mine, fills=(), parts=parts, known=known, changes=changes)


def test_of(key: Known) -> Test:
    """Which keys an expression stands for."""
    if isinstance(key, Key):
        return key.test
    return either(*map(equals, key.values)) if isinstance(key, Text) else unknown
