"""What of the project the YAML builds, and out of which recipes: for a class, for a key, and beside a recipe."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from lintlight.model import Related
from lintlight.semantics.configuration.recipes import Recipe, configuration_of, variants
from lintlight.semantics.configuration.tree import OPEN, Open, Row, Table
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import by_position, every_node, last_name, nodes_around, parameter_names
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.resolve.targets import class_of, owner_and_name
from lintlight.semantics.values import MOST_ATOMS, ClassValue, External, ModuleValue

MOST_VARIANTS = 8
MOST_ALTERNATIVES = MOST_ATOMS
"""So many classes may be built for one key; one of more could be anything, unless a list of defaults names it."""
CLI = "LightningCLI"


def recipes_of(project: Project, cls: ProjectClass) -> list[Recipe]:
    """How the project's YAML builds `cls`; the first few, where there are too many ways to walk each."""
    named = configuration_of(project).named(cls.node.name)
    found = [recipe for recipe in named if class_of(cls.module, recipe.target) == {ClassValue(cls)}]
    return variants([*found, *_given_by_cli(project, cls)])[:MOST_VARIANTS]


def is_built_by_yaml(project: Project, cls: ProjectClass) -> bool:
    """Whether the project's YAML builds a class, or says what LightningCLI gives it."""
    return project.configuration_names(cls) or bool(_given_by_cli(project, cls))


def _given_by_cli(project: Project, cls: ProjectClass) -> list[Recipe]:
    """What stands under `model:` in the project's YAML, where the program gives the class to LightningCLI."""
    built = dict.fromkeys(
        each for module in project.modules_with(CLI, cls.module) for each in project.asked_once(_built_by_cli, module)
    )
    heirs = [each for each in built if cls in each.mro]
    if not heirs:
        return []
    known = {parameter.arg for each in (cls, *heirs) for parameter in _parameters(each)}
    return [recipe for recipe in configuration_of(project).models if recipe.table.items.keys() <= known]


def _built_by_cli(module: SourceModule) -> Sequence[ProjectClass]:
    """The classes that a file gives to LightningCLI, or to a class that derives from it."""
    return tuple(_given_to_cli(module))


def _given_to_cli(module: SourceModule) -> Iterator[ProjectClass]:
    for node in every_node(module.tree):
        if isinstance(node, ast.Call) and last_name(node.func).endswith("CLI"):
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "model_class")]
            for atom in (atom for each in given for atom in module.project.resolve_expression(module, each)):
                if isinstance(atom, ClassValue):
                    yield atom.cls


def callbacks_built(project: Project, asking: SourceModule) -> Iterator[ProjectClass]:
    """The project's callbacks that its YAML builds."""
    return callbacks_among(filter(_is_for_a_callback, configuration_of(project).recipes), asking)


def callbacks_among(recipes: Iterable[Recipe], asking: SourceModule) -> Iterator[ProjectClass]:
    """The project's callbacks that those recipes build."""
    for target in dict.fromkeys(each.target for each in recipes):
        for atom in class_of(asking, target) if target else ():
            if isinstance(atom, ClassValue) and atom.cls.is_callback:
                yield atom.cls


def _is_for_a_callback(recipe: Recipe) -> bool:
    is_below = recipe.for_callbacks or recipe.table.span.path.parent.name == "callbacks"
    return is_below or "callback" in recipe.target.lower()


def asked_for(given: ast.expr | None, asking: SourceModule, cls: ProjectClass | None) -> list[Recipe]:
    """What `instantiate(given)` may build: the only thing that is built for the key, else each that is a module.

    A module that is built out of different things is as many.

    A key that the YAML does not have may be an attribute of `cls`, named otherwise than the parameter it was given.
    """
    key = key_of(given)
    configuration = configuration_of(asking.project)
    for name in (key, *_stored_as(cls, key)):
        found = configuration.alternatives(name, asking.path)
        apart = configuration.alternatives(name, asking.path, apart=True)
        if len(apart) > 1 and all(_is_part(each, asking, cls) for each in found):
            by_default = [each for each in found if each.composed]
            found = next((each for each in (apart, found, by_default) if len(each) <= MOST_ALTERNATIVES), [])
        elif len(found) > 1:
            found = []
        if found:
            return found
    return []


def config_of(node: ast.Call) -> ast.expr | None:
    """What `instantiate` is given as the config."""
    return handed(node, ["config"], "config")


def handed(node: ast.Call, names: Sequence[str], name: str) -> ast.expr | None:
    """What a call gives to a parameter, as it is written."""
    places = dict(zip(names, node.args, strict=False))
    return places.get(name) or next((each.value for each in node.keywords if each.arg == name), None)


def handed_on(given: ast.expr | None, code: ast.AST | None) -> str:
    """The parameter of a function that its `instantiate` is given as it came; empty for anything else."""
    if not isinstance(code, ast.FunctionDef) or not isinstance(given, ast.Name):
        return ""
    if given.id not in parameter_names(code.args):
        return ""
    is_changed = any(isinstance(each.ctx, ast.Store) for each in every_node(code) if _is_named(each, given.id))
    return given.id if not is_changed else ""


