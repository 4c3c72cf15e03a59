"""What YAML builds, in the machine: `hydra.utils.instantiate` in code, and modules that a file describes whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from lintlight.model import Related
from lintlight.semantics.configuration.recipes import BY_CLI, NOT_ARGUMENTS, Recipe, variants
from lintlight.semantics.configuration.tree import Leaf, Open, Row, Table, Tree
from lintlight.semantics.heap import Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import calls, expressions
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import dotted_name, every_node, last_name, nodes_around
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.resolve.targets import class_of, owner_and_name
from lintlight.semantics.values import (
    UNKNOWN,
    Assumed,
    Atom,
    ClassValue,
    Const,
    External,
    Function,
    LeftOut,
    ModuleValue,
    Optimizer,
    Params,
    Partial,
    Ref,
    Value,
    const,
    union,
)

MOST_VARIANTS = 4
MOST_ALTERNATIVES = 8
"""So many classes may be built for one key; one of more could be anything."""
MOST_DEPTH = 20
CLI = "LightningCLI"
INSTANTIATE: tuple[str, ...] = (
    "hydra.utils.instantiate",
    "hydra.utils.call",
    "hydra._internal.instantiate._instantiate2.instantiate",
)


def place(project: Project, table: Table) -> Related:
    """The line that says what is built, for a reader."""
    path = table.span.path
    name = path.relative_to(project.root) if path.is_relative_to(project.root) else path
    return Related(f"built as `{name.as_posix()}` says", table.span)


def instantiate(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`hydra.utils.instantiate(config, ...)`: the config as it is known, else the only thing built for its key."""
    config = args.get(0, "config") or UNKNOWN
    extra = Arguments(args.positional[1:], {k: v for k, v in args.keywords.items() if k not in _NOT_PASSED})
    over = extra.keywords.get("params")
    if over is None and extra.positional and "optim" in key_of(node):  # other things average parameters, for instance
        over = extra.positional[0]
    if over is not None and any(isinstance(atom, Params) for atom in over):
        given = frozenset(atom for atom in over if isinstance(atom, Params))
        return frozenset({Optimizer(wrapped=False, made=machine.span(node), over=given)})
    nested = args.keywords.get("_recursive_") != const(False)
    known = [number for number in state.things(config) if state.heap[number].kind in {Kind.DICT, Kind.LIST}]
    if known:
        return union([build(machine, number, extra, nested, node, state) for number in known])
    modules = frozenset(a for a in config if isinstance(a, Ref) and a.thing in state.heap)
    if modules:  # built already, when the config was
        return modules
    frame = machine.frame
    recipes = asked_for(node, frame.module, frame.owner)
    first, made = machine.made, frozenset[Atom]()
    for recipe in recipes:
        (ref,) = put(machine, recipe.table, state)
        assert isinstance(ref, Ref)
        made |= build(machine, ref.thing, extra, nested and recipe.nested, node, state)
    if len(recipes) > 1:
        machine.guessed.update(range(first + 1, machine.made + 1))
        machine.alternatives.append(frozenset(state.things(made)))
    return made or UNKNOWN


def asked_for(node: ast.Call, asking: SourceModule, cls: ProjectClass | None) -> list[Recipe]:
    """What `instantiate(config)` may build: the only thing that is built for the key, else each that is a module.

    A module that is built out of different things is as many.

    A key that the YAML does not have may be an attribute of `cls`, named otherwise than the parameter it was given.
    """
    key = key_of(node)
    configuration = asking.project.configuration
    for name in (key, *_parameters_of(cls, key)):
        found = configuration.alternatives(name, asking.path)
        apart = configuration.alternatives(name, asking.path, apart=True)
        if len(apart) > 1 and all(_is_part(each, asking, cls) for each in found):
            found = next((each for each in (apart, found) if len(each) <= MOST_ALTERNATIVES), [])
        elif len(found) > 1:
            found = []
        if found:
            return found
    return []


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


