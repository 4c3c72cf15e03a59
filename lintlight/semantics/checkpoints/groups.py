"""The keys of a module's state dict in groups: one group for each part, with what training does to it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from lintlight.semantics.checkpoints.asked import is_asked, is_frozen
from lintlight.semantics.checkpoints.keyless import is_keyless
from lintlight.semantics.checkpoints.late import comes_late, is_run_late
from lintlight.semantics.checkpoints.ties import tied_keys
from lintlight.semantics.heap import Flag, Kind, Learn, Thing
from lintlight.semantics.interpreter.machine import Forward
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.stateless import only_counts
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, last_name, nodes_around
from lintlight.semantics.values import Const, External, Ref, Share, Unknown, Value
from lintlight.semantics.walks.parts import is_chosen, is_covered
from lintlight.semantics.walks.runs import forwards_of
from lintlight.semantics.walks.timeline import Walk

MOST_GROUPS = 400
ONLY_WEIGHT = frozenset({"Embedding", "EmbeddingBag", "RMSNorm", "PReLU"})
WEIGHT_AND_BIAS = frozenset({"Linear", "Bilinear", "LayerNorm", "GroupNorm"})
"""Layers of torch whose keys are told apart."""
MAKE_KEYS = ("register_buffer", "Parameter")
MAY_FREEZE = ("requires_grad", "requires_grad_", "detach", "detach_", "data")
WITHOUT_GRADIENTS = ("no_grad", "inference_mode", "set_grad_enabled", "detach")


@dataclass(frozen=True)
class Group:
    """Keys that begin alike: those of one submodule, or a single key where its name is known."""

    path: str
    """Dotted path from the module."""
    above: str = ""
    """What torch puts in front of it, where the path is one inside a submodule that is asked about."""
    is_one_key: bool = False
    is_buffer: bool = False
    grad: bool | None = True
    """Whether its parameters require gradients; None when only some do, or when that is not known."""
    trained: bool | None = True
    """Whether training changes its parameters."""
    adapters: bool = False
    """Whether PEFT put adapters into it."""
    is_known: bool = True
    """Whether its class can be read or is one of torch."""
    part: str = ""
    """The submodule that a single key belongs to."""
    is_seen: bool = True
    """Whether it is known to be a module; else only what is asked of it says so."""
    is_only_run: bool = False
    """Whether nothing but that it is called says that it is one."""
    is_late: bool = False
    """Whether the module gets it only after its checkpoint was loaded."""

    @property
    def start(self) -> str:
        """What its keys begin with; the key itself where it is one."""
        return self.above + self.path + ("" if self.is_one_key else ".")


Test = Callable[[Group], bool | None]
"""Whether something holds for the keys of a group; None when only for some, or when that is not known."""


def always(group: Group) -> bool | None:
    """Holds for every key."""
    return True


def unknown(group: Group) -> bool | None:
    """Nobody knows."""
    return None


def negate(test: Test) -> Test:
    """Holds where `test` does not."""

    def negated(group: Group) -> bool | None:
        held = test(group)
        return None if held is None else not held

    return negated


def both(*tests: Test) -> Test:
    """Holds where all `tests` hold."""

    def held_by_all(group: Group) -> bool | None:
        answers = [test(group) for test in tests]
        return False if False in answers else None if None in answers else True

    return held_by_all


def either(*tests: Test) -> Test:
    """Holds where one of `tests` holds."""
    return negate(both(*(negate(test) for test in tests)))


def starts_with(text: str) -> Test:
    """The key starts with `text`."""

    def test(group: Group) -> bool | None:
        start = group.start
        if start.startswith(text):
            return True
        return None if text.startswith(start) and not group.is_one_key else False

    return test


def contains(text: str) -> Test:
    """`text` stands somewhere in the key."""

    def test(group: Group) -> bool | None:
        return True if text in group.start else False if group.is_one_key else None

    return test


def ends_with(text: str) -> Test:
    """The key ends with `text`."""
    return lambda group: group.path.endswith(text) if group.is_one_key else None


def equals(text: str) -> Test:
    """The key is `text`."""

    def test(group: Group) -> bool | None:
        if group.is_one_key:
            return group.start == text
        return None if text.startswith(group.start) else False

    return test


def first_is(text: str) -> Test:
    """The key's first component is `text`."""
    return lambda group: group.start.partition(".")[0] == text


def is_below(path: str) -> Test:
    """The key belongs to the submodule at `path`."""

    def test(group: Group) -> bool | None:
        if group.path == path or group.path.startswith(path + "."):
            return True
        return None if path.startswith(group.path + ".") and not group.is_one_key else False

    return test


def is_own(group: Group) -> bool | None:
    """The key is one of the module itself, of no submodule."""
    return group.is_one_key and not group.part


def is_parameter(group: Group) -> bool | None:
    """The key is one of a parameter, not of a buffer."""
    if group.is_one_key:
        return not group.is_buffer
    return True if group.is_known else None


