"""Code that builds a LightningModule and fits it: what it passes, and what it does to the module before `fit`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from lintlight.semantics.heap import Heap, State, Thing
from lintlight.semantics.interpreter.binding import defaults_of
from lintlight.semantics.interpreter.machine import Fitted, Frame
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import by_position, every_node, imports_of, names_in, parameter_names, top_level
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.resolve.registries import tables_of
from lintlight.semantics.values import ClassValue, External, Function, Value
from lintlight.semantics.walks.callers import (
    INSTANTIATES,
    builders_elsewhere,
    callers_elsewhere,
    runs_what_it_is_given,
    scripts_naming,
)
from lintlight.semantics.walks.followed import Followed, ScriptEntry, Scripts, like
from lintlight.semantics.walks.timeline import Walk, WalkOptions, fit
from lintlight.semantics.walks.uses import may_train
from lintlight.source.outline import may_say

REMOVED = re.compile(
    rf"\b(?:(?:{'|'.join(sorted(catalog.REMOVED_ARGUMENTS))})\s*=|(?:{'|'.join(sorted(catalog.REMOVED_METHODS))})\()"
)
GIVES_CALLBACKS = re.compile("callbacks|add_lightning_class_args")
MOST_CALLERS = 3
MOST_WAYS = 4
"""Places of one script that each fit a class."""
MOST_IN_VAIN = 6
"""Places of one script that build a class, and are followed although they fit nothing: tests, most likely."""
MOST_STARTS = 12
"""Modules followed from one script: an experiment may fit a row of them, one after the other."""

# A module that has one of them makes `fit` raise NotImplementedError (`tests/evidence/removed_hooks.out`).
# So does a `training_step` with the parameter, however it optimizes.
REFUSED_HOOKS = ("training_epoch_end", "validation_epoch_end")
REFUSED_PARAMETER = "optimizer_idx"
NO_LONGER_GIVEN = {
    "on_train_epoch_end": "outputs",
    "on_train_batch_start": "dataloader_idx",
    "on_train_batch_end": "dataloader_idx",
}
"""What Lightning 1 gave to hooks; one that asks for it without a default raises a TypeError in the first epoch."""
NO_LONGER_GIVEN_IN_AUTOMATIC = dict.fromkeys(
    "backward configure_gradient_clipping on_before_optimizer_step optimizer_step optimizer_zero_grad".split(),
    REFUSED_PARAMETER,
)
"""Likewise where Lightning itself steps the optimizer; else the hooks may never be called."""


def callbacks_in(script: SourceModule) -> Iterator[ProjectClass]:
    """The project's callbacks that a script which gives some to a Trainer imports or defines, or gets from a helper."""
    for name in script.bindings if GIVES_CALLBACKS.search(script.code) else ():
        for atom in script.lookup(name):
            if isinstance(atom, ClassValue) and atom.cls.is_callback:
                yield atom.cls
            elif isinstance(atom, Function) and "callback" in name:
                yield from _callbacks_named_in(atom)


def _callbacks_named_in(helper: Function) -> Iterator[ProjectClass]:
    """The callbacks that a function of the project names: `def build_callbacks(): return [Freeze()]`."""
    names = names_in(helper.node)
    for atom in (atom for name in sorted(names) for atom in helper.module.lookup(name)):
        if isinstance(atom, ClassValue) and atom.cls.is_callback:
            yield atom.cls


def removed_hook(cls: ProjectClass) -> str | None:
    """What Lightning 2 refuses of the methods of a class."""
    step = cls.find_method("training_step")
    if step is not None and REFUSED_PARAMETER in by_position(step.node.args):
        return f"training_step({REFUSED_PARAMETER})"
    refused = next((name for name in REFUSED_HOOKS if cls.find_method(name) is not None), None)
    return refused or next(_asking_in_vain(cls), None)


def _asking_in_vain(cls: ProjectClass) -> Iterator[str]:
    """The hooks of a class that need what Lightning 2 does not give them."""
    is_automatic = not any(base.module.says("automatic_optimization") for base in cls.own_bases)
    for name, parameter in (NO_LONGER_GIVEN | (NO_LONGER_GIVEN_IN_AUTOMATIC if is_automatic else {})).items():
        hook = cls.find_method(name)
        spec = hook.node.args if hook is not None else None
        if spec is not None and parameter in parameter_names(spec) and parameter not in defaults_of(spec):
            yield f"{name}({parameter})"


def removed_argument(cls: ProjectClass) -> str | None:
    """What Lightning 2 refuses in each Trainer that may fit a class: in its own file, else in all that name it."""
    if cls.module.fits and may_train(cls.module):
        return _removed_argument(cls.module)
    found = [_removed_argument(script) for script in scripts_naming(cls) if may_train(script)]
    return found[0] if found and None not in found else None