def _parameters_of(cls: ProjectClass | None, attribute: str) -> Iterator[str]:
    """The parameters of a class that its constructor stores under another name."""
    init = cls.find_method("__init__") if cls is not None else None
    for node in every_node(init.node) if init is not None else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id != attribute:
            stored = [target.attr for target in node.targets if isinstance(target, ast.Attribute)]
            yield from [node.value.id] if attribute in stored else []


_NOT_PASSED = NOT_ARGUMENTS | {"config"}


def key_of(node: ast.Call) -> str:
    """The last name in the config that is asked for: `cfg.model` and `cfg["model"]` are `model`."""
    given = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "config"), None)
    if isinstance(given, ast.Attribute):
        return given.attr
    if isinstance(given, ast.Name):
        return given.id
    if isinstance(given, ast.Subscript) and isinstance(given.slice, ast.Constant):
        return str(given.slice.value)
    return ""


def said(value: object) -> Value:
    """A literal of the configuration."""
    return const(value, assumed=Assumed.BY_CONFIGURATION)


def put(machine: Machine, tree: Tree, state: State) -> Value:
    """A tree on the heap as the config object that the program sees; nothing in it is built yet."""
    if isinstance(tree, Leaf):
        return said(tree.value)
    if isinstance(tree, Row):
        return expressions.make_list(machine, [put(machine, item, state) for item in tree.items], state)
    if isinstance(tree, Open) and tree.among:
        return union(said(leaf.value) if leaf is not None else frozenset({LeftOut()}) for leaf in tree.among)
    if isinstance(tree, Open):
        recipe = machine.project.configuration.for_key(tree.path.rpartition(".")[2]) if tree.path else None
        if recipe is None or len(machine.filling) > MOST_VARIANTS or tree.path in machine.filling:
            return UNKNOWN
        machine.filling.append(tree.path)
        made = put(machine, recipe.table, state)
        machine.filling.pop()
        return made
    held = {name: Attribute(put(machine, item, state)) for name, item in tree.items.items()}
    if not tree.whole:
        held["[?]"] = Attribute(UNKNOWN)
    made = machine.put(Thing(Kind.DICT, attributes=held), state)
    for number in state.things(made):
        machine.configured[number] = place(machine.project, tree)
    return made


def build(
    machine: Machine, number: int, extra: Arguments, nested: bool, node: ast.Call, state: State, *, later: bool = False
) -> Value:
    """What Hydra makes of a config object: the thing it describes, with what is inside built first.

    `later` where what LightningCLI gives is called to get the thing.
    """
    thing = state.heap[number]
    if thing.kind is Kind.LIST:
        items = [_build_inside(machine, a.value, node, state) for a in thing.attributes.values()]
        return expressions.make_list(machine, items, state) if nested else frozenset({Ref(number)})
    if "_target_" not in thing.attributes:
        if not nested:
            return frozenset({Ref(number)})
        held = {n: replace(a, value=_build_inside(machine, a.value, node, state)) for n, a in thing.attributes.items()}
        return machine.put(replace(thing, attributes=held), state)
    later = later and BY_CLI in thing.attributes
    partial = thing.attributes.get("_partial_")
    if partial is not None and not later and partial.value != said(False):
        later = partial.value == said(True)
        if not later:
            return UNKNOWN
    given = {name: a.value for name, a in thing.attributes.items() if name not in NOT_ARGUMENTS and name != "[?]"}
    if nested and thing.attributes.get("_recursive_") != Attribute(said(False)):
        given = {name: _build_inside(machine, value, node, state) for name, value in given.items()}
    is_open = extra.open or "[?]" in thing.attributes
    args = Arguments(extra.positional, {**given, **extra.keywords}, open=is_open)
    targets = [a.value for a in thing.attributes["_target_"].value if isinstance(a, Const) and isinstance(a.value, str)]
    act = _postponed if later else _built
    return union([act(machine, number, target, args, node, state) for target in dict.fromkeys(targets)] or [UNKNOWN])