def requires_grad(group: Group) -> bool | None:
    """The key's parameter requires gradients; a buffer has none."""
    return False if group.is_buffer else group.grad


def groups_of(walk: Walk, cls: ProjectClass) -> tuple[Group, ...]:
    """The groups of a LightningModule's keys when its first training step starts."""
    found: dict[str, Group] = {}
    for group in (*_own_keys(cls, walk), *_leaves(walk)):
        other = found.get(group.path)
        found[group.path] = group if other is None else _merged(other, group)
    for key in tied_keys(cls) & found.keys():  # one of the two names is enough to load it
        found[key] = replace(found[key], trained=None)
    return tuple(found.values())


def may_have(walk: Walk, key: str) -> bool:
    """Whether a key may belong to something of which it is not known what it is."""
    heap, things = walk.first_step, {walk.this}
    for name in key.split("."):
        held = [heap[number].attributes[name].value for number in things if name in heap[number].attributes]
        atoms = frozenset().union(*held)
        things = {atom.thing for atom in atoms if isinstance(atom, Ref) and atom.thing in heap}
        of_a_library = any(heap[number].kind is Kind.INSTANCE and heap[number].cls is None for number in things)
        if of_a_library or any(isinstance(atom, Unknown) for atom in atoms):
            return True
    return False


def _merged(one: Group, other: Group) -> Group:
    """What two groups at one path have in common."""
    return replace(
        one,
        grad=one.grad if one.grad == other.grad else None,
        trained=one.trained if one.trained == other.trained else None,
        adapters=one.adapters and other.adapters,
        is_known=one.is_known and other.is_known,
        is_late=one.is_late and other.is_late,
    )


def _own_keys(cls: ProjectClass, walk: Walk) -> Iterator[Group]:
    """Parameters and buffers that the class itself registers under a literal name."""
    for base in cls.own_bases:
        for method in base.node.body:
            for group in _keys_made_in(method, base, cls, walk):
                yield replace(group, is_late=is_run_late(cls, getattr(method, "name", "")))


def _keys_made_in(method: ast.stmt, base: ProjectClass, cls: ProjectClass, walk: Walk) -> Iterator[Group]:
    for node in nodes_around(method, MAKE_KEYS):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "register_buffer":
            if node.args and isinstance(node.args[0], ast.Constant) and not _is_temporary(node):
                yield Group(str(node.args[0].value), is_one_key=True, is_buffer=True, grad=False, trained=None)
        elif isinstance(node, ast.Assign) and _makes_parameter(base, node.value):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    learns = True if _is_trained(target.attr, node.value, cls, walk) else None
                    yield Group(target.attr, is_one_key=True, grad=learns, trained=learns)


def _is_trained(name: str, made: ast.expr, cls: ProjectClass, walk: Walk) -> bool:
    """Whether a parameter of the class itself is in the optimizer, and used, and nothing may freeze it."""
    over = walk.trained_over or ()
    covered = any(params.thing == walk.this and params.share is Share.ALL for params in over)
    if not covered or walk.first_step[walk.this].grad != {Learn.ON}:
        return False
    if "requires_grad" in ast.unparse(made) or _may_be_frozen(name, cls):
        return False
    found = [cls.find_method(each) for each in ("training_step", "forward")]
    nodes = [node for method in found if method is not None for node in every_node(method.node)]
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in nodes)


