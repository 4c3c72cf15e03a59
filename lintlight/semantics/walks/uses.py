"""Looking back: what a project builds a class for."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import TypeGuard

from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import every_node, last_name, parameter_names
from lintlight.semantics.resolve.trail import FITS
from lintlight.semantics.values import ClassValue
from lintlight.semantics.walks.callers import scripts_naming
from lintlight.source.files import NOTEBOOK
from lintlight.source.outline import may_say

MOST_FILES = 20
"""A name in more files than this says nothing."""
FROM_CHECKPOINT = "load_from_checkpoint"
MAY_TRAIN = re.compile(r"(?:\w+_)?(?:train|fit|finetune|run|main)\w*")
"""What a function is called that may train what it is given."""
RUNS_ONLY = frozenset({"predict", "test", "validate"})
"""The methods of a Trainer that do not train."""
OF_SCIKIT_LEARN = re.compile(r"\b(?:sklearn|xgboost|lightgbm|catboost|cuml|statsmodels)\b")
OF_A_PARSER = re.compile(r"arg|parser")
"""What is asked of a class for a command line builds none: `Net.add_model_specific_args(parser)`."""


def only_infers(cls: ProjectClass) -> bool:
    """Whether the project only ever runs a class with weights that it has learnt elsewhere.

    So it is where each file that names it builds it to load a checkpoint or for eval mode, and none of them trains.
    What a notebook defines nobody else can import.
    """
    project, name = cls.module.project, cls.node.name
    if cls.module.path.suffix == NOTEBOOK:
        return not _has_a_trainer_fit(cls.module) and _all(_uses(cls.module, name, or_in_eval=True))
    if may_train(cls.module):
        return False
    if project.configuration_names(cls) or project.index.files_deriving(name):
        return False
    files = [path for path in project.files_naming(name, cls.module) if path != cls.module.path]
    if len(files) > MOST_FILES:
        return False
    modules = [project.try_module(path, cls.module) for path in files]
    others = [module for module in modules if module is not None and not _means_another(module, cls)]
    if any(map(may_train, others)):
        return False
    if any(_has_a_trainer_fit(script) for script in scripts_naming(cls) if not _means_another(script, cls)):
        return False
    # In its own file a try-out may set eval mode, too.
    here = _uses(cls.module, name, or_in_eval=False)
    return _all(chain(here, (use for module in others for use in _uses(module, name, or_in_eval=True))))


def _means_another(module: SourceModule, cls: ProjectClass) -> bool:
    """Whether a file means another class by the name: one of its own, or one that it imports from elsewhere."""
    found = [atom.cls for atom in module.lookup(cls.node.name) if isinstance(atom, ClassValue)]
    return cls.node.name in module.classes or (bool(found) and cls not in found)


def may_train(module: SourceModule) -> bool:
    """Whether a file may train: what `fit` does there without any Trainer is scikit-learn's, most likely."""
    code = module.code
    fits = FITS.decode() in code and ("Trainer" in code or not OF_SCIKIT_LEARN.search(code))
    return fits or _has_a_trainer_fit(module)


def _has_a_trainer_fit(module: SourceModule) -> bool:
    """`trainer.fit(...)`, `Trainer(...).fit(...)`, or whatever a LightningCLI is told to do."""
    if module.says("LightningCLI"):
        return True
    parts = module.tree.body if module.says(".fit(") else ()
    nodes = (node for part in parts if may_say(part, ("fit",)) for node in every_node(part))
    fitted = (node.value for node in nodes if isinstance(node, ast.Attribute) and node.attr == "fit")
    makers = (value.func if isinstance(value, ast.Call) else value for value in fitted)
    return any("trainer" in last_name(maker).lower() for maker in makers)


def _all(uses: Iterable[bool]) -> bool:
    """All of them, and at least one; nobody is asked behind the first that is not."""
    use = False
    for use in uses:
        if not use:
            break
    return use