def _build_inside(machine: Machine, value: Value, node: ast.Call, state: State, *, later: bool = False) -> Value:
    nothing = Arguments([], {})
    if len(value) == 1:
        (atom,) = value
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind in {Kind.DICT, Kind.LIST}:
            return build(machine, atom.thing, nothing, True, node, state, later=later)
    return value


def _built(machine: Machine, config: int, target: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """Call the class or function that a config names, and remember that what comes of it rests on the file."""
    owner, name = owner_and_name(machine.frame.module, target)
    if len(owner) != 1 or len(machine.frames) > MOST_DEPTH:
        return UNKNOWN
    (atom,) = owner
    first = machine.made
    call = _call_of(target, node)
    made = calls.call_method(machine, atom, name, args, call, state)
    for number in state.things(made):
        origin = state.heap[number].origin
        if origin is not None and origin.span == machine.span(call):
            state.heap[number] = replace(state.heap[number], origin=replace(origin, by_file=True))
    reason = machine.configured.get(config)
    if reason is not None:
        for number in range(first + 1, machine.made + 1):
            machine.configured.setdefault(number, reason)
    return made


def _postponed(machine: Machine, config: int, target: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """The class or function that a config names, with its arguments, to be called by the one who gets it."""
    owner, name = owner_and_name(machine.frame.module, target)
    found = machine.project.member(owner, name, machine.frame.module)
    given = tuple(args.keywords.items())
    makers = [atom for atom in found if isinstance(atom, ClassValue | Function | External)]
    return frozenset(Partial(atom, (), given, config) for atom in makers) or UNKNOWN


def _call_of(target: str, node: ast.Call) -> ast.Call:
    """The call as it would be written, at the place where the config is built."""
    name = dotted_name(target)
    call = ast.Call(name, [], []) if name is not None else node
    for child in every_node(call):
        ast.copy_location(child, node)
    return call


def recipes_of(project: Project, cls: ProjectClass) -> list[Recipe]:
    """How the project's YAML builds `cls`; the first few, where there are too many ways to walk each."""
    named = project.configuration.named(cls.node.name)
    found = [recipe for recipe in named if class_of(cls.module, recipe.target) == {ClassValue(cls)}]
    return variants([*found, *_given_by_cli(project, cls)])[:MOST_VARIANTS]


def is_built_by_yaml(project: Project, cls: ProjectClass) -> bool:
    """Whether the project's YAML builds a class, or says what LightningCLI gives it."""
    return project.configuration_names(cls) or bool(_given_by_cli(project, cls))


def _given_by_cli(project: Project, cls: ProjectClass) -> list[Recipe]:
    """What stands under `model:` in the project's YAML, where the program gives the class to LightningCLI."""
    built = dict.fromkeys(each for module in project.modules_with(CLI, cls.module) for each in _built_by_cli(module))
    heirs = [each for each in built if cls in each.mro]
    if not heirs:
        return []
    known: set[str] = set()
    for each in (cls, *heirs):
        init = each.find_method("__init__")
        known |= {arg.arg for arg in (*init.node.args.args, *init.node.args.kwonlyargs)} if init is not None else set()
    return [recipe for recipe in project.configuration.models if recipe.table.items.keys() <= known]


def _built_by_cli(module: SourceModule) -> Iterator[ProjectClass]:
    """The classes that a file gives to LightningCLI, or to a class that derives from it."""
    for node in every_node(module.tree):
        if isinstance(node, ast.Call) and last_name(node.func).endswith("CLI"):
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "model_class")]
            for atom in (atom for each in given for atom in module.project.resolve_expression(module, each)):
                if isinstance(atom, ClassValue):
                    yield atom.cls


def callbacks_built(project: Project, asking: SourceModule) -> Iterator[ProjectClass]:
    """The project's callbacks that its YAML builds."""
    recipes = project.configuration.recipes
    found = (each.target for each in recipes if _is_for_a_callback(each))
    for target in dict.fromkeys(found):
        for atom in class_of(asking, target) if target else ():
            if isinstance(atom, ClassValue) and atom.cls.is_callback:
                yield atom.cls