def _may_be_frozen(name: str, cls: ProjectClass) -> bool:
    """Whether a file asks something of that name for what may keep training from it: `self.scale.requires_grad_()`."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in MAY_FREEZE and last_name(node.value) == name
        for part in cls.module.tree.body
        for node in nodes_around(part, MAY_FREEZE)
    )


def _is_temporary(call: ast.Call) -> bool:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "persistent"] + call.args[2:3]
    return any(not (isinstance(value, ast.Constant) and value.value is True) for value in given)


def _makes_parameter(cls: ProjectClass, value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    made = cls.module.project.resolve_expression(cls.module, value.func)
    return any(isinstance(atom, External) and atom.dotted in catalog.PARAMETERS for atom in made)


def _leaves(walk: Walk) -> Iterator[Group]:
    """The leaves of the module tree that can be seen."""
    heap = walk.first_step
    seen = {walk.this}
    todo: list[tuple[str, int, bool]] = [("", walk.this, False)]
    count = 0
    while todo and count < MOST_GROUPS:
        path, number, is_late = todo.pop(0)
        for name, group in _unknown_parts(path, heap[number], heap):
            yield replace(group, is_late=is_late or comes_late(walk, number, name))
        below = [
            (f"{path}.{name}" if path else name, atom.thing, is_late or comes_late(walk, number, name))
            for name, attribute in heap[number].attributes.items()
            for atom in ordered(attribute.value)
            if isinstance(atom, Ref) and atom.thing in heap and heap[atom.thing].kind is Kind.MODULE
        ]
        if path and (not below or heap[number].cls is None) and not is_keyless(number, heap):
            count += 1
            alike = {heap[each].grad for _, each, _ in below} if heap[number].library.startswith("torch.nn.") else set()
            is_empty = heap[number].library in catalog.CONTAINERS and bool(below) and all(late for _, _, late in below)
            group = replace(_group(path, number, walk, heap), is_late=is_late or is_empty)
            if alike == {frozenset({Learn.OFF})}:  # a container of frozen parts
                group = replace(group, grad=False, trained=False)
            yield from _keys(group, heap[number])
        todo += [each for each in below if each[1] not in seen]
        seen.update(each for _, each, _ in below)


def is_made_elsewhere(value: Value, heap: Mapping[int, Thing]) -> bool:
    """Whether something may be an instance of a class that cannot be read, where it is not only what nobody gives."""
    of_library = [heap[atom.thing] for atom in value if isinstance(atom, Ref) and atom.thing in heap]
    return any(
        isinstance(atom, Unknown) or (isinstance(atom, Const) and atom.value is None and bool(atom.assumed))
        for atom in value
    ) or any(each.kind is Kind.INSTANCE and each.cls is None and not only_counts(each.library) for each in of_library)


def _unknown_parts(path: str, thing: Thing, heap: Mapping[int, Thing]) -> Iterator[tuple[str, Group]]:
    """What a module of the project holds that other code made and asks for what only a module has, with its names."""
    bases = thing.cls.own_bases if thing.cls is not None else []
    for name, attribute in thing.attributes.items():
        if name.isidentifier() and is_made_elsewhere(attribute.value, heap) and is_asked(bases, name):
            whole = f"{path}.{name}" if path else name
            grad = False if is_frozen(bases, name) else None
            yield name, Group(whole, grad=grad, trained=grad, is_known=False, is_seen=False)


def _group(path: str, number: int, walk: Walk, heap: Mapping[int, Thing]) -> Group:
    thing = heap[number]
    grad = {frozenset({Learn.ON}): True, frozenset({Learn.OFF}): False}.get(thing.grad) if not thing.lora else None
    covered = walk.trained_over is None or is_covered(number, walk.trained_over, heap)
    unfrozen_later = _is_unfrozen_in_time(walk, number)
    # What no gradient reaches may still be changed by hand: an average of other weights.
    steps = walk.complete and any(isinstance(event, Forward) and event.hook == "training_step" for event in walk.events)
    is_open = thing.library.startswith(("torchvision.", "timm."))
    is_run = bool(forwards_of(walk, number)) or not (steps or is_open) or _surely_records(thing, walk)
    if unfrozen_later:
        grad = None
    learns = True if unfrozen_later else grad if is_run and not is_chosen(number, walk.trained_over, heap) else None
    return Group(
        path,
        grad=grad,
        trained=False if not covered or grad is False else learns,
        adapters=thing.lora,
        is_known=thing.cls is not None or thing.library.startswith("torch.nn."),
    )


def _surely_records(thing: Thing, walk: Walk) -> bool:
    """Whether a part that computes with parameters of its own does so with gradients, if at all."""
    # Of what is followed into its `forward`, no walk tells that it ran.
    bases = [*walk.cls.own_bases, *(thing.cls.own_bases if thing.cls is not None else ())]
    return thing.cls is not None and not any(base.module.says(word) for base in bases for word in WITHOUT_GRADIENTS)


def _is_unfrozen_in_time(walk: Walk, number: int) -> bool:
    """Whether a part that is frozen when training starts learns from some epoch or step on."""
    if number not in walk.before_start or walk.before_start[number].grad != {Learn.OFF}:
        return False
    later = walk.after_epoch[number].grad
    in_time = any(word in walk.cls.module.code for word in ("current_epoch", "global_step"))
    return later == {Learn.ON} or (Learn.ON in later and in_time)


def _keys(group: Group, thing: Thing) -> Iterator[Group]:
    """One group for each key of torch's simple layers; the whole group for everything else."""
    if thing.library == catalog.PEFT_HEAD:  # of several names in its path, a filter that asks for one keeps it
        whole = group.path.partition(".base_model.")[0]
        yield replace(group, path=f"{group.path}.default.weight", is_one_key=True, part=whole)
        return
    layer = thing.library.rpartition(".")[2] if thing.library.startswith("torch.nn.") and thing.cls is None else ""
    is_norm, only_weight = "BatchNorm" in layer, layer in ONLY_WEIGHT
    if not (is_norm or only_weight or layer in WEIGHT_AND_BIAS or layer.startswith("Conv")):
        yield group
        return
    single = replace(group, is_one_key=True, part=group.path)
    for name in ("weight",) if only_weight else ("weight", "bias"):
        yield replace(single, path=f"{group.path}.{name}")
    for name in ("running_mean", "running_var", "num_batches_tracked") if is_norm else ():
        updated = Flag.TRAIN in thing.mode
        yield replace(single, path=f"{group.path}.{name}", is_buffer=True, grad=False, trained=updated)
