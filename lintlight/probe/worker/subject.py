"""The class under the probe: how to make an instance of it, again and again."""

from __future__ import annotations

import importlib
from typing import Any, Optional

from . import adapters, hub, madeup
from .absent import is_of_absent, note_given
from .construct import Arguments, MissingArguments, Plan, entry
from .record import HARVESTED, IMMATERIAL, MADE_UP, describe
from .standin import StandIns

GUESSED = (MADE_UP, HARVESTED)
"""Where arguments are from that may not be the ones the project trains with."""


class Subject:
    """A LightningModule class and what its instances are made with."""

    def __init__(self, cls: Any, request: dict[str, Any], stand_ins: StandIns, module: Any, project: str) -> None:
        self.cls, self.request, self.stand_ins = cls, request, stand_ins
        self.batch_function: str = request.get("batch", "")
        self.most_mb = request.get("most_mb", 2000.0)
        # What the import loaded belongs to every instance.
        self.imported = list(stand_ins.loaded)
        self.known = Arguments(cls, request, module, project)
        self.plan = Plan({}, [])
        self.supplied: dict[str, Any] = {}
        """Attributes that were set to a number after the construction, which a script of the project would do."""
        self.settled = -1
        """Which of the plans works; -1 before the first instance."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the latest instance; a factory's are its own."""
        return self.plan.arguments

    @property
    def told(self) -> list[dict[str, Any]]:
        """Where they came from, by what has been read of them so far."""
        set_later = [entry(f"self.{name}", value, IMMATERIAL) for name, value in self.supplied.items()]
        return madeup.settled(self.plan.told, self.plan.arguments, self.cls) + set_later

    def make(self) -> Any:
        """A new instance."""
        self.stand_ins.loaded[:] = self.imported
        adapters.install(self.stand_ins)
        hub.install(self.stand_ins)
        made = self.from_factory()
        if made is not None:
            return made
        failure: Optional[BaseException] = None
        alone: Optional[Exception] = None
        # The plans are worked out again for every instance: none must share a model with another one.
        for number, plan in enumerate(self.known.plans()):
            self.plan = plan
            if self.settled not in (-1, number):
                continue
            self.stand_ins.guessing = any(each["source"] in GUESSED for each in plan.told)
            try:
                made = self.construct(plan)
            except Exception as error:
                if not plan.guess and alone is None:
                    raise
                failure = error
                if plan.whole:
                    alone = error
                place = next((each["place"] for each in plan.told if "place" in each), MADE_UP)
                self.known.tried.append({**describe("construct", error), "from": place, "arguments": self.told})
                self.stand_ins.loaded[:] = self.imported
                if is_of_absent(error) or (place == MADE_UP and said_the_same(self.known.tried[-2:])):
                    # Other made-up values make no difference, and another call may pass what this one would not.
                    break
                continue
            self.settled = number
            return made
        if alone is not None:
            raise alone
        raise MissingArguments(list(self.plan.guess), self.known.tried) from failure

    def from_factory(self) -> Any:
        """What the user's own function returns, if it is of this class."""
        factory = self.request.get("factory", "")
        made = load(factory)() if factory else None
        if not isinstance(made, self.cls):
            return None
        self.plan = Plan({}, [{"name": "factory", "value": factory, "source": "given"}])
        return made

    def construct(self, plan: Plan) -> Any:
        """An instance with these arguments; at the real size when the code does not go with a smaller stand-in."""
        before = list(self.stand_ins.loaded)
        left = [each.default for each in self.known.parameters if each.name not in plan.arguments]
        note_given([*plan.arguments.values(), *left])
        try:
            return self.cls(**plan.arguments)
        except (IndexError, RuntimeError, ValueError, KeyError):
            # Code that counts layers or widths breaks on a smaller stand-in: once more at the real size.
            if not any(loaded.level for loaded in self.stand_ins.loaded):
                raise
        self.stand_ins.loaded[:], self.stand_ins.budget_mb = before, self.most_mb
        return self.cls(**plan.arguments)

    def batch(self) -> Optional[tuple[str, Any]]:
        """The user's own batch, from the function that the settings name."""
        return (self.batch_function, load(self.batch_function)()) if self.batch_function else None

    def models(self) -> list[Any]:
        """What `from_pretrained` returned."""
        return [loaded.model for loaded in self.stand_ins.loaded]

    def pretrained(self) -> list[dict[str, Any]]:
        """The same as evidence."""
        return [loaded.facts() for loaded in self.stand_ins.loaded] + self.stand_ins.adapters


def said_the_same(tried: list[dict[str, Any]]) -> bool:
    """Whether two tries came to the same, whatever their arguments were."""
    one, *others = [{**each, "arguments": None} for each in tried]
    return others == [one]


def load(name: str) -> Any:
    """The object that `package.module:name` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
