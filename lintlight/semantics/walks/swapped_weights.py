"""`train()` overrides that exchange weights for evaluation: since Lightning 2.2 `fit` calls them with False only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lintlight.model import Confidence, Span
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node
from lintlight.semantics.walks.train_overrides import override_span
from lintlight.source.outline import may_say

PUTS_IN = frozenset({"copy_to", "apply_shadow"})
"""What moving averages of weights call to put themselves into a model (torch_ema, EMA classes of many projects)."""
TAKES_OUT = "restore"
MODE_HOOKS = ("on_validation_model_eval", "on_validation_model_train")
"""Who overrides one of them decides what `fit` calls before and after validation."""

GOES_THROUGH = frozenset({("train", "self"), ("eval", "super()")})
"""The calls through which an `eval()` of its own comes to the override."""

Known = Mapping[str, object]
"""The names of an override that have a known value while it runs, its own `mode` among them."""


@dataclass(frozen=True)
class SwappedWeights:
    """Weights that are put in before validation and stay in."""

    span: Span
    """The line `def train(...)`."""
    holder: str
    """What holds them, as it is written: `self.ema`."""
    put_in: Span
    taken_out: Span
    undo: str
    """The call that `fit` never makes, as it is written."""
    confidence: Confidence


def swapped_weights(cls: ProjectClass) -> SwappedWeights | None:
    """What the `train()` override of a class puts in with False and takes out with True, and nobody else takes out."""
    override = cls.find_method("train")
    if override is None or not isinstance(override.node, ast.FunctionDef) or not may_say(override.node, [TAKES_OUT]):
        return None
    if any(isinstance(node, ast.Attribute) and node.attr == "trainer" for node in every_node(override.node)):
        return None  # it asks what is going on
    in_eval, in_train = (list(_calls(override.node.body, _given(override.node, mode))) for mode in (False, True))
    taken = {_holder(call): call for call, _ in in_train if _name(call) == TAKES_OUT}
    taken_again = {_holder(call) for call, _ in in_eval if _name(call) == TAKES_OUT}
    for call, is_sure in in_eval:
        holder = _holder(call)
        if _name(call) in PUTS_IN and holder in taken.keys() - taken_again and holder.startswith("self."):
            if cls.find_method("validation_step") is None or any(map(cls.find_method, MODE_HOOKS)):
                return None
            # A base class may be there for those only that take them out.
            if any(_is_undone_elsewhere(each, holder) for each in (cls, *cls.module.project.heirs(cls))):
                return None
            head, span = override_span(cls), override.module.span
            assert head is not None
            undo = ast.unparse(taken[holder])
            sure = Confidence.HIGH if is_sure else Confidence.MEDIUM
            return SwappedWeights(head, holder, span(call), span(taken[holder]), undo, sure)
    return None


def _given(node: ast.FunctionDef, mode: bool) -> Known:
    """The parameters by name: the first is the mode, the others have their defaults."""
    names = by_position(node.args)
    pairs: list[tuple[str, ast.expr | None]] = [*zip(reversed(names), reversed(node.args.defaults), strict=False)]
    pairs += zip((each.arg for each in node.args.kwonlyargs), node.args.kw_defaults, strict=True)
    known: dict[str, object] = {name: value.value for name, value in pairs if isinstance(value, ast.Constant)}
    return {**known, **dict.fromkeys(names[1:2], mode), "self.training": mode}


def _calls(body: Sequence[ast.stmt], known: Known) -> Iterator[tuple[ast.Call, bool]]:
    """The calls that are made with these values, and whether surely; what lies behind a sure return is left out."""
    goes_on = True
    for node in body:
        if isinstance(node, ast.If):
            answer = _truth(node.test, known)
            taken = [node.body] if answer is True else [node.orelse] if answer is False else [node.body, node.orelse]
            for branch in taken:
                sure = goes_on and answer is not None
                yield from ((call, is_sure and sure) for call, is_sure in _calls(branch, known))
            leaves = [bool(branch) and isinstance(branch[-1], ast.Return) for branch in taken]
            if all(leaves):
                return
            goes_on = goes_on and not any(leaves)
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from ((call, is_sure and goes_on) for call, is_sure in _calls(node.body, known))
        elif isinstance(node, ast.Try | ast.TryStar | ast.For | ast.While):
            inner = (*node.body, *node.orelse, *getattr(node, "finalbody", ()))
            yield from ((call, False) for call, _ in _calls(inner, known))
        else:
            yield from ((each, goes_on) for each in every_node(node) if isinstance(each, ast.Call))
        if isinstance(node, ast.Return):
            return


def _truth(test: ast.expr, known: Known) -> bool | None:
    """Whether a condition holds; None where that is not known."""
    match test:
        case ast.Constant():
            return bool(test.value)
        case ast.Name() | ast.Attribute():
            name = ast.unparse(test)
            return bool(known[name]) if name in known else None
        case ast.UnaryOp(op=ast.Not()):
            inner = _truth(test.operand, known)
            return None if inner is None else not inner
        case ast.BoolOp():
            answers = [_truth(each, known) for each in test.values]
            decides = isinstance(test.op, ast.Or)
            return decides if decides in answers else None if None in answers else not decides
        case ast.Compare(ops=[op], comparators=[ast.Constant(value=bool() as other)]):
            mine = _truth(test.left, known)
            if mine is None or not isinstance(op, ast.Eq | ast.Is | ast.NotEq | ast.IsNot):
                return None
            return (mine == other) is isinstance(op, ast.Eq | ast.Is)
    return None


def _is_undone_elsewhere(cls: ProjectClass, holder: str) -> bool:
    """Whether another method, or another file, takes the weights out, or calls `train()` itself."""
    for base in cls.own_bases:
        for name, node in base.methods.items():
            calls = [call for call in every_node(node) if isinstance(call, ast.Call)]
            if name == "train":
                continue
            if any(_undoes(call, holder) for call in calls):
                return True
            if name == "eval" and not any((_name(call), _holder(call)) in GOES_THROUGH for call in calls):
                return True  # it does not put them in
    return _is_undone_by_a_callback(cls, holder.removeprefix("self."))


def _is_undone_by_a_callback(cls: ProjectClass, attribute: str) -> bool:
    """Whether a class that takes the weights out of modules is named beside this one, or by a configuration."""
    project, asking = cls.module.project, cls.module
    for word in (f".{attribute}.{TAKES_OUT}(", ".train("):
        for module in project.modules_with(word, asking):
            for other in module.classes.values():
                if word == ".train(" and not any(isinstance(b, str) and b.endswith("Callback") for b in other.mro):
                    continue
                text = "\n".join(module.lines[other.node.lineno - 1 : other.node.end_lineno])
                if other in cls.mro or not re.search(rf"(?<!self){re.escape(word)}", text):
                    continue
                users = project.modules_with(other.node.name, asking)
                if project.configuration_names(other) or any(cls.node.name in user.code for user in users):
                    return True
    return False


def _undoes(call: ast.Call, holder: str) -> bool:
    if _name(call) == TAKES_OUT:
        return _holder(call) == holder or "." not in _holder(call)  # a local name may be the same thing
    by_class = bool(call.args) and ast.unparse(call.args[0]) == "self"  # `Base.train(self, True)`
    given = [*call.args[by_class : by_class + 1], *(key.value for key in call.keywords if key.arg == "mode")]
    is_eval = any(isinstance(mode, ast.Constant) and mode.value is False for mode in given)
    return _name(call) == "train" and not is_eval and (by_class or _holder(call) in {"self", "super()"})


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _holder(call: ast.Call) -> str:
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