def given_in(module: SourceModule, function: ast.FunctionDef, parameter: str) -> Iterator[ast.expr]:
    """What the calls in a file give to a parameter of one of its functions or methods."""
    places = [each for each in by_position(function.args) if each not in {"self", "cls"}]
    for part in module.tree.body:
        for node in nodes_around(part, [function.name]):
            if isinstance(node, ast.Call) and last_name(node.func) == function.name:
                given = handed(node, places, parameter)
                yield from [given] if given is not None else []


def _is_named(node: ast.AST, name: str) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name


def key_of(given: ast.expr | None) -> str:
    """The last name in the config that is asked for: `cfg.model` and `cfg["model"]` are `model`."""
    if isinstance(given, ast.Attribute):
        return given.attr
    if isinstance(given, ast.Name):
        return given.id
    if isinstance(given, ast.Subscript) and isinstance(given.slice, ast.Constant):
        return str(given.slice.value)
    return ""


def _parameters(cls: ProjectClass) -> list[ast.arg]:
    """What the constructor of a class may be given by name."""
    init = cls.find_method("__init__")
    return [*init.node.args.args[1:], *init.node.args.kwonlyargs] if init is not None else []


def _stored_as(cls: ProjectClass | None, attribute: str) -> Sequence[str]:
    """The parameters of a class that its constructor stores under another name."""
    init = cls.find_method("__init__") if cls is not None else None
    if init is None:
        return ()
    kept = init.module.project.asked_once(_stored_by, init.node)
    return [name for name, stored in kept if stored == attribute != name]


def _stored_by(init: ast.AST) -> Sequence[tuple[str, str]]:
    """The parameters that a constructor stores, and under what names."""
    return tuple(_pairs_stored_by(init))


def _pairs_stored_by(init: ast.AST) -> Iterator[tuple[str, str]]:
    for node in every_node(init):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            yield from ((node.value.id, target.attr) for target in node.targets if isinstance(target, ast.Attribute))


def _is_part(recipe: Recipe, asking: SourceModule, holder: ProjectClass | None) -> bool:
    """Whether a recipe builds a module that a LightningModule may hold: another one only where `holder` is one."""
    owner, name = owner_and_name(asking, recipe.target)
    for atom in owner:
        if isinstance(atom, External):
            dotted = atom.dotted if name in catalog.EVAL_FACTORIES else f"{atom.dotted}.{name}"
            return catalog.is_model_class(dotted) or catalog.is_torch_module_class(dotted)
        if isinstance(atom, ModuleValue | ClassValue):
            made = owner if name in catalog.EVAL_FACTORIES else asking.project.member(owner, name, asking)
            in_another = holder is not None and holder.is_lightning
            return all(
                isinstance(each, ClassValue)
                and each.cls.is_module
                and (not each.cls.is_lightning or (in_another and holder not in each.cls.mro))
                for each in made
            )
    return False


def groups(project: Project, cls: ProjectClass, recipe: Recipe) -> dict[str, list[Recipe]]:
    """The modules that config groups below a recipe give to parameters of which the recipe itself says nothing."""
    items, below = recipe.table.items, configuration_of(project).below
    names = [each.arg for each in _parameters(cls) if items.get(each.arg, OPEN) == OPEN]
    found = {name: below(recipe, name) for name in names}
    return {
        name: recipes
        for name, recipes in found.items()
        if 0 < len(recipes) <= MOST_ALTERNATIVES and all(_is_part(each, cls.module, None) for each in recipes)
    }


def is_nested(project: Project, cls: ProjectClass, recipe: Recipe) -> bool:
    """Whether a recipe gives more than literals."""
    items = recipe.table.items.values()
    return bool(groups(project, cls, recipe)) or any(
        isinstance(item, Table | Row) or (isinstance(item, Open) and item.path) for item in items
    )


def builds_inside(cls: ProjectClass) -> bool:
    """Whether a class builds parts of its config itself, so that it is given them as they stand."""
    nodes = (node for base in cls.own_bases for node in nodes_around(base.node, ["instantiate"]))
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in nodes if isinstance(node, ast.expr)}
    return any("instantiate" in name for name in names - {"instantiate_classes"})  # jsonargparse's builds the whole


def is_called(cls: ProjectClass, parameter: str) -> bool:
    """Whether a parameter is annotated as what makes a module: `Callable[[int], Backbone]`."""
    annotated = (each.annotation for each in _parameters(cls) if each.arg == parameter and each.annotation is not None)
    return any(map(_makes_a_module, annotated))


def _makes_a_module(annotation: ast.expr) -> bool:
    for node in every_node(annotation):
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Callable":
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
            makes_tensors = any(last_name(each) == "Tensor" for made in parts[1:] for each in every_node(made))
            return bool(parts) and isinstance(parts[0], ast.List) and not makes_tensors
    alias = last_name(annotation)  # a bare `Callable` may be the module itself
    return alias.endswith("Callable") and alias != "Callable"


def place(project: Project, table: Table) -> Related:
    """The line that says what is built, for a reader."""
    path = table.span.path
    name = path.relative_to(project.root) if path.is_relative_to(project.root) else path
    return Related(f"built as `{name.as_posix()}` says", table.span)