def removed_import(cls: ProjectClass) -> str | None:
    """What the file of a class, or of a base, takes from Lightning that Lightning 2 no longer has; not in a `try`."""
    modules = dict.fromkeys(base.module for base in cls.own_bases)
    return next((gone for module in modules for gone in _removed_imports(module)), None)


def _removed_imports(module: SourceModule) -> Iterator[str]:
    for node in module.tree.body if module.says("lightning") else ():
        for item in imports_of(node, module.package) if isinstance(node, ast.Import | ast.ImportFrom) else ():
            written = f"{item.module}.{item.name}" if item.name else item.module
            front, _, rest = catalog.canonical(written).partition("lightning.pytorch.")
            names = rest.split(".") if not front else []
            if any(".".join(names[:length]) in catalog.REMOVED_IMPORTS for length in range(1, len(names) + 1)):
                yield written


def _removed_argument(module: SourceModule) -> str | None:
    if not REMOVED.search(module.source.text):
        return None
    trainers = [
        told for node in every_node(module.tree) if isinstance(node, ast.Call) for told in _refused(module, node)
    ]
    return trainers[0] if trainers and all(trainers) else None


def _refused(module: SourceModule, call: ast.Call) -> Iterator[str]:
    """What Lightning 2 refuses in a call that makes a Trainer, or its arguments; empty where it refuses nothing."""
    for atom in module.project.resolve_expression(module, call.func):
        owner, _, method = atom.dotted.rpartition(".") if isinstance(atom, External) else ("", "", "")
        if method in catalog.REMOVED_METHODS and catalog.is_lightning(owner, "Trainer"):
            yield f"Trainer.{method}"
        elif isinstance(atom, External) and catalog.is_lightning(atom.dotted, "Trainer"):
            removed = {str(each.arg) for each in call.keywords} & catalog.REMOVED_ARGUMENTS
            yield f"Trainer({min(removed)}=...)" if removed else ""


def walk_scripts(project: Project, cls: ProjectClass, module: SourceModule, how: WalkOptions) -> Iterator[Walk]:
    """The walks that begin in code of `module` which builds `cls`, up to `Trainer.fit` where it is called.

    One that a default of the function decides in which it begins gives way to those of files which call that; so does
    one of a class that runs what it is given, which the function may be given itself.
    """
    for entry, begun in groupby(_walks_from(project, cls, module, how), key=itemgetter(0)):
        walks = [walk for _, walk in begun]
        fitted = [walk for walk in walks if is_fitted(walk)]
        may_be_overruled = (_has_defaults(entry) and any(walk.relied for walk in fitted)) or (
            bool(fitted) and _has_parameters(entry) and runs_what_it_is_given(cls)
        )
        yield from (_walks_of_callers(project, cls, entry, how) if may_be_overruled else ()) or walks


def _walks_of_callers(project: Project, cls: ProjectClass, entry: ScriptEntry, how: WalkOptions) -> Sequence[Walk]:
    """The walks that begin in other files which call a function that fits; none if one of them is not understood."""
    function = entry.function
    assert function is not None and isinstance(function.node, ast.FunctionDef)
    found: list[Walk] = []
    for script in callers_elsewhere(function.module, function.node, cls):
        walks = [walk for _, walk in _walks_from(project, cls, script, how, function.node.name) if is_fitted(walk)]
        if not walks:
            return ()
        found += walks
    return found


def _walks_from(
    project: Project, cls: ProjectClass, module: SourceModule, how: WalkOptions, *through: str
) -> Iterator[tuple[ScriptEntry, Walk]]:
    """The walks that begin in a file's code which builds a class, or calls what does: one of `through`.

    Where one begins that another has come through already, there is nothing new to see.
    """
    entered: set[ast.AST] = set()
    ways = in_vain = 0
    for entry in sorted(_entries(module, cls, through), key=lambda each: not _may_fit(project, each)):
        if ways == MOST_WAYS or in_vain == MOST_IN_VAIN or (entry.function and entry.function.node in entered):
            continue
        end = project.once(Scripts).follow(module, entry, how)
        starts = [(e.thing, e.callbacks, e.heap) for e in end.fitted if _derives(e.heap[e.thing].cls, cls)]
        if not (starts or ways) and (module is cls.module or module.fits):
            starts = _given_a_module(end, cls)
        for thing, callbacks, heap in starts[:MOST_STARTS]:
            built = heap[thing].cls
            assert built is not None
            assert end.machine is not None
            machine = like(end.machine, how)  # what another training did is over
            machine.frames[:] = [Frame(module)]
            machine.begin_counting()
            yield entry, fit(machine, built, thing, callbacks, State(Heap([], heap), {}))
            machine.close()
        entered |= end.entered
        ways += bool(starts)
        in_vain += not (starts or _may_fit(project, entry))


def _may_fit(project: Project, entry: ScriptEntry) -> bool:
    """Whether something is fitted in it; a script's top level may call whatever does."""
    return entry.function is None or _calls_one(project, entry.function.node, ("fit",))