def _is_for_a_callback(recipe: Recipe) -> bool:
    is_below = recipe.key == "callbacks" or recipe.table.span.path.parent.name == "callbacks"
    return is_below or "callback" in recipe.target.lower()


def is_nested(project: Project, cls: ProjectClass, recipe: Recipe) -> bool:
    """Whether a recipe gives more than literals."""
    items = recipe.table.items.values()
    return bool(groups(project, cls, recipe)) or any(
        isinstance(item, Table | Row) or (isinstance(item, Open) and item.path) for item in items
    )


def groups(project: Project, cls: ProjectClass, recipe: Recipe) -> dict[str, list[Recipe]]:
    """The modules that folders beside a recipe give to parameters of which the recipe itself says nothing."""
    init = cls.find_method("__init__")
    names = [arg.arg for arg in (*init.node.args.args[1:], *init.node.args.kwonlyargs)] if init is not None else []
    found = {name: project.configuration.below(recipe, name) for name in names if name not in recipe.table.items}
    return {
        name: recipes
        for name, recipes in found.items()
        if 0 < len(recipes) <= MOST_ALTERNATIVES and all(_is_part(each, cls.module, None) for each in recipes)
    }


def builds_inside(cls: ProjectClass) -> bool:
    """Whether a class builds parts of its config itself, so that it is given them as they stand."""
    nodes = (node for base in cls.own_bases for node in nodes_around(base.node, ["instantiate"]))
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in nodes if isinstance(node, ast.expr)}
    return any("instantiate" in name for name in names - {"instantiate_classes"})  # jsonargparse's builds the whole


def arguments(machine: Machine, cls: ProjectClass, recipe: Recipe, state: State) -> Iterator[tuple[str, Value]]:
    """The arguments that a recipe gives to a class."""
    (ref,) = put(machine, recipe.table, state)
    assert isinstance(ref, Ref)
    node = ast.copy_location(ast.Call(ast.Name("instantiate", ast.Load()), [], []), cls.node)
    for child in every_node(node):
        ast.copy_location(child, cls.node)
    nested = recipe.nested and not builds_inside(cls)
    for name, recipes in groups(machine.project, cls, recipe).items():
        yield name, _any_of(machine, recipes, nested, node, state)
    for name, attribute in state.heap[ref.thing].attributes.items():
        if name not in NOT_ARGUMENTS and name != "[?]":
            later = _is_called(cls, name)
            made = _build_inside(machine, attribute.value, node, state, later=later) if nested else attribute.value
            yield name, made


def _is_called(cls: ProjectClass, parameter: str) -> bool:
    """Whether a parameter is annotated as what makes a module: `Callable[[int], Backbone]`."""
    init = cls.find_method("__init__")
    spec = init.node.args if init is not None else None
    for arg in (*spec.args, *spec.kwonlyargs) if spec is not None else ():
        if arg.arg == parameter and arg.annotation is not None:
            return _makes_a_module(arg.annotation)
    return False


def _makes_a_module(annotation: ast.expr) -> bool:
    for node in every_node(annotation):
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Callable":
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
            makes_tensors = any(last_name(each) == "Tensor" for made in parts[1:] for each in every_node(made))
            return bool(parts) and isinstance(parts[0], ast.List) and not makes_tensors
    alias = last_name(annotation)  # a bare `Callable` may be the module itself
    return alias.endswith("Callable") and alias != "Callable"


def _any_of(machine: Machine, recipes: list[Recipe], nested: bool, node: ast.Call, state: State) -> Value:
    """What each of some recipes gives: built, or as it stands."""
    first = machine.made
    tables = [put(machine, recipe.table, state) for recipe in recipes]
    if not nested:
        return union(tables)
    made = union([_build_inside(machine, table, node, state) for table in tables])
    if len(recipes) > 1:
        machine.guessed.update(range(first + 1, machine.made + 1))
        machine.alternatives.append(frozenset(state.things(made)))
    return made