def _uses(module: SourceModule, name: str, *, or_in_eval: bool) -> Iterator[bool]:
    """For each place that names a class, but for imports, annotations and `super()`, whether it is for inference.

    So it is where what was built is run with weights, or, with `or_in_eval`, is put into eval mode. A module that was
    saved whole need not be named.
    """
    nodes = every_node(module.tree)
    aside = {id(inner) for node in nodes for hint in _annotations(node) for inner in every_node(hint)}
    aside |= {id(each) for node in nodes if _is_super(node) for each in node.args}
    calls = {id(node.func): node for node in nodes if isinstance(node, ast.Call)}
    loads = {id(node.value): node for node in nodes if isinstance(node, ast.Attribute) and node.attr == FROM_CHECKPOINT}
    aside |= {id(node.value) for node in nodes if isinstance(node, ast.Attribute) and OF_A_PARSER.search(node.attr)}
    run = {id(given) for call in calls.values() if last_name(call.func) in RUNS_ONLY for given in call.args}
    for node in nodes:
        if last_name(node) == name and id(node) not in aside:
            built = calls.get(id(node))
            load = loads.get(id(node)) or loads.get(
                id(built)
            )  # `Net.load_from_checkpoint`, `Net().load_from_checkpoint`
            call = calls.get(id(load)) if load is not None else built
            has_weights = load is not None or id(call) in run
            yield call is not None and _is_for_inference(module, call, has_weights=has_weights, or_in_eval=or_in_eval)
    for loaded in calls.values():
        if ast.unparse(loaded.func) == "torch.load" and _is_for_inference(module, loaded, has_weights=False):
            yield True


def _is_for_inference(module: SourceModule, call: ast.Call, *, has_weights: bool, or_in_eval: bool = False) -> bool:
    """Whether what a call builds has weights, or is put into eval mode, and is handed to nobody who may train it."""
    nodes = every_node(module.tree)
    returned = [node.value for node in nodes if isinstance(node, ast.Return) and node.value is not None]
    if any(inner is call for value in returned for inner in every_node(value)):
        return False
    names = [
        ast.unparse(target)
        for node in nodes
        if isinstance(node, ast.Assign) and any(inner is call for inner in every_node(node.value))
        for target in node.targets
    ]
    if any(ast.unparse(value) in names for value in returned):
        return False
    if names and any(_may_train_one(node, names) for node in nodes):
        return False
    return has_weights or (bool(names) and any(_runs_one(node, names, or_in_eval=or_in_eval) for node in nodes))


def _may_train_one(node: ast.AST, names: Collection[str]) -> bool:
    """`trainer.fit(net)`, `run_training(cfg, net=net)`; `def train(net): ...`, whoever calls it."""
    match node:
        case ast.Call(func=func, args=args, keywords=keywords) if MAY_TRAIN.fullmatch(last_name(func)):
            given = [inner for value in (*args, *(each.value for each in keywords)) for inner in every_node(value)]
            return any(isinstance(each, ast.Name | ast.Attribute) and ast.unparse(each) in names for each in given)
        case ast.FunctionDef(name=name, args=spec) if MAY_TRAIN.fullmatch(name):
            return not set(names).isdisjoint(parameter_names(spec))
    return False


def _runs_one(node: ast.AST, names: Collection[str], *, or_in_eval: bool) -> bool:
    """`net.load_state_dict(...)`, `trainer.test(net)`; or also `net.eval()`."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="eval"), args=[]) if or_in_eval:
            return ast.unparse(owner) in names
        case ast.Call(func=ast.Attribute(value=owner, attr="load_state_dict")):
            return ast.unparse(owner) in names
        case ast.Call(func=ast.Attribute(attr=method), args=args, keywords=keywords) if method in RUNS_ONLY:
            first = [*args, *(each.value for each in keywords if each.arg == "model")][:1]
            return any(ast.unparse(each) in names for each in first)
    return False


def _is_super(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    hints = (getattr(node, field, None) for field in ("annotation", "returns"))
    return (hint for hint in hints if isinstance(hint, ast.AST))
