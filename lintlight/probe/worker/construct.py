"""Construct the LightningModule: which argument came from where, and what to try when some are missing."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import Any, Container, Iterator, Optional

from . import bags, callsites, madeup, meaning, options, outside, saved_arguments, sources
from .record import DEFAULT, HARVESTED, IMMATERIAL, MADE_UP, Attempt

GIVEN, CALL = "given", "call"
"""Where an argument may come from; `checkpoint`, `config` and `madeup` say it themselves."""

MOST_CALLS = 6
"""So many calls in the project are tried; those in tests last."""


class MissingArguments(TypeError):
    """Required arguments that nobody gave."""

    def __init__(self, names: list[str], tried: Optional[list[dict[str, Any]]] = None) -> None:
        super().__init__("missing arguments: " + ", ".join(names))
        self.names = names
        self.tried = tried or []
        """What each way to construct the class raised, and where its arguments were from."""


class Plan:
    """One way to construct the class: the arguments, and the provenance of every parameter."""

    def __init__(
        self, arguments: dict[str, Any], told: list[dict[str, Any]], guess: tuple[str, ...] = (), whole: bool = False
    ) -> None:
        self.arguments, self.told, self.guess, self.whole = arguments, told, guess, whole
        """`guess` names the arguments without which it is not known how to construct the class; none of them is
        required where the plan is `whole`."""


def parameters_of(cls: Any) -> tuple[list[inspect.Parameter], bool]:
    """The parameters of the constructor, with those of the parents' to which `**kwargs` hands on; and if any goes.

    What a constructor itself passes to its parent is none of them, and what it takes out of `**kwargs` is.
    """
    found: dict[str, inspect.Parameter] = {}
    passed: set[str] = set()
    takes_any = True
    for owner in cls.__mro__:
        if "__init__" not in vars(owner) or not takes_any:
            continue
        if not sources.is_users(owner):
            break
        try:
            own = list(inspect.signature(vars(owner)["__init__"]).parameters.values())[1:]
        except (TypeError, ValueError):
            break
        named = [each for each in own if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        rest = next((parameter.name for parameter in own if parameter.kind is parameter.VAR_KEYWORD), "")
        for parameter in [*named, *taken_from(rest, vars(owner)["__init__"])]:
            if parameter.name not in passed:
                found.setdefault(parameter.name, parameter)
        passed |= passed_on(vars(owner)["__init__"])
        takes_any = bool(rest)
    else:
        takes_any = False
    for name in kept_as_hparams(cls) if takes_any else ():
        if name not in passed:
            found.setdefault(name, inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY))
    return list(found.values()), takes_any


def kept_as_hparams(cls: Any) -> list[str]:
    """What a class that saves all its arguments reads of `self.hparams`; nothing if it puts something there itself."""
    nodes = [node for definition in sources.definitions_of(cls) for node in ast.walk(definition)]
    calls = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    saves = [
        node for node in nodes if isinstance(node, ast.Call) and callsites.named(node.func) == "save_hyperparameters"
    ]
    puts = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    own = [node for node in puts if "hparams" in (node.attr, callsites.named(node.value))]
    own_calls = [
        func for func in calls if func.attr in ("update", "setdefault") and callsites.named(func.value) == "hparams"
    ]
    if not saves or any(node.args for node in saves) or own or own_calls:
        return []
    return [name for name in bags.read_from(cls, "hparams") if name.isidentifier()]


def taken_from(rest: str, init: Any) -> list[inspect.Parameter]:
    """What a constructor must find in its `**rest`: `rest.pop("name")` or `rest["name"]`, unless it looks first."""
    found = []
    nodes = list(ast.walk(sources.source_of(init) or ast.Module([], [])))
    looks = [node for node in nodes if isinstance(node, ast.Compare) and callsites.named(node.comparators[0]) == rest]
    optional = [node.left.value for node in looks if isinstance(node.left, ast.Constant)]
    for node in nodes:
        key: Optional[ast.expr] = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
            pops = node.func.attr == "pop" and callsites.named(node.func.value) == rest
            key = node.args[0] if pops else None
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and callsites.named(node.value) == rest:
            key = node.slice
        name = key.value if isinstance(key, ast.Constant) else None
        if rest and isinstance(name, str) and name.isidentifier() and name not in optional:
            found.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY))
    return found


def passed_on(init: Any) -> set[str]:
    """The names that a constructor passes to `super().__init__`."""
    calls = [node for node in ast.walk(sources.source_of(init) or ast.Module([], [])) if isinstance(node, ast.Call)]
    to_parent = [node for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"]
    return {keyword.arg for node in to_parent for keyword in node.keywords if keyword.arg}


class Arguments:
    """All that is known about the arguments of one class."""

    def __init__(self, cls: Any, request: dict[str, Any], module: Any, project: str) -> None:
        self.cls, self.request, self.module, self.project = cls, request, module, project
        self.parameters, self.takes_any = parameters_of(cls)
        self.names = [parameter.name for parameter in self.parameters]
        self.sites: Optional[list[callsites.CallSite]] = None
        self.configs: Optional[list[saved_arguments.Configured]] = None
        self.used_site: Optional[callsites.CallSite] = None
        self.used_config: Optional[saved_arguments.Configured] = None
        self.tried: list[dict[str, Any]] = []

    def calls(self) -> list[callsites.CallSite]:
        """The calls of the class in the project."""
        if self.sites is None:
            self.sites = callsites.find(self.cls.__name__, self.request["path"], self.project)
        return self.sites

    def written_down(self) -> list[saved_arguments.Configured]:
        """The places in the project's YAML files that construct the class."""
        if self.configs is None:
            self.configs = saved_arguments.find(self.cls, self.project)
        return self.configs

    def known(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """What the user gave, in a checkpoint, a configuration or as `--init`; later ones win."""
        given = self.request.get("init", {})
        layers = [
            ("checkpoint", saved_arguments.from_checkpoint(self.request.get("checkpoint", ""), self.names)),
            ("config", saved_arguments.from_config(self.request.get("config", ""), self.cls, self.names)),
            (GIVEN, {name: saved_arguments.instance(value) for name, value in given.items()}),
        ]
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for source, layer in layers:
            for name, value in layer.items():
                if name in self.names or self.takes_any:
                    values[name], sources[name] = value, source
        return values, [entry(name, value, sources[name]) for name, value in values.items()]

    def plans(self) -> Iterator[Plan]:
        """The ways to construct the class, the surest first; MissingArguments when there is none."""
        values, told = self.known()
        missing = [each for each in self.parameters if each.default is each.empty and each.name not in values]
        defaults = [
            entry(each.name, each.default, DEFAULT)
            for each in self.parameters
            if each.name not in values and each.default is not each.empty
        ]
        names = tuple(each.name for each in missing)
        if not missing:  # it may break without some of them all the same
            names = tuple(each.name for each in self.parameters if each.default is None and each.name not in values)
            yield Plan(values, told + defaults, names, whole=True)
        yield from self.called(values, told)
        yield from self.configured(values, told)
        for number in range(0 if missing else 1, madeup.ATTEMPTS):
            maker = madeup.Maker(self.cls, self.project, number)
            # Nothing is reported about an attempt that did not work: the arguments that are missing say more.
            with Attempt("arguments") as attempt:
                made = {each.name: maker.value_for(each) for each in missing}
                optional = [each for each in self.parameters if each not in missing and each.name not in values]
                made.update({name: (value, MADE_UP) for name, value in maker.forgotten(optional).items()})
            if attempt.failure and missing:
                raise MissingArguments(list(names), self.tried)
            if attempt.failure or not made:
                continue
            invented = [entry(name, value, source) for name, (value, source) in made.items()]
            arguments = {**values, **{name: value for name, (value, _) in made.items()}}
            others = [each for each in defaults if each["name"] not in made]
            yield Plan(arguments, told + invented + others, names)

    def called(self, values: dict[str, Any], told: list[dict[str, Any]]) -> Iterator[Plan]:
        """The arguments at calls in the project; a call whose arguments cannot be worked out is left out."""
        for site in sorted(self.calls(), key=callsites.is_test)[:MOST_CALLS]:
            yield from self.called_at(site, values, told)
            failed = self.tried[-1] if self.tried else {}
            if failed.get("from") == site.place and "NoneType" in failed["message"]:
                # Nobody can run it without the options that have no default, and that the class reads itself.
                read = {each for name in self.names for each in bags.read_from(self.cls, name, everywhere=True)}
                yield from self.called_at(site, values, told, also_none=read)

    def called_at(
        self,
        site: callsites.CallSite,
        values: dict[str, Any],
        told: list[dict[str, Any]],
        also_none: Container[str] = (),
    ) -> Iterator[Plan]:
        """The arguments at one call, if they can be worked out."""
        from . import userimport

        restore = userimport.forbid_training()
        try:
            with Attempt("call") as attempt, options.made_up(also_none) as invented:
                module = callsites.module_of(site, self.project, self.module)
                bound = callsites.bound(site, module, self.cls, self.names)
        finally:
            restore()
        if attempt.failure:
            self.tried.append({**attempt.failure, "from": site.place})
            return
        self.used_site = site
        new = {name: value for name, value in bound.items() if name not in values}
        told_new = [{**entry(name, value, "", site.place), **self.known_at(site, name, invented)}
                    for name, value in new.items()]  # fmt: skip
        yield Plan({**bound, **values}, told + told_new, tuple(new))
        self.used_site = None

    def known_at(self, site: callsites.CallSite, name: str, invented: set[str]) -> dict[str, Any]:
        """Where an argument at a call is from: options that are required, and that nobody gives, are made up."""
        inside = options.read_from(site, name, self.names, invented, self.cls)
        material = [each for each in inside if not self.is_immaterial(each)]
        if material:
            return {"source": MADE_UP, "settings": material}
        if not inside and options.touched(site, name, self.names, invented):
            return {"source": IMMATERIAL if self.is_immaterial(name) else MADE_UP}
        return {"source": HARVESTED if site.assumed or invented else CALL}

    def is_immaterial(self, name: str) -> bool:
        """Whether an argument, or a setting, decides nothing that the probe looks at."""
        return meaning.is_immaterial(name, self.cls) or meaning.names_checkpoint(name, self.cls)

    def configured(self, values: dict[str, Any], told: list[dict[str, Any]]) -> Iterator[Plan]:
        """The arguments in the project's YAML files."""
        for found in self.written_down():
            root = saved_arguments.root_of(saved_arguments.target_of(found.node), self.cls)
            if root not in sys.path:
                sys.path.append(root)
            for as_written in (False, True) if saved_arguments.names_parts(found.node) else (False,):
                yield from self.configured_at(found, as_written, values, told)

    def configured_at(
        self, found: saved_arguments.Configured, as_written: bool, values: dict[str, Any], told: list[dict[str, Any]]
    ) -> Iterator[Plan]:
        """The arguments in one place of a YAML file, if they can be made."""
        linked: list[str] = []
        with Attempt("configuration") as attempt:
            new = saved_arguments.arguments_in(found.node, linked, as_written)
        if attempt.failure:
            self.tried.append({**attempt.failure, "from": found.place})
            return
        self.used_config = found
        source = HARVESTED if found.assumed or linked or as_written else "project"
        told_new = [entry(name, value, source, found.place) for name, value in new.items() if name not in values]
        rest = self.left_out({**new, **values})
        told_new += [entry(name, value, source) for name, (value, source) in rest.items()]
        made = {name: value for name, (value, _) in rest.items()}
        yield Plan({**made, **new, **values}, told + told_new, tuple(new))
        self.used_config = None

    def left_out(self, values: dict[str, Any]) -> dict[str, tuple[Any, str]]:
        """What a configuration does not say though it is required: something that fits, else None."""
        maker = madeup.Maker(self.cls, self.project)
        missing = [each for each in self.parameters if each.default is each.empty and each.name not in values]
        found: dict[str, tuple[Any, str]] = {}
        for each in missing:
            found[each.name] = None, MADE_UP
            with Attempt("arguments"):
                found[each.name] = maker.value_for(each)
        return found

    def set_outside(self, told: list[dict[str, Any]]) -> list[str]:
        """Where scripts of the project set modes of an instance; a factory of the user's does all that it wants."""
        return [] if any(each["name"] == "factory" for each in told) else outside.sets_modes(self.calls(), self.project)

    def other_calls(self, told: list[dict[str, Any]]) -> list[str]:
        """The calls in the project that pass something else than what was used, where it may matter.

        What the user has given for the probe is what the user wants to know about.
        """
        explicit = {each["name"] for each in told if each["source"] in (GIVEN, "config", "checkpoint")}
        if "factory" in explicit:
            return []
        others = []
        for site in self.calls():
            given = site.given(self.names)
            if self.used_site is not None and site.says_the_same(self.used_site):
                continue
            differs = given is not None and any(not meaning.is_immaterial(name, self.cls) for name in given - explicit)
            if differs or (given is None and not explicit):
                others.append(site.place)
        for found in self.written_down():
            differs = any(not meaning.is_immaterial(name, self.cls) for name in found.given() - explicit)
            used = self.used_config
            if differs and (used is None or (found.path, found.node) != (used.path, used.node)):
                others.append(found.place)
        return others


def entry(name: str, value: Any, source: str, place: str = "") -> dict[str, Any]:
    """One argument as evidence."""
    told: dict[str, Any] = {"name": name, "value": repr(value)[:80], "source": source}
    if not isinstance(value, (str, int, float, list, tuple, dict, type(None))):
        told["object"] = True
    return {**told, "place": place} if place else told
