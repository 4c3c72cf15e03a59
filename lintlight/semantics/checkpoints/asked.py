"""What a class says of its parts in so many words: that they are modules, that they are frozen, that they are run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from enum import Enum
from functools import lru_cache

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.annotations import annotated_arguments, is_module, is_no_module
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, is_false, last_name
from lintlight.semantics.values import External, Function


class Said(Enum):
    """What code says of something by what it does with it."""

    ASKED = "it is asked for what only modules have, or becomes what one gives"
    FROZEN = "it is frozen as a whole"
    CALLED = "it is called"
    RUN = "it is run as modules are: called, or by a method of its own"
    HAS_WEIGHTS = "it is asked for a state dict: it has weights, most likely; if it is called, too, surely"


ASKED_OF_MODULES = frozenset({"parameters", "named_parameters", "requires_grad_", "named_modules"})
RUNS = re.compile(r"forward|get_(?!state|device)\w+|(?:encode|decode|embed|extract|generate|predict)(?:_\w+)?")
"""The methods that run a module."""
NETWORK = re.compile(
    r"(?:net|network|model|encoder|decoder|backbone|unet|teacher|student|generator|discriminator|denoiser|vae)\d*"
)
"""How a name ends that means a network."""
SUFFIX = re.compile(r"[a-z]?\d*|ema")
"""What tells one network from another of the same name."""
WRAPS = frozenset({"DataParallel", "DistributedDataParallel"})
"""What has the module that it is given in it, and is one itself."""
MAKE_FUNCTIONS = ("torch.vmap", "torch.func.", "functools.", "weakref.")
"""How the names of what makes something to call begin that is no module."""
MOST_CLASSES = 100
"""Of so many it is remembered what they keep, and say."""
Kept = tuple[ast.AST, ast.expr]
"""A method that sets an attribute, and what it puts there."""


def is_asked(bases: Sequence[ProjectClass], name: str) -> bool:
    """Whether a part is asked for what only a module has; of a tensor gradients may be taken, too, but none is run."""
    return any(_is_asked_itself(bases, each) for each in (name, *copied_from(bases, name)))


def copied_from(bases: Sequence[ProjectClass], name: str) -> set[str]:
    """The attributes that a part is a copy of: `self.average = copy.deepcopy(self.model)`."""
    found: set[str] = set()
    for method, value in _kept(bases, name):
        made = calls_on(value)[0]
        if isinstance(made, ast.Call) and last_name(made.func) == "deepcopy" and made.args:
            copied = ast.unparse(made.args[0])
            found.update([copied.removeprefix("self.")] if copied.startswith("self.") else [])
            for other in (other for base in bases for other in _kept_by(base)):
                if any(place is method and ast.unparse(kept) == copied for place, kept in _kept(bases, other)):
                    found.add(other)
    return {each for each in found if each.isidentifier()} - {name}


def _is_asked_itself(bases: Sequence[ProjectClass], name: str) -> bool:
    if says(bases, name, Said.ASKED) or _is_said_of_locals(bases, name, Said.ASKED):
        return True
    if _has_a_frozen_part(bases, name) and is_called_like_a_network(bases, name):
        return True
    return _is_frozen_at_once(bases, name) and (says(bases, name, Said.RUN) or name in annotated(bases))


def is_frozen(bases: Sequence[ProjectClass], name: str) -> bool:
    """Whether a part is frozen as a whole: where it is put, afterwards, or under a local name."""
    here = _is_said_of_locals(bases, name, Said.FROZEN)
    return here or says(bases, name, Said.FROZEN) or _is_frozen_at_once(bases, name)


def is_called_like_a_network(bases: Sequence[ProjectClass], name: str) -> bool:
    """Whether a part is called, and its name says that it is a network, or the class asks it for its weights."""
    *front, last = name.lower().split("_")
    word = front[0] if front and SUFFIX.fullmatch(last) else last  # `net_g`, `encoder_q`
    is_one = NETWORK.fullmatch(word) is not None or says(bases, name, Said.HAS_WEIGHTS)
    is_function = any(_may_make_a_function(base, value) for base in bases for _, value in _kept_by(base).get(name, ()))
    return is_one and not is_function and says(bases, name, Said.CALLED) and name not in _annotated(bases, is_no_module)


def _may_make_a_function(cls: ProjectClass, value: ast.expr) -> bool:
    """`vae.forward`, `torch.vmap(...)`, a call of the project's own function: what can be called, and is no module."""
    made = calls_on(value)[0]
    if not isinstance(made, ast.Call):
        return isinstance(made, ast.Attribute | ast.Lambda)
    atoms = cls.module.project.resolve_expression(cls.module, made.func)
    return any(
        isinstance(atom, Function) or (isinstance(atom, External) and atom.dotted.startswith(MAKE_FUNCTIONS))
        for atom in atoms
    )


def says(bases: Sequence[ProjectClass], name: str, what: Said) -> bool:
    """Whether a class, or a base of it, says something of an attribute of its own."""
    return any(f"self.{name}" in _said_in(base.node)[what] for base in bases)


def is_kept(bases: Sequence[ProjectClass], name: str) -> bool:
    """Whether a class puts something into an attribute that is not made of the module itself: no `Average(self)`."""
    values = [value for _, value in _kept(bases, name)]
    return bool(values) and not any(map(_takes_self, values))


