"""Looking back: what other files of the project do to a class, found by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from lintlight.model import Confidence
from lintlight.semantics.configuration.built import callbacks_built, is_built_by_yaml
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import every_node, is_false, last_name, parameter_names
from lintlight.semantics.values import Atom, ClassValue, External, Function, Unknown, Value
from lintlight.semantics.walks.built_callbacks import sure_despite_callbacks, where_training_begins
from lintlight.semantics.walks.scripts import callbacks_in
from lintlight.source.outline import may_say
from lintlight.source.parse import code_alone

LOADS_STRICTLY = (
    *("ckpt_path", "resume_from_checkpoint", "LightningCLI", "load_state_dict(", ".test(", ".validate(", ".predict("),
    *("Tuner", "lr_find", "scale_batch_size", "auto_lr_find"),
)
"""What loads a checkpoint of its own, or may: `test` after a `fit` takes the best."""
CHANGES = (".train()", "requires_grad", ".freeze(")
CHANGING = frozenset({"train", "requires_grad_", "freeze"})
"""What a script does to a module before it is trained, as words in its text and as methods."""
NOT_IN_TRAINING = (
    *("on_validation", "on_test", "on_predict", "on_sanity", "on_save", "on_load", "on_exception", "on_train_end"),
    *("on_fit_end", "teardown"),
)
SAVES = ("on_save_checkpoint", "_save_checkpoint")
LOADS_WEIGHTS = "load_model_state_dict"
"""The method of a strategy that does."""
PICKS_BY_NAME = re.compile(r"\binstantiate\(|\bimport_module\(|\bglobals\(\)|\bgetattr\(")
"""A script that may build any class of the project."""
BUILDS_BY_NAME = re.compile(r"\binstantiate\(|\bLightningCLI\b|\bimport_module\(")
"""A script that builds whatever a configuration names."""


def script_loads_leniently(cls: ProjectClass) -> bool | None:
    """Whether a script sets `strict_loading` on the module, or trains it with a strategy that is not strict.

    None when such a strategy is only chosen in some cases.
    """
    mentions = re.compile(rf"\b{re.escape(cls.node.name)}\b")
    project, asking = cls.module.project, cls.module
    for module in project.modules_with("strict_loading", asking):
        if _has_its_own(module, cls):
            continue
        builds = mentions.search(module.code) or BUILDS_BY_NAME.search(module.code)
        if builds and any(_sets_on(node, module, cls) for node in every_node(module.tree)):
            return True
        if any(map(_makes_lenient_what_it_fits, _functions(module.tree))):
            return True
    sometimes = False
    lenient: set[str] = set()
    for module in project.modules_with(LOADS_WEIGHTS, asking):
        is_lenient = "strict=False" in module.code and mentions.search(module.code)
        if is_lenient and any(map(_puts_in_its_own, every_node(module.tree))):
            return True
        lenient |= set(_lenient_strategies(module))
    for name in sorted(lenient):
        for module in project.modules_with(name, asking):
            if mentions.search(module.code) and not _has_its_own(module, cls):
                always = _always_calls(module.tree, name)
                if always:
                    return True
                sometimes = sometimes or always is False
    return None if sometimes else _is_only_loaded_leniently(cls)


def _has_its_own(module: SourceModule, cls: ProjectClass) -> bool:
    """Whether a file means a class of its own by the name: a copy for another experiment."""
    return module is not cls.module and cls.node.name in module.classes


def _puts_in_its_own(node: ast.AST) -> bool:
    """`trainer.strategy.load_model_state_dict = ...`."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(target, ast.Attribute) and target.attr == LOADS_WEIGHTS for target in targets)


def _is_only_loaded_leniently(cls: ProjectClass) -> bool:
    """Whether the project loads it with `load_from_checkpoint(..., strict=False)` only, and in no other way at all."""
    project, asking = cls.module.project, cls.module
    if project.index.notebooks:
        return False
    told = dict.fromkeys(module for word in LOADS_STRICTLY for module in project.modules_with(word, asking))
    texts = (code_alone(module.source.text) for module in told)
    if any(word in text for text in texts for word in LOADS_STRICTLY):
        return False
    strict = [
        [keyword.value for keyword in node.keywords if keyword.arg == "strict"]
        for path in project.files_naming("load_from_checkpoint", asking)
        if (module := project.try_module(path, asking)) is not None
        for node in every_node(module.tree)
        if isinstance(node, ast.Call)
        and last_name(node.func) == "load_from_checkpoint"
        and _may_load(node, module, cls)
    ]
    return bool(strict) and all(values and is_false(values[0]) for values in strict)


