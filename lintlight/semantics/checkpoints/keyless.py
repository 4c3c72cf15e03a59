"""Attributes without any key: modules that register nothing that is saved, and what is no module at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from lintlight.semantics.heap import HOLDERS, Attribute, Kind, Thing
from lintlight.semantics.interpreter.module_tree import registered_in
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.members import SET_BY_NAME
from lintlight.semantics.knowledge.stateless import has_no_keys, is_no_module, only_counts
from lintlight.semantics.resolve.annotations import annotated_arguments, is_plain_type
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, is_false, last_name
from lintlight.semantics.values import Atom, ClassValue, Const, External, Function, Ref, Seq
from lintlight.semantics.walks.timeline import Walk

REGISTERS = catalog.STATE_DICT_HOOKS | (SET_BY_NAME - {"register_buffer"})  # of a buffer it depends
MADE = ("Parameter", "Buffer")
"""How the names end of the classes whose instances a module registers."""
REGISTERED = frozenset({"_parameters", "_buffers", "_modules"})
SAVES_MORE = frozenset({"state_dict", "_save_to_state_dict", "get_extra_state", "__setattr__", "__new__"})
"""The methods by which a class may have keys that it registers nowhere."""
ASKS_ONLY = frozenset({"super", "isinstance", "type", "hasattr", "getattr", "id", "__init__"})
"""What may be given a module, and registers nothing in it."""
OF_TENSORS_ONLY = frozenset({"clone", "detach", "item", "tolist", "numpy"})
"""Methods of a tensor that give no parameter, whatever they are called on."""
OF_NUMBERS = ("math.", "numpy.")
"""How the names of what gives numbers begin."""
NUMBERS = frozenset("abs bool float int len pow range round slice str".split())
HOLD_OTHERS = frozenset("dict list set sorted tuple".split())
"""The functions of Python that give what registers nothing, whatever is in it."""
Kept = tuple[ProjectClass, str, str, ast.expr | None]
"""A class, the method of it that sets an attribute, the attribute, and what it puts there, where that is one thing."""


def keyless_parts(walk: Walk, cls: ProjectClass) -> Iterator[str]:
    """The attributes that surely hold modules without any key, or no modules at all."""
    yield from _modules_without_keys(walk)
    yield from _no_modules(walk, cls)


def _modules_without_keys(walk: Walk) -> Iterator[str]:
    heap = walk.first_step
    for name, attribute in heap[walk.this].attributes.items():
        modules = [atom.thing for atom in attribute.value if isinstance(atom, Ref) and atom.thing in heap]
        if modules and len(modules) == len(attribute.value) and all(is_keyless(each, heap) for each in modules):
            yield name


def plainly_kept(cls: ProjectClass) -> set[str]:
    """The attributes that are set to nothing but numbers and texts, by what the code or an annotation says."""
    answers: dict[str, bool] = {}
    plain = {base: annotated_arguments(base, is_plain_type) for base in cls.own_bases}
    for base, method, name, value in _kept(cls.own_bases):
        if method == "__init__" and isinstance(value, ast.Name):
            answer = value.id in plain[base] and not _is_set(base.methods[method], value.id)
        else:
            answer = value is not None and _is_number(base, value)
        answers[name] = answers.get(name, True) and answer
    return {name for name, is_plain in answers.items() if is_plain}


def _is_set(method: ast.AST, name: str) -> bool:
    """Whether a method sets a local name anew."""
    names = (node for node in every_node(method) if isinstance(node, ast.Name) and node.id == name)
    return any(isinstance(node.ctx, ast.Store) for node in names)


def is_keyless(number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether a module and all in it surely have nothing in their state dict."""
    return all(
        has_no_keys(heap[each]) or _registers_nothing(heap[each], heap) or _is_filled(heap[each])
        for each in registered_in(number, heap)
    )


