"""What an argument means to its class, as its source says: whether it can matter, is loaded, or names a checkpoint."""

from __future__ import annotations

import ast
import re
from typing import Any

from . import by_source, callsites, sources

IMMATERIAL_NAMES = re.compile(
    r"^(?!.*fr[eo]+z)((\w+_)?lr(_\w+)?|learning_rate|weight_decay|wd|warmup\w*|(num|n)_\w*(steps|labels|classes|class|targets|tags)|"
    r"len_\w+|\w+_len|steps_per_epoch|(total|num)_\w*(batches|samples|examples)(_per_epoch)?|\w+_token_id|"
    r"id2label|idx2label|label_map|id_to_label|idx_to_label|label2idx?|label_to_idx?|"
    r"(max|total|num|num_training|training|train)_steps|(max|num)?_?epochs|(\w+_)?batch_?size|every_n_\w+|eps|epsilon|adam_\w+|"
    r"beta_?\d?|betas|momentum|gamma|label_smoothing|temperature|seed|num_workers|(\w+_)?max_(seq_)?len(gth)?)$"
)
"""Names of numbers that decide how well something learns, not what is in which mode."""
DECIDING = {"training", "requires_grad", "strict_loading", "automatic_optimization"}
"""Attributes that are what the probe looks at, whatever number they are set to."""
ROUNDING = ("int", "float", "round", "ceil", "floor", "max", "min")


def is_immaterial(name: str, cls: Any) -> bool:
    """Whether an argument only sets a number, and no method of the class makes a decision by it."""
    if not IMMATERIAL_NAMES.match(name):
        return False
    definitions = sources.definitions_of(cls)
    return not any(decides(each, known) for known in computed_from(name, definitions) for each in definitions)


def computed_from(name: str, definitions: list[ast.FunctionDef]) -> set[str]:
    """The name, and those of variables and attributes whose value is nothing but arithmetic with it."""
    found, before = {name}, 0
    nodes = [node for each in definitions for node in ast.walk(each)]
    while len(found) > before:
        before = len(found)
        for node in nodes:
            if is_sum(node) and any(mentions([node], known) for known in found):
                found |= stored(node)
    return found


def is_sum(node: ast.AST) -> bool:
    """Whether a statement only computes numbers, also one or another by a condition on numbers."""
    if isinstance(node, ast.If):
        branches = [*node.body, *node.orelse]
        plain = [each for each in branches if isinstance(each, ast.Assign) and is_number(each.value)]
        sums = [each for each in branches if isinstance(each, ast.If) and is_sum(each)]
        return is_condition(node.test) and len(plain) + len(sums) == len(branches) and not stored(node) & DECIDING
    return isinstance(node, ast.Assign) and is_arithmetic(node.value)


def stored(node: ast.AST) -> set[str]:
    """The names of the variables and attributes that get a value in a statement."""
    places = [each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))]
    return {callsites.named(each) for each in places if isinstance(each.ctx, ast.Store)}


def is_number(node: ast.expr) -> bool:
    """Whether a value can be nothing but a number that decides how well something learns."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return bool(IMMATERIAL_NAMES.match(callsites.named(node)))
    return is_arithmetic(node)


def is_condition(node: ast.expr) -> bool:
    """Whether a test is about numbers alone."""
    if isinstance(node, ast.BoolOp):
        return all(map(is_condition, node.values))
    if isinstance(node, ast.Compare):
        return all(map(is_arithmetic, [node.left, *node.comparators]))
    return is_arithmetic(node)


def is_arithmetic(node: ast.expr) -> bool:
    """Whether a value is a name, a number, or computed from such."""
    if isinstance(node, ast.BinOp):
        return is_arithmetic(node.left) and is_arithmetic(node.right)
    if isinstance(node, ast.UnaryOp):
        return is_condition(node.operand)
    if isinstance(node, ast.IfExp):
        return is_condition(node.test) and is_number(node.body) and is_number(node.orelse)
    if isinstance(node, ast.Call):
        name = callsites.named(node.func)
        return name == "len" or (name in ROUNDING and all(map(is_arithmetic, node.args)))
    return isinstance(node, (ast.Name, ast.Attribute, ast.Constant))


def is_loaded(name: str, cls: Any) -> bool:
    """Whether a method hands an argument to a loader: then it is the name of a model, and else the model."""
    calls = [node for each in sources.definitions_of(cls) for node in ast.walk(each) if isinstance(node, ast.Call)]
    loaders = [node for node in calls if callsites.named(node.func) in ("from_pretrained", "create_model", "load")]
    return any(mentions([*node.args, *(keyword.value for keyword in node.keywords)], name) for node in loaders)


def names_checkpoint(name: str, cls: Any) -> bool:
    """Whether an argument is nothing but the checkpoint that classes load which say their architecture themselves."""
    loads = other = 0
    for definition in sources.definitions_of(cls):
        nodes = list(ast.walk(definition))
        loading = {id(argument) for node in nodes for argument in loaded_of_known_class(node)}
        kept = {id(node.value) for node in nodes if isinstance(node, ast.Assign)}
        for node in nodes:
            named = callsites.named(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
            if named == name and isinstance(getattr(node, "ctx", None), ast.Load):
                loads += id(node) in loading
                other += id(node) not in loading | kept
    return loads > 0 and other == 0


def loaded_of_known_class(node: ast.AST) -> list[ast.expr]:
    """`name` in `T5Model.from_pretrained(name)`, also of a tokenizer; an Auto class may load any architecture."""
    if not (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "from_pretrained"
    ):
        return []
    owner = callsites.named(node.func.value)
    general = owner.startswith("Auto") and not owner.endswith(("Tokenizer", "Processor", "Extractor"))
    return [] if general or not owner else node.args[:1]


def decides(definition: ast.FunctionDef, name: str) -> bool:
    """Whether a function branches, loops, compares or selects by the name, or hides it behind another one."""
    sums = {id(inner) for node in ast.walk(definition) if is_sum(node) for inner in ast.walk(node)}
    for node in ast.walk(definition):
        if id(node) in sums:
            continue
        if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
            parts: list[Any] = [node.test]
        elif isinstance(node, (ast.For, ast.comprehension)):
            parts = [node.iter, *getattr(node, "ifs", [])]
        elif isinstance(node, (ast.Compare, ast.BoolOp)):
            parts = [node]
        elif isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Assign) and stored(node) & DECIDING:
            parts = [node.value]
        elif isinstance(node, ast.Assign) and not mentions(node.targets, name):
            parts = [each for each in held(node.value) if not isinstance(each, ast.Call) and not is_arithmetic(each)]
        elif isinstance(node, ast.Call) and callsites.named(node.func) in (*by_source.SETS_MODE, "range"):
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        else:
            continue
        if mentions(parts, name):
            return True
    return False


def held(node: ast.expr) -> list[ast.expr]:
    """What a collection that is written out holds; anything else is that itself."""
    if isinstance(node, ast.Dict):
        return node.values
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]


def mentions(parts: list[Any], name: str) -> bool:
    """Whether a name, or an attribute of this name, stands in some expressions."""
    return any(
        (isinstance(inner, ast.Name) and inner.id == name)
        or (isinstance(inner, ast.Attribute) and inner.attr == name)
        or (isinstance(inner, ast.Constant) and inner.value == name)
        for part in parts
        for inner in ast.walk(part)
    )