def _may_load(call: ast.Call, module: SourceModule, cls: ProjectClass) -> bool:
    """Whether `X.load_from_checkpoint(...)` may load a class: not where X is surely another one."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    value = module.project.resolve_expression(module, receiver)
    classes = [atom.cls for atom in value if isinstance(atom, ClassValue)]
    known = classes or any(isinstance(atom, External) for atom in value)
    return not known or any(cls in each.mro or each in cls.mro for each in classes)


def script_changes_what_it_fits(cls: ProjectClass) -> bool:
    """Whether a script switches or freezes something and fits it that may be a `cls`: nobody knows what it is."""
    project = cls.module.project
    if any(_switches_by_cli(module, cls) for module in project.modules_with("LightningCLI", cls.module)):
        return True
    for script in (cls.module, *project.scripts_with(CHANGES, cls.module)):
        if script.says(".fit(") and any(word in script.code for word in CHANGES):
            if BUILDS_BY_NAME.search(script.code) and any(map(_changes_the_module, callbacks_in(script))):
                return True
            for code in (_outside_functions(script.tree), *_functions(script.tree)):
                if any(_may_be(cls, script, code, name) for name in _changed_and_fitted(code)):
                    return True
    return False


def surely_trained_as_walked(cls: ProjectClass) -> Confidence:
    """How sure it can be that no callback which YAML builds switches or freezes what is trained."""
    return sure_despite_callbacks(cls, _changes_the_module)


def surely_trained_as_built(cls: ProjectClass, given: Iterable[ProjectClass]) -> Confidence:
    """The same of what only the YAML shows to be trained, where a script fits a class with the callbacks `given`.

    Those that the YAML builds count where a script fits what Hydra composes.
    """
    if any(map(_changes_the_module, given)):
        return Confidence.LOW
    return surely_trained_as_walked(cls) if any(where_training_begins(cls)) else Confidence.HIGH


def saving_callbacks(cls: ProjectClass, scripts: Sequence[SourceModule]) -> list[ProjectClass]:
    """The callbacks that change or write checkpoints which YAML builds, where it builds a class or what scripts use."""
    project = cls.module.project
    if not is_built_by_yaml(project, cls) and not any("instantiate" in script.code for script in scripts):
        return []
    return [each for each in callbacks_built(project, cls.module) if any(map(each.find_method, SAVES))]


def _switches_by_cli(module: SourceModule, cls: ProjectClass) -> bool:
    """Whether a command line that may build a class switches or freezes its model, or names a callback that does.

    So does a class that derives from LightningCLI, and a script with what LightningCLI made.
    """
    nodes = every_node(module.tree)
    calls = [node for node in nodes if isinstance(node, ast.Call) and _is_cli(node)]
    given = [atom for call in calls for each in call.args[:1] for atom in _resolved(module, each)]
    if given and not any(isinstance(atom, ClassValue) and cls in atom.cls.mro for atom in given):
        return False
    if any(map(_changes_the_module, callbacks_in(module))):
        return True
    changed = [
        ast.unparse(node.func.value)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING
    ]
    return any(f"{each}.".startswith(f"{model}.") for each in changed for model in _models_of_a_cli(nodes))


def _models_of_a_cli(nodes: Sequence[ast.AST]) -> set[str]:
    """How the code calls the model of a LightningCLI: `cli.model`, inside of its heirs `self.model`, or otherwise."""
    assigned = {ast.unparse(target): n.value for n in nodes if isinstance(n, ast.Assign) for target in n.targets}
    made = {f"{name}.model" for name, value in assigned.items() if isinstance(value, ast.Call) and _is_cli(value)}
    if any(isinstance(node, ast.ClassDef) and any(map(_is_cli, node.bases)) for node in nodes):
        made.add("self.model")
    return made | {name for name, value in assigned.items() if ast.unparse(value) in made}


def _resolved(module: SourceModule, node: ast.expr) -> Value:
    return module.project.resolve_expression(module, node)


def _is_cli(node: ast.expr) -> bool:
    return last_name(node.func if isinstance(node, ast.Call) else node).endswith("CLI")


def _changes_the_module(callback: ProjectClass) -> bool:
    """Whether a callback may switch or freeze what is trained, in a hook that is not only for validation."""
    methods = (node for name, node in callback.methods.items() if not name.startswith(NOT_IN_TRAINING))
    told = (node for node in methods if may_say(node, ("train", "grad", "freeze")))
    return any(_switches_or_freezes(node) for method in told for node in every_node(method))


def _switches_or_freezes(node: ast.AST) -> bool:
    """`x.train()`, `x.freeze_all(...)`, `x.requires_grad_(...)` or `x.requires_grad = ...`."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute) and target.attr == "requires_grad" for target in node.targets)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name = node.func.attr
    return name.startswith(("freeze", "unfreeze", "requires_grad_")) or (name == "train" and not node.args)