def _takes_self(value: ast.expr) -> bool:
    nodes = every_node(value)
    owners = [node.value for node in nodes if isinstance(node, ast.Attribute)]
    return any(isinstance(node, ast.Name) and node.id == "self" and node not in owners for node in nodes)


def _has_a_frozen_part(bases: Sequence[ProjectClass], name: str) -> bool:
    frozen = (owner for base in bases for owner in _said_in(base.node)[Said.FROZEN])
    return any(owner.startswith(f"self.{name}.") for owner in frozen)


def annotated(bases: Sequence[ProjectClass]) -> set[str]:
    """The attributes in which a constructor keeps an argument that is annotated as a module."""
    return set(_annotated(bases, is_module))


def _is_said_of_locals(bases: Sequence[ProjectClass], name: str, what: Said) -> bool:
    """The same of what a method then puts into an attribute: `self.teacher = teacher`."""
    kept = _kept(bases, name)
    return any(isinstance(value, ast.Name) and value.id in _said_in(method)[what] for method, value in kept)


@lru_cache(MOST_CLASSES)
def _said_in(code: ast.AST) -> Mapping[Said, Set[str]]:
    """Of which names and attributes the code of a class or method says what; each is there as it is written."""
    found: dict[Said, set[str]] = {what: set() for what in Said}
    for node in every_node(code):
        for of, what in _said_by(node):
            if isinstance(of, ast.Name | ast.Attribute):
                found[what].add(ast.unparse(of))
    return found


def _said_by(node: ast.AST) -> Iterator[tuple[ast.expr, Said]]:
    match node:
        case ast.Call(func=func):
            yield from ((func, Said.CALLED), (func, Said.RUN))
            if isinstance(func, ast.Attribute):
                yield from ((func.value, what) for what in _said_by_method(func.attr, node))
            if _freezes(node):
                yield calls_on(node)[0], Said.FROZEN
        case ast.For(
            iter=ast.Call(func=ast.Attribute(value=of, attr="parameters" | "named_parameters")), body=[first, *_]
        ) if _freezes_parameter(first):
            yield of, Said.FROZEN
        case ast.Assign(targets=targets, value=value) if _gives_a_module(value):
            yield from ((target, Said.ASKED) for target in targets)


def _said_by_method(name: str, call: ast.Call) -> Iterator[Said]:
    if name in ASKED_OF_MODULES or (name == "eval" and not call.args):
        yield Said.ASKED
    if name == "forward":
        yield Said.CALLED
    if RUNS.fullmatch(name):
        yield Said.RUN
    if name in {"state_dict", "load_state_dict"}:
        yield Said.HAS_WEIGHTS


def _gives_a_module(value: ast.expr) -> bool:
    """`build(config).eval()`, `get_peft_model(...)`; also wrapped, or as one of two: `net or build(config).eval()`."""
    made, calls = calls_on(value)
    match made:
        case ast.IfExp(body=one, orelse=other):
            return _gives_a_module(one) or _gives_a_module(other)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_gives_a_module, values))
        case ast.Call(args=[wrapped, *_]) if ast.unparse(made.func) == "torch.compile" or last_name(made.func) in WRAPS:
            return _gives_a_module(wrapped)
    is_adapted = isinstance(made, ast.Call) and last_name(made.func) == "get_peft_model"
    return is_adapted or any(last_name(call.func) == "eval" for call in calls)


def _freezes_parameter(node: ast.stmt) -> bool:
    """`p.requires_grad = False`, `p.requires_grad_(False)`."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad")], value=value):
            return is_false(value)
        case ast.Expr(value=ast.Call() as call):
            return _freezes(call)
    return False


def _is_frozen_at_once(bases: Sequence[ProjectClass], name: str) -> bool:
    """`self.teacher = teacher.requires_grad_(False)`."""
    return any(any(map(_freezes, calls_on(value)[1])) for _, value in _kept(bases, name))


def _freezes(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return isinstance(call.func, ast.Attribute) and call.func.attr == "requires_grad_" and any(map(is_false, given))


def calls_on(value: ast.expr) -> tuple[ast.expr, list[ast.Call]]:
    """What the methods in `net.to(device).eval()` that give the module itself are called on, and the calls."""
    calls = []
    while (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in catalog.RETURNS_ITSELF | {"eval", "train", "requires_grad_"}
        and ast.unparse(value.func) != "torch.compile"
    ):
        calls.append(value)
        value = value.func.value
    return value, calls


def _kept(bases: Sequence[ProjectClass], name: str) -> Iterator[Kept]:
    """What the methods of a class and its bases put into an attribute."""
    for base in bases:
        yield from _kept_by(base).get(name, ())


@lru_cache(MOST_CLASSES)
def _kept_by(cls: ProjectClass) -> Mapping[str, Sequence[Kept]]:
    """`self.name = value` in a class's own methods, by the name."""
    found: dict[str, list[Kept]] = {}
    for method in cls.methods.values():
        for node in every_node(method):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self":
                        found.setdefault(target.attr, []).append((method, node.value))
    return found


def _annotated(bases: Sequence[ProjectClass], fits: Callable[[ProjectClass, ast.expr], bool]) -> Iterator[str]:
    """The attributes in which a constructor keeps an argument with an annotation that fits."""
    for base in bases:
        arguments = annotated_arguments(base, fits)
        for name, kept in _kept_by(base).items() if arguments else ():
            for method, value in kept:
                given = calls_on(value)[0]
                if method is base.methods["__init__"] and isinstance(given, ast.Name) and given.id in arguments:
                    yield name
