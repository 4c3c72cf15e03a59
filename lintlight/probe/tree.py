"""The module tree that the worker saw, as lines: folded where all below a module are alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lintlight.probe.measured import difference, loses_random_numbers, unsteadiness

Node = Mapping[str, Any]
Part = tuple[str, str]
"""Text and what it means: name, type, train, eval, mixed, learns, frozen, lost, note."""


@dataclass(frozen=True)
class Summary:
    """A module and all below it, added up."""

    modules: int = 0
    in_eval: int = 0
    parameters: int = 0
    trainable: int = 0
    in_optimizer: int = 0
    dropouts: int = 0
    rates: frozenset[float] = frozenset()
    batch_norms: int = 0

    @property
    def mode(self) -> str:
        """`train`, `eval`, or `mixed`."""
        return "train" if self.in_eval == 0 else "eval" if self.in_eval == self.modules else "mixed"

    @property
    def learns(self) -> str:
        """Whether its parameters learn: `learns`, `frozen`, `partly`, `left out` of the optimizers, or nothing."""
        if self.parameters == 0:
            return ""
        if self.in_optimizer == 0:
            return "frozen" if self.trainable == 0 else "left out"
        return "learns" if self.in_optimizer == self.parameters else "partly"


@dataclass(frozen=True)
class Line:
    """One line of the tree."""

    depth: int
    name: str
    type: str
    summary: Summary
    folded: int
    """So many modules below it are not shown."""
    effect: str = ""
    """What its mode turns off, when that was measured."""


def summarise(node: Node) -> Summary:
    """A module and all below it, added up."""
    total = Summary(
        1, int(not node["training"]), node["parameters"], node["trainable"], node["in_optimizer"],
        int("dropout" in node), frozenset([node["dropout"]] if "dropout" in node else []),
        int(bool(node.get("batch_norm"))),
    )  # fmt: skip
    for child in node["children"]:
        below = summarise(child)
        total = Summary(
            total.modules + below.modules, total.in_eval + below.in_eval, total.parameters + below.parameters,
            total.trainable + below.trainable, total.in_optimizer + below.in_optimizer,
            total.dropouts + below.dropouts, total.rates | below.rates, total.batch_norms + below.batch_norms,
        )  # fmt: skip
    return total


def lines(evidence: Mapping[str, Any]) -> list[Line]:
    """The lines of the tree in the evidence; the effect stands at the branches where it was measured."""
    effects = {name: _effect(seen) for name, seen in (evidence.get("effects") or {}).items()}
    return list(_lines(evidence["tree"], 0, "", effects))


def _lines(node: Node, depth: int, path: str, effects: Mapping[str, str]) -> Iterator[Line]:
    summary = summarise(node)
    effect = effects.get(path, "") if path else ""
    if depth and _agrees(node):
        yield Line(depth, node["name"], node["type"], summary, summary.modules - 1, effect)
        return
    yield Line(depth, node["name"], node["type"], summary, 0, effect)
    yield from _runs(node["children"], depth + 1, path, effects)


def _runs(children: Sequence[Node], depth: int, path: str, effects: Mapping[str, str]) -> Iterator[Line]:
    """The lines of some siblings; folded neighbours that are the same but for their number share one line."""
    held: Line | None = None
    last = ""
    for child in children:
        inner = list(_lines(child, depth, f"{path}.{child['name']}".lstrip("."), effects))
        first = inner[0]
        if held is not None and len(inner) == 1 and child["name"].isdigit() and _same(held, first):
            last = child["name"]
            continue
        if held is not None:
            yield replace(held, name=f"{held.name}-{last}" if last else held.name)
        held, last = None, ""
        if len(inner) == 1:
            held = first
        else:
            yield from inner
    if held is not None:
        yield replace(held, name=f"{held.name}-{last}" if last else held.name)


def _same(one: Line, other: Line) -> bool:
    """Whether two lines differ in nothing but the name."""
    return one.name.isdigit() and replace(other, name=one.name) == one


def _agrees(node: Node) -> bool:
    """Whether everything below a module is in one mode and learns, or does not, as a whole."""
    below = [summarise(child) for child in node["children"]]
    whole = summarise(node)
    if whole.mode == "mixed" or whole.learns in ("partly", "left out"):
        return not below
    return all(part.learns in ("", whole.learns) for part in below)


def _effect(seen: Mapping[str, Any]) -> str:
    """What train mode would change, by the measurements of one branch."""
    measured = seen.get("measured") or ()
    if not measured:
        return ""
    delta = difference(measured)
    if delta > 0:
        return f"train mode would differ by {delta:.2g}"
    if loses_random_numbers(measured):
        return "train mode would draw random numbers"
    return "" if unsteadiness(measured) else "train mode would change nothing"


def parts(line: Line) -> Iterator[Part]:
    """A line in words."""
    yield line.name or line.type, "name"
    if line.name:
        yield line.type, "type"
    summary = line.summary
    mode = summary.mode
    yield f"{mode} ({summary.in_eval} of {summary.modules} in eval)" if mode == "mixed" else mode, mode
    if summary.learns == "learns":
        yield f"learns {summary.parameters:,}", "learns"
    elif summary.learns == "partly":
        yield f"learns {summary.in_optimizer:,} of {summary.parameters:,}", "learns"
    elif summary.learns == "left out":
        yield f"{summary.trainable:,} trainable, in no optimizer", "lost"
    elif summary.learns:
        yield f"frozen {summary.parameters:,}", "frozen"
    if summary.dropouts:
        rates = ", ".join(f"{rate:g}" for rate in sorted(summary.rates))
        yield f"dropout p={rates} ({summary.dropouts} modules)", "note"
    if summary.batch_norms:
        yield f"{summary.batch_norms} BatchNorm", "note"
    if line.effect and mode != "train":
        yield line.effect, "note" if line.effect.endswith("nothing") else "lost"
    if line.folded:
        yield f"{line.folded} below", "type"