def _changed_and_fitted(code: ast.AST) -> set[str]:
    """What a function gives to `fit` when it may have switched it, or something of it, to train mode, or frozen it."""
    changed: list[tuple[str, int]] = []
    fitted: list[tuple[str, int]] = []
    loops: list[range] = []
    for node in every_node(code):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CHANGING and not (node.func.attr == "train" and node.args):
                changed.append((ast.unparse(node.func.value), node.lineno))
            elif node.func.attr == "fit":
                fitted += [(ast.unparse(each), node.lineno) for each in _given_to_fit(node)]
        elif isinstance(node, ast.For | ast.While):
            loops.append(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            if isinstance(node, ast.For) and any(map(_switches_or_freezes, every_node(node))):
                changed.append((ast.unparse(node.iter), node.lineno))
    return {
        name
        for name, fit in fitted
        for each, at in changed
        if f"{each}.".startswith(f"{name}.") and (at <= fit or any(at in loop and fit in loop for loop in loops))
    }


def _given_to_fit(call: ast.Call) -> list[ast.expr]:
    """What a call of `fit` trains."""
    return [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "model")]


def _may_be(cls: ProjectClass, script: SourceModule, code: ast.AST, name: str) -> bool:
    """Whether a name in some code may hold an instance of a class: it is not made of another one in plain sight."""
    assigned = [node for node in every_node(code) if isinstance(node, ast.Assign)]
    calls = [each.value for each in assigned if name in map(ast.unparse, each.targets)]
    made = [script.project.resolve_expression(script, call.func) for call in calls if isinstance(call, ast.Call)]
    known = [value for value in made if value and not any(isinstance(atom, Unknown) for atom in value)]
    if known:
        return not any(all(_makes_another(atom, cls) for atom in value) for value in known)
    return _may_build(cls, script)


def _makes_another(atom: Atom, cls: ProjectClass) -> bool:
    if isinstance(atom, ClassValue):
        return cls not in atom.cls.mro
    return not isinstance(atom, Function) or not _may_build(cls, atom.module)


def _may_build(cls: ProjectClass, module: SourceModule) -> bool:
    """Whether a file names a class, or picks classes by names that it works out."""
    return cls.node.name in module.code or PICKS_BY_NAME.search(module.code) is not None


def only_heirs_are_built(cls: ProjectClass) -> bool:
    """Whether the project trains classes that derive from one, and builds none of itself."""
    project, name = cls.module.project, cls.node.name
    heirs = project.heirs(cls)
    if not heirs or project.configuration_names(cls):
        return False
    names = {heir.node.name for heir in heirs}
    scripts = [cls.module, *project.scripts_naming(tuple(sorted(names)), cls.module)]
    if not any(script.says(".fit(") and _calls_by_name(script, names) for script in scripts):
        return False
    files = [project.try_module(path, cls.module) for path in project.files_naming(name, cls.module)]
    return all(module is not None and not _uses_by_name(module, name) for module in files)


def files_that_build(cls: ProjectClass) -> list[SourceModule]:
    """The files that call a class; none where a notebook, YAML or its own file may build it, too."""
    project, name = cls.module.project, cls.node.name
    if project.index.notebooks or project.configuration_names(cls) or project.files_with("LightningCLI", cls.module):
        return []
    files = [project.try_module(path, cls.module) for path in project.files_naming(name, cls.module)]
    builders = [module for module in files if module is not None and _calls_by_name(module, {name})]
    return [] if cls.module in builders else builders


def _calls_by_name(module: SourceModule, names: set[str]) -> bool:
    return any(isinstance(node, ast.Call) and last_name(node.func) in names for node in every_node(module.tree))


def _uses_by_name(module: SourceModule, name: str) -> bool:
    """Whether a class is named otherwise than as a base or in `super()`: it may be built, or be in a table."""
    nodes = every_node(module.tree)
    aside = {id(base) for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases}
    aside |= {
        id(arg) for node in nodes if isinstance(node, ast.Call) and last_name(node.func) == "super" for arg in node.args
    }
    return any(
        id(node) not in aside and name in {getattr(node, "id", ""), getattr(node, "attr", "")}
        for node in nodes
        if isinstance(node, ast.Name | ast.Attribute)
    )