def _is_filled(thing: Thing) -> bool:
    """Whether it only holds other modules, each of which is known."""
    return thing.library in catalog.CONTAINERS and bool(thing.attributes) and "[?]" not in thing.attributes


def _registers_nothing(thing: Thing, heap: Mapping[int, Thing]) -> bool:
    """Whether a module of the project, all of whose bases can be read, surely has no keys but those of submodules."""
    if thing.cls is None or not all(map(_is_known, thing.cls.mro)):
        return False
    bases = thing.cls.own_bases
    if any(_may_register(node) for base in bases for method in base.methods.values() for node in every_node(method)):
        return False
    kept = list(_kept(bases))
    plain = {name for name, attribute in thing.attributes.items() if _is_plain(attribute, heap)}
    if not thing.attributes.keys() <= plain | {name for _, _, name, _ in kept}:  # other code put something there
        return False
    modules = set(_used_like_modules(bases))
    return all(
        _is_plain_code(cls, value)
        or (method == "__init__" and name in plain)
        or (name not in modules and _is_taken(value))
        or (method == "forward" and isinstance(value, ast.Name))
        for cls, method, name, value in kept
    )


def _is_known(base: ProjectClass | str) -> bool:
    if isinstance(base, str):
        return base.rpartition(".")[2] in catalog.PLAIN_BASES
    return not (base.node.decorator_list or base.node.keywords or SAVES_MORE & base.methods.keys())


def _may_register(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="register_buffer")):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "persistent"] + node.args[2:3]
            return not any(map(is_false, given))
        case ast.Call():
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            is_given = any(isinstance(each, ast.Name) and each.id == "self" for each in given)
            name = last_name(node.func)
            return name in REGISTERS or name.endswith(MADE) or (is_given and name not in ASKS_ONLY)
        case ast.Attribute():
            return node.attr in REGISTERED
    return False


def _kept(bases: Sequence[ProjectClass]) -> Iterator[Kept]:
    """What the methods of a class and its bases put into attributes, in whatever way."""
    for base in bases:
        for name, method in base.methods.items():
            nodes = every_node(method)
            values = {
                target: node.value
                for node in nodes
                if isinstance(node, ast.Assign | ast.AnnAssign)
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            }
            for node in nodes:
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_own(node):
                    yield base, name, node.attr, values.get(node)