def is_fitted(walk: Walk) -> bool:
    """Whether a walk goes through a script up to `fit`."""
    return any(isinstance(event, Fitted) for event in walk.events)


def _given_a_module(end: Followed, cls: ProjectClass) -> list[tuple[int, Value, Mapping[int, Thing]]]:
    """The instances that were built with a module as an argument: what it is only the caller knows."""
    built = [event.thing for event in end.built if event.thing in end.heap]
    return [(thing, frozenset(), end.heap) for thing in built if end.heap[thing].cls is cls]


def _derives(cls: ProjectClass | None, base: ProjectClass) -> bool:
    return cls is not None and base in cls.mro


def _has_defaults(entry: ScriptEntry) -> bool:
    """Whether it is a function whose caller may say otherwise than its parameters' defaults."""
    spec = entry.function.node.args if entry.function is not None and entry.driver is None else None
    return spec is not None and bool(spec.defaults or any(spec.kw_defaults))


def _has_parameters(entry: ScriptEntry) -> bool:
    """Whether it is a function that a caller gives something."""
    spec = entry.function.node.args if entry.function is not None and entry.driver is None else None
    return spec is not None and bool(parameter_names(spec))


def feeders(cls: ProjectClass, scripts: Iterable[SourceModule]) -> Iterator[tuple[SourceModule, str]]:
    """The other files that call a function of a script which builds a class, and may give it parts; by what name."""
    for script in dict.fromkeys((cls.module, *scripts)):
        for entry in _entries(script, cls):
            node = entry.function.node if entry.function is not None and _has_parameters(entry) else None
            if isinstance(node, ast.FunctionDef):
                yield from ((other, node.name) for other in callers_elsewhere(script, node, cls))


def _entries(module: SourceModule, cls: ProjectClass, through: tuple[str, ...] = ()) -> Iterator[ScriptEntry]:
    """The script itself, then each function and each driver's method that builds the class, those first that fit."""
    project = cls.module.project
    if module.fits or module is not cls.module:
        yield ScriptEntry(module.tree.body)
    every = [node for node in top_level(module.tree.body) if isinstance(node, ast.FunctionDef)]
    by_configuration = (INSTANTIATES,) if project.configuration_names(cls) else ()
    elsewhere = builders_elsewhere(cls) if module is not cls.module else ()
    names = _with_callers(project, every, (*cls.built_by, *tables_of(cls), *by_configuration, *elsewhere, *through))
    functions = [node for node in every if _calls_one(project, node, names)]
    for node in sorted(functions, key=lambda each: not _calls_one(project, each, ("fit",))):
        yield ScriptEntry([], Function(module, node))
    for driver in module.class_of_node.values():
        if not driver.is_module and "<locals>" not in driver.qualname:
            methods = _methods_of(driver)
            building = [each for each in methods if _calls_one(project, each.node, names)]
            fitting = [each for each in methods if building and _calls_one(project, each.node, ("fit",))]
            for method in dict.fromkeys((*fitting, *building)):
                yield ScriptEntry([], method, driver)


def _methods_of(driver: ProjectClass) -> list[Function]:
    """The methods of a class, those that it inherits included."""
    found: dict[str, Function] = {}
    for base in driver.own_bases:
        for name, node in base.methods.items():
            found.setdefault(name, Function(base.module, node, base))
    return list(found.values())


def _with_callers(project: Project, functions: list[ast.FunctionDef], names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, and those of the functions that call them, and so on for some steps."""
    found = names
    for _ in range(MOST_CALLERS):
        callers = [each.name for each in functions if each.name not in found and _calls_one(project, each, found)]
        if not callers:
            break
        found = (*found, *callers)
    return found


def code_that_builds(cls: ProjectClass, module: SourceModule, *through: str) -> Iterator[ast.stmt]:
    """The code of `module` that a walk of `cls` may begin in; it may call one of `through`."""
    for entry in _entries(module, cls, through):
        yield from (node for node in entry.body if not isinstance(node, ast.ClassDef | ast.FunctionDef))
        if entry.driver is not None:
            yield entry.driver.node
        elif entry.function is not None and isinstance(entry.function.node, ast.stmt):
            yield entry.function.node


def _calls_one(project: Project, node: ast.AST, names: tuple[str, ...]) -> bool:
    """Whether a function calls something by one of the names, a method of it, or out of a table of that name."""
    return may_say(node, names) and not project.asked_once(_called_in, node).isdisjoint(names)


def _called_in(node: ast.AST) -> frozenset[str]:
    inside = every_node(node)
    functions = [child.func for child in inside if isinstance(child, ast.Call)]
    by_name = {func.id for func in functions if isinstance(func, ast.Name)}
    methods = [func for func in functions if isinstance(func, ast.Attribute)]
    tables = {each.value.id for each in inside if isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name)}
    of_classes = {each.value.id for each in methods if isinstance(each.value, ast.Name)}
    return frozenset(by_name | tables | of_classes | {each.attr for each in methods})