def is_trained_by_hand(cls: ProjectClass) -> bool:
    """Whether nothing in the project is fitted, and a file has a loop of its own that puts a module into train mode.

    A notebook that names the class may hand it to somebody who fits it.
    """
    project = cls.module.project
    if project.index.tagged("fit") or project.files_with("LightningCLI", cls.module):
        return False
    loops = project.files_with(".backward(", cls.module, (".train()",))
    modules = [project.try_module(path, cls.module) for path in loops]
    has_a_loop = any(
        not any(each.is_lightning for each in module.classes.values()) and _goes_back(module.tree)
        for module in modules
        if module is not None
    )
    return has_a_loop and not project.notebooks_naming((cls.node.name, "LightningCLI"), cls.module)


def _goes_back(tree: ast.Module) -> bool:
    """Whether something calls `backward`, other than a hook that calls its base's."""
    calls = (node.func for node in every_node(tree) if isinstance(node, ast.Call))
    backward = [func for func in calls if isinstance(func, ast.Attribute) and func.attr == "backward"]
    return any(not (isinstance(func.value, ast.Call) and last_name(func.value.func) == "super") for func in backward)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in every_node(tree) if isinstance(node, ast.FunctionDef))


def _outside_functions(tree: ast.Module) -> ast.Module:
    """What a script runs itself."""
    return ast.Module([each for each in tree.body if not isinstance(each, ast.FunctionDef | ast.ClassDef)], [])


def _sets_from_outside(node: ast.AST) -> bool:
    """`model.strict_loading = False`."""
    return (
        isinstance(node, ast.Assign)
        and is_false(node.value)
        and any(
            isinstance(target, ast.Attribute)
            and target.attr == "strict_loading"
            and not (isinstance(target.value, ast.Name) and target.value.id == "self")
            for target in node.targets
        )
    )


def _sets_on(node: ast.AST, module: SourceModule, cls: ProjectClass) -> bool:
    """Whether that may be set on a `cls`: not where what it is set on is surely made of another class."""
    if not isinstance(node, ast.Assign) or not _sets_from_outside(node):
        return False
    owners = {ast.unparse(target.value) for target in node.targets if isinstance(target, ast.Attribute)}
    is_inside = any(base.holds(module.span(node)) for base in cls.own_bases)
    if is_inside and all(owner.startswith("self.") for owner in owners):  # on a part of its own
        return False
    made = [
        each.value
        for each in every_node(module.tree)
        if isinstance(each, ast.Assign) and any(ast.unparse(target) in owners for target in each.targets)
    ]
    return not made or any(not isinstance(value, ast.Call) or _may_load(value, module, cls) for value in made)


def _makes_lenient_what_it_fits(function: ast.FunctionDef) -> bool:
    """`def train(model): model.strict_loading = False` and `trainer.fit(model)`."""
    parameters = set(parameter_names(function.args))
    set_here = {
        target.value.id
        for node in every_node(function)
        if isinstance(node, ast.Assign) and _sets_from_outside(node)
        for target in node.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    }
    calls = [node for node in every_node(function) if isinstance(node, ast.Call) and last_name(node.func) == "fit"]
    return any(getattr(each, "id", "") in set_here & parameters for call in calls for each in _given_to_fit(call))


def _lenient_strategies(module: SourceModule) -> Iterator[str]:
    for cls in module.classes.values():
        method = cls.methods.get(LOADS_WEIGHTS)
        if method is not None and not cls.is_lightning:
            given = [
                node.value for node in every_node(method) if isinstance(node, ast.keyword) and node.arg == "strict"
            ]
            if any(map(is_false, given)):
                yield cls.node.name


def _always_calls(tree: ast.AST, name: str) -> bool | None:
    """Whether a class is called, and nowhere only in a branch; None when it is not called."""
    calls = {id(node) for node in every_node(tree) if isinstance(node, ast.Call) and last_name(node.func) == name}
    in_branch = {
        id(node)
        for branch in every_node(tree)
        if isinstance(branch, ast.If | ast.IfExp | ast.Try | ast.TryStar | ast.Match) and not _is_main(branch)
        for node in every_node(branch)
    }
    return not calls & in_branch if calls else None


def _is_main(node: ast.AST) -> bool:
    """`if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