def _is_own(node: ast.expr) -> bool:
    """`self.name`."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _used_like_modules(bases: Sequence[ProjectClass]) -> Iterator[str]:
    """The attributes that are called, passed on, gone over, given away or asked to do something."""
    for node in (node for base in bases for node in every_node(base.node)):
        match node:
            case ast.Call():
                used = [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
            case ast.For(iter=each) | ast.comprehension(iter=each) | ast.Starred(value=each):
                used = [each]
            case ast.Assign(value=each) | ast.NamedExpr(value=each):
                used = [each]
            case ast.Return(value=ast.expr() as each):
                used = [each]
            case _:
                continue
        yield from (part.attr for each in used for part in _chain(each) if _is_own(part))


def _chain(node: ast.expr) -> Iterator[ast.Attribute]:
    """`self.a.b` and `self.a` of `self.a.b[0]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            yield node
        node = node.value


def _is_taken(value: ast.expr | None) -> bool:
    """`settings`, `settings.width`: most likely a number where it is not used like a module."""
    return isinstance(value, ast.Name | ast.Attribute)


def _is_plain(attribute: Attribute, heap: Mapping[int, Thing]) -> bool:
    """Whether a value registers nothing, or is a submodule, which is asked for itself."""
    return bool(attribute.value) and all(_is_plain_atom(atom, heap) for atom in attribute.value)


def _is_plain_atom(atom: Atom, heap: Mapping[int, Thing]) -> bool:
    if isinstance(atom, Const):
        return atom.value is not None or not atom.assumed
    if isinstance(atom, Ref):
        thing = heap.get(atom.thing)
        return thing is not None and (thing.kind is Kind.MODULE or thing.kind in HOLDERS)
    return isinstance(atom, Function | ClassValue | External | Seq)


def _is_plain_code(cls: ProjectClass, node: ast.expr | None) -> bool:
    """Whether code gives neither a parameter nor a module, wherever it stands."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            return True
        case ast.BoolOp(values=values):
            return all(_is_plain_code(cls, each) for each in values)
        case ast.IfExp(body=one, orelse=other):
            return _is_plain_code(cls, one) and _is_plain_code(cls, other)
        case ast.Call(func=ast.Name(id=name)) if name in HOLD_OTHERS:
            return name not in cls.module.bindings
    return node is not None and _is_number(cls, node)


def _is_number(cls: ProjectClass, node: ast.expr) -> bool:
    """Whether code gives a number, a text, or a tensor that was worked out."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.UnaryOp() | ast.Lambda():
            return True
        case ast.BinOp(left=left, op=operator, right=right):  # lists of modules can be added
            return not isinstance(operator, ast.Add) or _is_number(cls, left) or _is_number(cls, right)
        case ast.Subscript(slice=ast.Tuple(elts=elements)):  # `x[:, 0]`: of modules there are no two dimensions
            return any(isinstance(each, ast.Slice) for each in elements)
        case ast.Call(func=ast.Name(id=name)) if name in NUMBERS:
            return name not in cls.module.bindings
        case ast.Call(func=ast.Attribute(value=of, attr=attr)) if attr in OF_TENSORS_ONLY or _is_number(cls, of):
            return True
        case ast.Call(func=func):
            made = cls.module.project.resolve_expression(cls.module, func, inside=cls.qualname)
            return bool(made) and all(isinstance(atom, External) and _gives_numbers(atom.dotted) for atom in made)
    return False


def _gives_numbers(dotted: str) -> bool:
    return dotted.startswith(OF_NUMBERS) or dotted == "torch.device" or catalog.is_of_tensors(dotted)


def _no_modules(walk: Walk, cls: ProjectClass) -> Iterator[str]:
    """By what the class itself says of them: tokenizers and the like, and metrics."""
    made: dict[str, list[bool]] = {}
    for base in cls.own_bases:
        for name, value in _set_in(base):
            made.setdefault(name, []).append(_is_none(value) or _makes_no_weights(base, value))
    yield from (name for name, answers in made.items() if all(answers))
    heap = walk.first_step
    for name, attribute in heap[walk.this].attributes.items():
        things = [heap[atom.thing] for atom in attribute.value if isinstance(atom, Ref) and atom.thing in heap]
        counts = [each for each in things if each.kind is Kind.INSTANCE and only_counts(each.library)]
        if counts and len(counts) == len(attribute.value):
            yield name


def _set_in(base: ProjectClass) -> Iterator[tuple[str, ast.expr]]:
    """The attributes that methods set, and what they are set to: of several at once, all of it."""
    for node in every_node(base.node):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                stored = (each for each in every_node(target) if isinstance(each, ast.Attribute))
                yield from ((each.attr, node.value) for each in stored if isinstance(each.ctx, ast.Store))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _makes_no_weights(base: ProjectClass, value: ast.expr) -> bool:
    """`AutoTokenizer.from_pretrained(name)`, `tiktoken.get_encoding(name)`."""
    if not isinstance(value, ast.Call):
        return False
    made = base.module.project.resolve_expression(base.module, value.func)
    return bool(made) and all(isinstance(atom, External) and _has_no_weights(atom.dotted) for atom in made)


def _has_no_weights(dotted: str) -> bool:
    owner = dotted.rpartition(".")[0] if dotted.rpartition(".")[2] in catalog.EVAL_FACTORIES else dotted
    of_models = owner.partition(".")[0] in catalog.EVAL_FACTORY_PACKAGES
    return is_no_module(dotted) or (of_models and owner.endswith(catalog.NOT_A_MODEL))
