"""Things that a program picks by a name which it works out: classes of a module, attributes of an object."""

from __future__ import annotations

import ast

from lintlight.semantics.heap import Kind, State
from lintlight.semantics.interpreter import assignment, attributes, modes
from lintlight.semantics.interpreter.branches import Branch
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve import candidates
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import Import, dotted_name, every_node, last_name
from lintlight.semantics.resolve.targets import owner_and_name
from lintlight.semantics.values import (
    MOST_ATOMS,
    UNKNOWN,
    AnyName,
    Assumed,
    Atom,
    Bound,
    Const,
    Dotted,
    External,
    ModuleValue,
    Ref,
    Seq,
    SomeFile,
    Value,
    const,
    union,
)


def set_by_name(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`setattr(thing, name, value)`."""
    if len(args.positional) == 3:
        owner, key, value = args.positional
        if key == UNKNOWN and state.things(value) and any(map(_asks_for_dropout, machine.under)):
            modes.lose_dropout(machine, owner, state)
        assignment.assign_attribute(machine, owner, assignment.item_key(key) or "[?]", value, node, state)
    return const(None)


def _asks_for_dropout(branch: Branch) -> bool:
    """Whether it goes on where something is a dropout: `isinstance(child, nn.Dropout)`."""
    names = {last_name(node) for node in every_node(branch.test)}
    return "Dropout" in names and branch.told[1]


def get_by_name(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`getattr(thing, name)`, with a default or without."""
    if len(args.positional) < 2:
        return UNKNOWN
    name = assignment.item_key(args.positional[1])
    owner = args.positional[0]
    if AnyName() in args.positional[1]:
        return union([any_module(number, state) for number in state.things(owner)])
    if name is None and any(state.heap[number].kind is Kind.MODULE for number in state.things(owner)):
        switches = [
            attributes.read(machine, a, each, state) for a in owner for each in _modes(args.positional[1], node)
        ]
        if switches:
            return union(switches)
    if name is None:
        fitting = [
            attributes.read(machine, atom, each, state) for atom in owner for each in _fitting(atom, node, state)
        ]
        if 0 < len(fitting) <= MOST_ATOMS:
            if len(fitting) > 1 and any(isinstance(atom, Bound) for value in fitting for atom in value):
                machine.guessed.update(state.things(owner))
            return union(fitting)
        asked = ast.unparse(node.args[1]).lower() if len(node.args) > 1 else ""
        return union([_any_attribute(machine, atom, asked, state) for atom in owner])
    found = union([attributes.read(machine, atom, name, state) for atom in owner])
    return union([found, *args.positional[2:3]])


def _modes(name: Value, node: ast.Call) -> list[str]:
    """`"train"` and `"eval"`, where a setting picks one of them; nothing where one name is known, or it may be another.

    A name that is called a mode may be either: `getattr(self.bert, mode)()`.
    """
    texts = [atom.value for atom in name if isinstance(atom, Const)]
    is_asked = name == UNKNOWN and len(node.args) == 2 and last_name(node.args[1]) == "mode"
    return ["train", "eval"] if is_asked or (len(name) == 2 and {*texts} == {"train", "eval"}) else []


def get_by_path(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`hydra.utils.get_class("package.Class")`, `pydoc.locate(...)`: what a dotted name means."""
    texts = [atom.value for value in args.values() for atom in value if isinstance(atom, Const)]
    if len(texts) != 1 or not isinstance(texts[0], str):
        return UNKNOWN
    owner, name = owner_and_name(machine.frame.module, texts[0])
    return machine.project.member(owner, name, machine.frame.module) if owner != UNKNOWN else UNKNOWN


def import_module(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`importlib.import_module(name)`: a file, or one of a package's where the last part of its name is not known."""
    asking, name = machine.frame.module, args.get(0, "name") or UNKNOWN
    (atom,) = name if len(name) == 1 else (None,)
    text = f"{atom.front}." if isinstance(atom, Dotted) else assignment.item_key(name)
    package = _package(args.get(1, "package") or UNKNOWN, asking)
    if text is None or (text.startswith(".") and package is None):
        return UNKNOWN
    dotted = candidates.absolute_name(text, package or "")
    if isinstance(atom, Dotted):
        files = candidates.files_of(dotted, asking)
        return frozenset({SomeFile(files)}) if files else UNKNOWN
    found = machine.project.resolve_import(asking, Import(dotted, dotted, None))
    is_own = any(isinstance(each, ModuleValue) for each in found)
    return found if is_own or dotted == text else UNKNOWN


def _package(given: Value, asking: SourceModule) -> str | None:
    """The package that a relative name starts from: a literal, `__package__`, or `__name__` in the package itself."""
    if given == frozenset({External("builtins.__package__")}):
        return asking.package
    return asking.name if given == frozenset({External("builtins.__name__")}) else assignment.item_key(given)


def get_globals(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`globals()`: the file itself, whose names it tells."""
    return frozenset({ModuleValue(machine.frame.module)})


def get_evaluated(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`eval(name)`: what a dotted name means there; any module of the file where the name is not known."""
    name = assignment.item_key(args.get(0, "expression") or UNKNOWN)
    if name is None:
        is_a_name = bool(node.args) and isinstance(node.args[0], ast.Name | ast.Attribute | ast.Subscript)
        return candidates.module_classes(machine.frame.module) if is_a_name else UNKNOWN
    meant = dotted_name(name)
    return machine.evaluate(ast.copy_location(meant, node), state) if meant is not None else UNKNOWN


def _fitting(owner: Atom, node: ast.Call, state: State) -> list[str]:
    """The names of a thing's attributes that begin and end as what is asked for: `getattr(self, f"{mode}_step")`."""
    thing = state.heap.get(owner.thing) if isinstance(owner, Ref) else None
    start, end = _ends(node.args[1]) if len(node.args) > 1 else ("", "")
    if thing is None or not (start or end):
        return []
    bases = thing.cls.own_bases if thing.cls is not None else []
    names = dict.fromkeys([*(name for base in bases for name in base.methods), *thing.attributes])
    known = len(start) + len(end)
    return [each for each in names if each.startswith(start) and each.endswith(end) and len(each) > known]


def _ends(node: ast.expr) -> tuple[str, str]:
    """What is known of the beginning and the end of a text that is put together."""
    if isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [node.left, node.right]
    else:
        return "", ""
    first, last = (part.value if isinstance(part, ast.Constant) else "" for part in (parts[0], parts[-1]))
    return str(first), str(last) if len(parts) > 1 else ""


def any_module(owner: int, state: State) -> Value:
    """The modules that a thing has; one whose code is not in the project stands for those in it."""
    if state.heap[owner].kind is Kind.MODULE and attributes.is_opaque(state.heap[owner]):
        return frozenset({Ref(owner, each=True)})
    values = union([attribute.value for attribute in state.heap[owner].attributes.values()])
    modules = [number for number in state.things(values) if state.heap[number].kind is Kind.MODULE]
    return frozenset(Ref(number) for number in modules) or UNKNOWN


def _any_attribute(machine: Machine, owner: object, asked: str, state: State) -> Value:
    if isinstance(owner, External) and owner.dotted == "transformers":
        if "model" in asked:
            return frozenset({External("transformers.AutoModel")})
        return UNKNOWN if catalog.is_no_model(asked) else frozenset({External(catalog.ANY_MODEL)})
    if isinstance(owner, ModuleValue):
        return candidates.module_classes(owner.module)
    if isinstance(owner, SomeFile):
        for_a_task = any(frame.owner is not None and frame.owner.is_lightning for frame in machine.frames)
        return candidates.classes_in(owner.modules, machine.frame.module, for_a_task=for_a_task)
    for number in state.things(frozenset({owner})):  # type: ignore[arg-type]
        stored = state.heap[number].attributes.get("[?]")
        if stored is not None:
            return stored.value
    return UNKNOWN


def joined(machine: Machine, node: ast.JoinedStr, state: State) -> Value:
    """An f-string: a literal where all in it is known, or one that ends in a dot and a name that is not."""
    text, assumed = "", Assumed.NOT
    for index, part in enumerate(node.values):
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = machine.evaluate(inner, state)
        (atom,) = value if len(value) == 1 else (None,)
        if isinstance(atom, Const) and isinstance(atom.value, str | int):
            text += str(atom.value)
            assumed = max(assumed, atom.assumed)
        else:
            is_last = index == len(node.values) - 1
            return frozenset({Dotted(text[:-1])}) if is_last and text.endswith(".") else UNKNOWN
    return const(text, assumed=assumed)


def split_dotted(atom: Dotted, name: str) -> Value:
    """`f"package.{name}".rsplit(".", 1)`, or what comes to the same."""
    front = const(atom.front)
    if name == "rsplit" or (name == "split" and "." not in atom.front):
        return frozenset({Seq((front, UNKNOWN))})
    return frozenset({Seq((front, const("."), UNKNOWN))}) if name == "rpartition" else UNKNOWN
