"""Python's own functions, and those of torch and the standard library that hand on what they are given."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from lintlight.semantics.heap import Attribute, Kind, Learn, State, Thing
from lintlight.semantics.interpreter import (
    assignment,
    attributes,
    byname,
    calls,
    conditions,
    containers,
    expressions,
    picked,
    statements,
    stepping,
)
from lintlight.semantics.interpreter.machine import Arguments, Known, Machine
from lintlight.semantics.interpreter.module_tree import listed
from lintlight.semantics.knowledge.catalog import BASE_LAYERS
from lintlight.semantics.knowledge.words import PARSED
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import (
    UNKNOWN,
    Bound,
    ClassValue,
    Const,
    External,
    Function,
    Options,
    Partial,
    Place,
    Ref,
    Seq,
    Several,
    Value,
    const,
    union,
)


def _inference_mode(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`torch.inference_mode(mode)`: with False everything is as it is outside."""
    mode = args.get(0, "mode")
    is_on = True if mode is None else conditions.plain_truth(mode, state)
    off: Value = frozenset({External("torch.inference_mode")})
    return off if is_on else UNKNOWN if is_on is False else off | UNKNOWN


def _set_grad_enabled(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    return frozenset({Seq((frozenset({External("torch.set_grad_enabled")}), args.get(0, "mode") or UNKNOWN))})


def _is_grad_enabled(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    return frozenset(Const(each) for each in state.grad)


def deepcopied(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`copy.deepcopy(x)`: what it holds is copied, too."""
    copies: dict[int, Value] = {}

    def copy(number: int) -> Value:
        if number not in copies:
            copies[number] = machine.put(state.heap[number], state)
            (ref,) = copies[number]
            assert isinstance(ref, Ref)
            attributes = {
                name: replace(
                    a, value=union([copy(x.thing) if isinstance(x, Ref) else frozenset({x}) for x in a.value])
                )
                for name, a in state.heap[number].attributes.items()
            }
            state.heap[ref.thing] = state.heap[number].changed(attributes=attributes)
        return copies[number]

    value = args.get(0, "x") or UNKNOWN
    return union([copy(a.thing) if isinstance(a, Ref) and a.thing in state.heap else frozenset({a}) for a in value])


def _averaged(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """A module that holds a copy of the one that it is given."""
    copied = deepcopied(machine, Arguments([args.get(0, "model") or UNKNOWN], {}), node, state)
    return machine.put(Thing(Kind.MODULE, library=AVERAGED, attributes={"module": Attribute(copied)}), state)


def _hasattr(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    name = assignment.item_key(args.positional[1]) if len(args.positional) == 2 else None
    numbers = state.things(args.positional[0]) if args.positional else []
    if name is not None and numbers and all(name in state.heap[n].attributes for n in numbers):
        return const(True)
    if name in stepping.WRAPPED_IN and args.positional and conditions.is_wrapped(args.positional[0]):
        return const(True)
    return UNKNOWN


def _iterates(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """list, tuple, set, iter, reversed, sorted: the same elements."""
    value = args.positional[0] if args.positional else frozenset()
    if not value:
        return expressions.make_list(machine, [], state)
    rows = [a for a in value if isinstance(a, Ref) and a.thing in state.heap]
    if rows and all(_is_row_of_a_library(state.heap[a.thing]) for a in rows):
        return value  # a slice of it is a part
    if any(state.heap[a.thing].kind is not Kind.DICT for a in rows) or any(listed(a, state.heap) for a in value):
        return expressions.make_list(machine, statements.elements(machine, value, state), state)
    return value


def _is_row_of_a_library(thing: Thing) -> bool:
    """`bert.encoder.layer`: nobody knows how many layers are in it."""
    return thing.kind is Kind.MODULE and attributes.is_opaque(thing) and not thing.library.startswith("torch.nn.")


def _filter(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    if len(args.positional) != 2:
        return UNKNOWN
    test, value = args.positional
    asked = [a.node for a in test if isinstance(a, Function) and isinstance(a.node, ast.Lambda)]
    tests = [each.body for each in asked] or [ast.Constant(None)]
    return picked.narrowed(machine, value, tests, state, asked[0].args if asked else tests[0])


def _map(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    if len(args.positional) < 2:
        return UNKNOWN
    results = []
    for item in statements.elements(machine, args.positional[1], state)[: statements.MOST_ITERATIONS]:
        for atom in ordered(args.positional[0]):
            results.append(machine.hand_on(calls.call_value(machine, atom, Arguments([item], {}), node, state)))
    return frozenset({Several(union(results))})


def _id(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """Of parameters, these themselves: it tells which they are."""
    value = args.get(0, "obj") or UNKNOWN
    return value if picked.parameters_in(value) else UNKNOWN


def _chain(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    items = [item for value in args.positional for item in statements.elements(machine, value, state)]
    return frozenset({Seq(tuple(items))})


def _chain_rows(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`chain.from_iterable(rows)`."""
    rows = statements.elements(machine, args.positional[0], state) if args.positional else []
    return _chain(machine, Arguments(rows, {}), node, state)


def _sum(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`sum(rows, [])` chains the rows; numbers and losses are added up."""
    begins = args.get(1, "start") or UNKNOWN
    is_row = bool(state.things(begins)) or any(isinstance(atom, Seq) for atom in begins)
    return _chain_rows(machine, args, node, state) if is_row else UNKNOWN


def _zip(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    columns = [statements.elements(machine, value, state) for value in args.positional]
    rows = list(zip(*columns, strict=False)) if all(columns) else []
    return frozenset({Seq(tuple(frozenset({Seq(row)}) for row in rows))})


def _enumerate(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    items = statements.elements(machine, args.positional[0], state) if args.positional else []
    is_told = len(items) > 1 and not any(containers.stands_for_many(item, state) for item in items)
    numbers = [const(place) if is_told and len(args.values()) == 1 else UNKNOWN for place in range(len(items))]
    return frozenset({Seq(tuple(frozenset({Seq(pair)}) for pair in zip(numbers, items, strict=True)))})


def _next(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    return union(statements.elements(machine, args.positional[0], state)) if args.positional else UNKNOWN


def _checkpoint(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`torch.utils.checkpoint.checkpoint(f, ...)` calls f."""
    if not args.positional:
        return UNKNOWN
    rest = Arguments(args.positional[1:], {})
    return union([calls.call_value(machine, atom, rest, node, state) for atom in ordered(args.positional[0])])


def _type(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    if len(args.positional) != 1:
        return UNKNOWN
    return union([attributes.read(machine, atom, "__class__", state) for atom in ordered(args.positional[0])])


def _isinstance(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`isinstance(...)` where all that it may be asked of gives one answer."""
    if len(args.positional) != 2:
        return UNKNOWN
    asked, kinds = args.positional
    classes = [atom for each in kinds for atom in (union(each.items) if isinstance(each, Seq) else (each,))]
    answers = {
        True if True in found else None if None in found else False
        for found in ({conditions.is_a(atom, cls, state) for cls in classes} for atom in asked)
    }
    (answer,) = answers if len(answers) == 1 else (None,)
    return UNKNOWN if answer is None else const(answer, assumed=conditions.assumed(asked))


def _vars(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`vars(args)`: the options of a command line, where nothing else is known of them."""
    value = args.get(0, "object") or UNKNOWN
    held = [state.heap[number] for number in state.things(value)]
    if len(held) == 1 and held[0].kind is Kind.INSTANCE:
        return machine.put(Thing(Kind.DICT, attributes=held[0].attributes), state)
    around = machine.frame.function or machine.frame.module.tree
    return frozenset({Options()}) if value == UNKNOWN and _is_of_a_command_line(node, around) else UNKNOWN


def _is_of_a_command_line(node: ast.Call, around: ast.AST) -> bool:
    """Whether `vars(args)` is what the parser gave, and stays so."""
    if not node.args or not PARSED.search(last_name(node.args[0])):
        return False
    every = every_node(around)
    kept = [each for each in every if isinstance(each, ast.Assign) and each.value is node]
    names = {getattr(target, "id", "") for each in kept for target in each.targets}
    changed = [each.value for each in every if isinstance(each, ast.Subscript) and not isinstance(each.ctx, ast.Load)]
    changed += [each.value for each in every if isinstance(each, ast.Attribute) and each.attr in CHANGES]
    return not any(isinstance(each, ast.Name) and each.id in names for each in changed)


def _harmless(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    return UNKNOWN


def _range(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`range(n)`: each place of a row where `n` says how long that is, else some."""
    if not node.args:
        return UNKNOWN
    *first, last = node.args[:2]
    if len(node.args) == 3 and isinstance(node.args[2], ast.UnaryOp):  # range(n - 1, -1, -1)
        begins, last = True, getattr(first[0], "left", first[0])
    else:
        begins = not first or (isinstance(first[0], ast.Constant) and first[0].value == 0)
    around = machine.frame.function or node
    known = args.get(len(first), "stop") or UNKNOWN
    is_long = all(
        isinstance(atom, Const) and isinstance(atom.value, int) and atom.value >= BASE_LAYERS for atom in known
    )
    is_whole = begins and (is_long or _is_a_length(last, around))
    return UNKNOWN if is_whole else frozenset({Several(frozenset({Place()}))})


def _is_a_length(node: ast.expr, around: ast.AST) -> bool:
    """Whether it is how many layers a model has; what a name stands for is looked up in the function around it."""
    if isinstance(node, ast.Call):
        return last_name(node.func) == "len"
    if COUNT.fullmatch(last_name(node)):
        return True
    if not isinstance(node, ast.Name):
        return False
    assigned = [each for each in every_node(around) if isinstance(each, ast.Assign)]
    values = [each.value for each in assigned if any(ast.unparse(target) == node.id for target in each.targets)]
    return any(not isinstance(value, ast.Name) and _is_a_length(value, around) for value in values)


def _partial(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`functools.partial(f, ...)`."""
    made, *rest = args.positional or [UNKNOWN]
    return frozenset(
        Partial(atom, tuple(rest), tuple(args.keywords.items())) if isinstance(atom, MAKES) else atom for atom in made
    )


def _any(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`any(...)` of what is known one by one."""
    grads = picked.asked_for_gradients(machine, node, state)
    if any(learn <= LEARNS for learn in grads):
        return const(True)
    return (
        const(False)
        if grads and all(learn == {Learn.OFF} for learn in grads)
        else _decided(machine, args, state, by=True)
    )


def _all(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    grads = picked.asked_for_gradients(machine, node, state)
    if grads and all(learn == grads[0] for learn in grads) and grads[0] in ({Learn.ON}, {Learn.OFF}):
        return const(grads[0] == {Learn.ON})
    return _decided(machine, args, state, by=False)


def _decided(machine: Machine, args: Arguments, state: State, *, by: bool) -> Value:
    """One of them that is `by` decides; else each of them has to be known."""
    answers = {
        conditions.plain_truth(frozenset({each}), state)
        for item in statements.elements(machine, args.positional[0] if args.positional else UNKNOWN, state)
        for each in item
    }
    return const(by) if by in answers else UNKNOWN if None in answers else const(not by)


# What gives out the class that a dotted name means.
GETS_BY_PATH = (
    "hydra.utils.get_class",
    "hydra.utils.get_object",
    "hydra.utils.get_method",
    "pydoc.locate",
)
AVERAGED = "torch.optim.swa_utils.AveragedModel"
SHOW_HOW_FAR = ("tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "rich.progress.track")
"""What shows how far a loop is, and hands on what it goes over."""
MAKES = (ClassValue, External, Function, Bound, Partial)
COUNT = re.compile(r"((n|num)_)?(hidden_|encoder_|decoder_)?(layers?|blocks?)")
"""What is called so is how many layers a model has."""
LEARNS = frozenset({Learn.ON, Learn.PARTLY, Learn.IN_PARTS})
CHANGES = frozenset({"pop", "update", "setdefault", "clear", "popitem"})
HARMLESS = "print len issubclass repr str int float bool min max".split()

KNOWN: dict[str, Known] = {
    "torch.set_grad_enabled": _set_grad_enabled,
    "torch.is_grad_enabled": _is_grad_enabled,
    "torch.inference_mode": _inference_mode,
    "torch.autograd.inference_mode": _inference_mode,
    "torch.utils.checkpoint.checkpoint": _checkpoint,
    "importlib.import_module": byname.import_module,
    "functools.partial": _partial,
    "copy.deepcopy": deepcopied,
    "copy.copy": deepcopied,
    AVERAGED: _averaged,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_rows,
    **dict.fromkeys(SHOW_HOW_FAR, _iterates),
    "builtins.isinstance": _isinstance,
    "builtins.setattr": byname.set_by_name,
    "builtins.getattr": byname.get_by_name,
    "builtins.globals": byname.get_globals,
    "builtins.eval": byname.get_evaluated,
    **dict.fromkeys(GETS_BY_PATH, byname.get_by_path),
    "builtins.hasattr": _hasattr,
    "builtins.list": _iterates,
    "builtins.tuple": _iterates,
    "builtins.set": _iterates,
    "builtins.iter": _iterates,
    "builtins.reversed": _iterates,
    "builtins.sorted": _iterates,
    "builtins.filter": _filter,
    "builtins.map": _map,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "collections.deque": _iterates,
    "builtins.next": _next,
    "builtins.any": _any,
    "builtins.all": _all,
    "builtins.type": _type,
    "builtins.range": _range,
    "builtins.id": _id,
    "builtins.sum": _sum,
    "builtins.vars": _vars,
    **{f"builtins.{name}": _harmless for name in HARMLESS},
}
