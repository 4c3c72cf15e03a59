"""Looking back: what a project builds a class for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeGuard

from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.resolve.trail import FITS
from lintlight.semantics.values import ClassValue
from lintlight.semantics.walks.callers import scripts_naming
from lintlight.source.files import NOTEBOOK

MOST_FILES = 20
"""A name in more files than this says nothing."""
FROM_CHECKPOINT = "load_from_checkpoint"
TRAINER_FITS = re.compile(r"(?i:trainer\w*(\([^)]*\))?\.fit\()|LightningCLI")
TRAINED = r"(?:\.fit|\b(?:\w+_)?(?:train|fit|finetune|run|main)\w*)\([^)]*(?<![\w.])({names})\b"
IN_EVAL_MODE = r"(?<![\w.])({names})\.eval\(\)"
RUNS = r"(?<![\w.])({names})\.load_state_dict\(|\.(predict|test|validate)\(\s*(model\s*=\s*)?({names})\b(?!\.)"
"""What is done with a module in order to run it with weights that it has learnt elsewhere."""
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
        return not TRAINER_FITS.search(cls.module.code) and _all(_uses(cls.module, name, f"{IN_EVAL_MODE}|{RUNS}"))
    if _may_train(cls.module):
        return False
    if project.configuration_names(cls) or project.index.files_deriving(name):
        return False
    files = [path for path in project.files_naming(name, cls.module) if path != cls.module.path]
    if len(files) > MOST_FILES:
        return False
    modules = [project.try_module(path, cls.module) for path in files]
    others = [module for module in modules if module is not None and not _means_another(module, cls)]
    if any(map(_may_train, others)):
        return False
    if any(TRAINER_FITS.search(script.code) for script in scripts_naming(cls) if not _means_another(script, cls)):
        return False
    elsewhere = (use for module in others for use in _uses(module, name, f"{IN_EVAL_MODE}|{RUNS}"))
    return _all(chain(_uses(cls.module, name, RUNS), elsewhere))  # a try-out beside it may set eval mode, too


def _means_another(module: SourceModule, cls: ProjectClass) -> bool:
    """Whether a file means another class by the name: one of its own, or one that it imports from elsewhere."""
    found = [atom.cls for atom in module.lookup(cls.node.name) if isinstance(atom, ClassValue)]
    return cls.node.name in module.classes or (bool(found) and cls not in found)


def _may_train(module: SourceModule) -> bool:
    """Whether a file may train: what `fit` does there without any Trainer is scikit-learn's, most likely."""
    code = module.code
    fits = FITS.decode() in code and ("Trainer" in code or not OF_SCIKIT_LEARN.search(code))
    return fits or TRAINER_FITS.search(code) is not None


def _all(uses: Iterable[bool]) -> bool:
    """All of them, and at least one; nobody is asked behind the first that is not."""
    use = False
    for use in uses:
        if not use:
            break
    return use


def _uses(module: SourceModule, name: str, runs: str) -> Iterator[bool]:
    """For each place that names a class, but for imports, annotations and `super()`, whether it is for inference.

    `runs` is what is done for that with what was built. A module that was saved whole need not be named.
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
            yield call is not None and _is_for_inference(module, call, runs, has_weights=has_weights)
    for loaded in calls.values():
        if ast.unparse(loaded.func) == "torch.load" and _is_for_inference(module, loaded, RUNS, has_weights=False):
            yield True


def _is_for_inference(module: SourceModule, call: ast.Call, runs: str, *, has_weights: bool) -> bool:
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
    either = "|".join(map(re.escape, names))
    if names and re.search(TRAINED.format(names=either), module.code):
        return False
    return has_weights or (bool(names) and re.search(runs.format(names=either), module.code) is not None)


def _is_super(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    hints = (getattr(node, field, None) for field in ("annotation", "returns"))
    return (hint for hint in hints if isinstance(hint, ast.AST))
