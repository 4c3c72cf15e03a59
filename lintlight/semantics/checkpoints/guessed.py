"""Parts that other code makes, of which only what the class does with them says that they are modules with weights."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from lintlight.semantics.checkpoints.asked import Said, annotated, copied_from, is_called_like_a_network, says
from lintlight.semantics.checkpoints.groups import Group, is_made_elsewhere
from lintlight.semantics.checkpoints.keys import KeyChange
from lintlight.semantics.checkpoints.late import comes_late
from lintlight.semantics.heap import Kind
from lintlight.semantics.knowledge.stateless import has_a_network, is_no_module, makes_a_network, only_counts
from lintlight.semantics.knowledge.words import BESIDE_MODELS
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import UNKNOWN, External, Ref
from lintlight.semantics.walks.timeline import Walk

STATELESS = re.compile(
    "|".join(BESIDE_MODELS) + "|token|process|extractor|schedul|vocab|transform(?!er)|logg|data|loader|writer|criteri"
    "|metric|optim|scaler|augment|(?<!perceptual)_?loss|accuracy",
    re.IGNORECASE,
)
"""What is in the name of what has no weights, most likely."""
ELSEWHERE = (Group("?", is_one_key=True), Group("?", is_one_key=True, grad=False))
"""Keys of no part: a filter that takes one, too, names none."""


def named_parts(change: KeyChange, groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """The parts that a filter means by their names, and not because it means everything but some others."""
    if any(change.test(each) is not False for each in ELSEWHERE):
        return ()
    return tuple(group for group in groups if change.test(group) is True)


def guessed_parts(walk: Walk, cls: ProjectClass, saved: Iterable[str]) -> Iterator[Group]:
    """The attributes that are made elsewhere, and run like modules or annotated as such.

    Also those of the `saved` parts that the walk does not tell of, as there was nothing to see where they are made.
    """
    heap = walk.first_step
    named, makers = annotated(cls.own_bases), list(_makers(cls))
    held = {name: attribute.value for name, attribute in heap[walk.this].attributes.items()}
    unseen = {name: UNKNOWN for name in saved if name not in held}
    for name, value in {**held, **unseen}.items():
        things = [heap[atom.thing] for atom in value if isinstance(atom, Ref) and atom.thing in heap]
        libraries = [thing.library for thing in things if thing.kind is Kind.INSTANCE and thing.cls is None]
        is_open = is_made_elsewhere(value, heap) and not any(thing.kind is Kind.MODULE for thing in things)
        if not name.isidentifier() or not is_open:
            continue
        said = [dotted.rpartition(".")[2] for dotted in libraries] or [name]
        made = [*libraries, *(dotted for attr, dotted in makers if attr == name)]
        if any(map(STATELESS.search, said)) or any(map(only_counts, libraries)) or any(map(_is_stateless, made)):
            continue
        alike = {name, *copied_from(cls.own_bases, name)}
        is_run = any(says(cls.own_bases, each, Said.RUN) for each in alike)
        is_named = not named.isdisjoint(alike) or any(map(has_a_network, libraries))
        if is_run or is_named:
            is_called = any(is_called_like_a_network(cls.own_bases, each) for each in alike)
            is_network = is_called or any(map(makes_a_network, made))
            only_run = not is_named and not is_network
            late = name in held and comes_late(walk, walk.this, name)
            yield Group(
                name, grad=None, trained=None, is_known=False, is_seen=False, is_only_run=only_run, is_late=late
            )


def _is_stateless(dotted: str) -> bool:
    """Whether what makes a part makes no weights: `transformers.AutoTokenizer.from_pretrained`, `functools.partial`."""
    classes = [each for each in dotted.split(".") if each[:1].isupper()]
    return is_no_module(dotted) or any(map(STATELESS.search, classes))


def _makers(cls: ProjectClass) -> Iterator[tuple[str, str]]:
    """The attributes with the names in libraries of what makes them; of several that are made the first is the part."""
    for base in cls.own_bases:
        for node in every_node(base.node):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                call, target = node.value, node.targets[0]
                if isinstance(call.func, ast.Call):  # getattr(models, name)()
                    call = call.func
                maker = call.args[0] if last_name(call.func) == "getattr" and call.args else call.func
                first = target.elts[0] if isinstance(target, ast.Tuple) else target
                for atom in base.module.project.resolve_expression(base.module, maker):
                    if isinstance(first, ast.Attribute) and isinstance(atom, External):
                        yield first.attr, atom.dotted
