"""Parts that other code makes, of which only what the class does with them says that they are modules with weights."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lintlight.semantics.checkpoints.groups import Group, is_made_elsewhere
from lintlight.semantics.checkpoints.keys import KeyChange
from lintlight.semantics.checkpoints.late import comes_late
from lintlight.semantics.heap import Kind
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.stateless import has_a_network, is_no_module, makes_a_network, only_counts
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import ClassValue, External, Ref
from lintlight.semantics.walks.timeline import Walk

RUN = r"self\.{name}(?:\.(?:forward|get_(?!state)\w+|(?:encode|decode|embed|extract|generate|predict)(?:_\w+)?))?\("
"""How a module is run."""
STATELESS = re.compile(
    "token|config|process|extractor|schedul|vocab|transform(?!er)|pipeline|logg|data|loader|writer|criteri|metric|optim"
    "|scaler|augment|(?<!perceptual)_?loss|accuracy",
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


def guessed_parts(walk: Walk, cls: ProjectClass) -> Iterator[Group]:
    """The attributes that are made elsewhere, and run like modules or annotated as such."""
    heap = walk.first_step
    annotated, makers = set(_annotated(cls)), list(_makers(cls))
    for name, attribute in heap[walk.this].attributes.items():
        things = [heap[atom.thing] for atom in attribute.value if isinstance(atom, Ref) and atom.thing in heap]
        libraries = [thing.library for thing in things if thing.kind is Kind.INSTANCE and thing.cls is None]
        is_open = is_made_elsewhere(attribute.value, heap) and not any(thing.kind is Kind.MODULE for thing in things)
        if not name.isidentifier() or not is_open:
            continue
        said = [dotted.rpartition(".")[2] for dotted in libraries] or [name]
        made = [*libraries, *(dotted for attr, dotted in makers if attr == name)]
        if any(map(STATELESS.search, said)) or any(map(only_counts, libraries)) or any(map(_is_stateless, made)):
            continue
        is_run = any(re.search(RUN.format(name=name), base.text) for base in cls.own_bases)
        is_named = name in annotated or any(map(has_a_network, libraries))
        if is_run or is_named:
            only_run = not is_named and not any(map(makes_a_network, made))
            late = comes_late(walk, walk.this, name)
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


def _annotated(cls: ProjectClass) -> Iterator[str]:
    """The attributes in which a constructor keeps an argument that is annotated as a module."""
    for base in cls.own_bases:
        if "__init__" not in base.methods:
            continue
        init = base.methods["__init__"]
        arguments = [*init.args.posonlyargs, *init.args.args, *init.args.kwonlyargs]
        modules = {each.arg for each in arguments if each.annotation is not None and _is_module(base, each.annotation)}
        for node in every_node(init):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in modules:
                yield from (target.attr for target in node.targets if isinstance(target, ast.Attribute))


def _is_module(cls: ProjectClass, annotation: ast.expr) -> bool:
    """`nn.Module`, `Optional[nn.Module]`, a class of modules of the project."""
    names = [node for node in every_node(annotation) if isinstance(node, ast.Name | ast.Attribute)]
    meant = [atom for node in names for atom in cls.module.project.resolve_expression(cls.module, node)]
    return any(
        (isinstance(atom, ClassValue) and atom.cls.is_module)
        or (isinstance(atom, External) and catalog.is_torch_module_class(atom.dotted))
        for atom in meant
    )
