"""Files and classes of the project: their names, bases and methods."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lintlight.model import Position, SourceText, Span
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.names import BUILTINS, Import, every_node, imports_of, last_name, names_in, top_level
from lintlight.semantics.resolve.trail import FITS, WHOLE, Lead, Search
from lintlight.semantics.values import ClassValue, External, Function, Value
from lintlight.source.comments import text_without_comments
from lintlight.source.outline import may_say, unread

if TYPE_CHECKING:
    from lintlight.semantics.resolve.project import Project


CLASS_INSIDE = re.compile(r"\n[ \t]+class[ \t\\]")
OF_LIGHTNING = frozenset({"automatic_optimization", "strict_loading"})
"""Properties of LightningModule."""
OF_TORCH = frozenset("train eval state_dict load_state_dict requires_grad_ parameters named_parameters".split())
"""Methods of torch's Module that projects write anew."""
FINETUNING = ("BaseFinetuning", "BackboneFinetuning")
MOST_GENERATIONS = 50
"""Of classes, one derived from the other; what lies further back is not known."""


@dataclass(eq=False)
class SourceModule:
    """One file of the project, with its top-level names."""

    path: Path
    name: str
    home: Path
    """The folder from which `name` is imported."""
    source: SourceText = field(repr=False)
    tree: ast.Module = field(repr=False)
    project: Project = field(repr=False)
    tables: dict[str, dict[str, object]] = field(default_factory=dict, repr=False)
    """What decorators put into its top-level tables, worked out once."""
    leads_to: set[Lead] = field(default_factory=set, repr=False)
    """What was read because of it."""
    searches: set[Search] = field(default_factory=set, repr=False)
    """What was looked for in all files because of it."""
    _spans: dict[ast.AST, Span] = field(default_factory=dict, repr=False)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]

    @cached_property
    def folder(self) -> str:
        """The folder it lies in."""
        return str(self.path.parent)

    @cached_property
    def code(self) -> str:
        """The text without what stands in comments: for looking for words."""
        return text_without_comments(self.source.text)

    def says(self, word: str) -> bool:
        """Whether a word, or the part of one, stands in the code; what are comments is only found out where it may."""
        return word in self.source.text and word in self.code

    @cached_property
    def fits(self) -> bool:
        """Whether it calls `fit` of something; what docstrings tell of it does not count."""
        return self.says(FITS.decode()) and any(
            isinstance(node, ast.Attribute) and node.attr == "fit"
            for part in self.tree.body
            if may_say(part, ("fit",))
            for node in every_node(part)
        )

    @cached_property
    def has_bundles(self) -> bool:
        """Whether it may name one of torchaudio's bundles, which give out models."""
        return any(map(self.says, catalog.BUNDLES))

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.source.lines()

    @cached_property
    def bindings(self) -> dict[str, list[Import | ast.stmt]]:
        """Top-level name -> what binds it, in order; a stand-in for a failed import only where nothing else does."""
        nodes = list(top_level(self.tree.body))
        handlers = [handler for node in nodes if isinstance(node, ast.Try | ast.TryStar) for handler in node.handlers]
        fallbacks = {node for handler in handlers for node in top_level(handler.body)}
        first = self._bindings(node for node in nodes if node not in fallbacks)
        return self._bindings(node for node in nodes if node in fallbacks) | first

    def _bindings(self, nodes: Iterable[ast.stmt]) -> dict[str, list[Import | ast.stmt]]:
        found: dict[str, list[Import | ast.stmt]] = {}
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for item in imports_of(node, self.package):
                    found.setdefault(item.local, []).append(item)
            elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(node)
        return found

    @cached_property
    def classes(self) -> dict[str, ProjectClass]:
        """Every class of the file by qualified name, those inside functions and classes too."""
        return {cls.qualname: cls for cls in self.class_of_node.values()}

    def _classes(self, body: list[ast.stmt], prefix: str) -> Iterator[ProjectClass]:
        for node in top_level(body):
            if isinstance(node, ast.ClassDef):
                yield ProjectClass(self, node, prefix + node.name)
                if _may_hold_a_class(node):
                    yield from self._classes(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _may_hold_a_class(node):
                yield from self._classes(node.body, f"{prefix}{node.name}.<locals>.")

    @cached_property
    def class_of_node(self) -> dict[ast.ClassDef, ProjectClass]:
        """The class that a definition makes."""
        return {cls.node: cls for cls in self._classes(self.tree.body, "")}

    def mentions(self, word: str, asking: SourceModule) -> bool:
        """Whether `word` stands anywhere in the code; `asking` is the file whose answers rest on that."""
        asking.leads_to.add((self.path, WHOLE))
        return self.says(word)

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.excepthandler) -> Span:
        """The range of `node`, columns in characters."""
        if node not in self._spans:
            self._spans[node] = Span(
                self.path,
                self._position(node.lineno, node.col_offset),
                self._position(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
            )
        return self._spans[node]

    def _position(self, row: int, offset: int) -> Position:
        line = self.lines[row - 1] if row <= len(self.lines) else ""
        if line.isascii():
            return Position(row, offset + 1)
        return Position(row, len(line.encode()[:offset].decode(errors="replace")) + 1)

    def naming(self, name: str) -> Iterator[str]:
        """What the top level defines or assigns that uses a name: functions, classes and tables."""
        for node in top_level(self.tree.body):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and _names(node, name):
                yield node.name
            elif isinstance(node, ast.Assign) and _names(node.value, name):
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))

    def lookup(self, name: str) -> Value:
        """What the top-level `name` is; unknown unless it is exactly one thing."""
        return self.project.resolve_binding(self, name)


@dataclass(eq=False)
class ProjectClass:
    """A class of the project."""

    module: SourceModule
    node: ast.ClassDef
    qualname: str
    _found: dict[tuple[str, ProjectClass | None], Function | None] = field(default_factory=dict, repr=False)
    _found_in: tuple[ProjectClass | str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Module and class, as a user would write it."""
        return f"{self.module.name}.{self.qualname}" if self.module.name else self.qualname

    @cached_property
    def methods(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """Its own methods; of two with one name the last."""
        return {
            node.name: node
            for node in top_level(self.node.body)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_setter(node)
        }

    @cached_property
    def text(self) -> str:
        """The lines in which it stands, without comments and docstrings."""
        start, end = self.node.lineno - 1, getattr(self.node, "end_lineno", None) or len(self.module.lines)
        lines = self.module.lines[:end]
        for node in every_node(self.node):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                rows = range(node.lineno - 1, node.end_lineno or node.lineno)
                lines[rows.start : rows.stop] = [""] * len(rows)
        return text_without_comments("\n".join(lines[start:]))

    @cached_property
    def built_by(self) -> tuple[str, ...]:
        """Its own name, and the functions and tables beside it that name it, or each other: factories, most likely."""
        nodes = list(top_level(self.module.tree.body))
        beside: list[tuple[str, ast.stmt]] = [(n.name, n) for n in nodes if isinstance(n, ast.FunctionDef)]
        beside += [
            (target.id, node)
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        found = [self.node.name]
        for each in found:
            found.extend(dict.fromkeys(name for name, node in beside if name not in found and _names(node, each)))
        return tuple(found)

    @cached_property
    def assigned(self) -> dict[str, ast.expr]:
        """Names assigned in the class body."""
        found: dict[str, ast.expr] = {}
        for node in top_level(self.node.body):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found[node.target.id] = _default(node.value)
        return found

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The annotated names of its bases' bodies and of its own: a dataclass's fields, in their order."""
        bodies = [base.node.body for base in reversed(self.own_bases)]
        targets = [node.target for body in bodies for node in top_level(body) if isinstance(node, ast.AnnAssign)]
        return tuple(dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name)))

    @cached_property
    def bases(self) -> tuple[ProjectClass | str, ...]:
        """Its bases: classes of the project, library classes by dotted name, `?` for what cannot be resolved."""
        return tuple(self._base(node) for node in self.node.bases)

    def _base(self, node: ast.expr) -> ProjectClass | str:
        if isinstance(node, ast.Subscript):  # Generic[T], Base[Config]
            node = node.value
        if isinstance(node, ast.Name) and node.id in BUILTINS and not {node.id, "*"} & self.module.bindings.keys():
            return f"builtins.{node.id}"
        if isinstance(node, ast.Name) and self.qualname == self.node.name:
            value = self.module.project.resolve_before(self.module, node.id, self.node)
        else:
            value = self.module.project.resolve_expression(self.module, node, inside=self.qualname)
        if len(value) == 1:
            (atom,) = value
            if isinstance(atom, ClassValue):
                return atom.cls if atom.cls is not self else "?"
            if isinstance(atom, External):
                return atom.dotted
        return "?"

    @cached_property
    def mro(self) -> tuple[ProjectClass | str, ...]:
        """Itself and its bases in the order in which methods are looked up."""
        return _linearise(self, (), {})

    @property
    def own_bases(self) -> list[ProjectClass]:
        """Itself and those of its bases that are classes of the project, in the same order."""
        return [base for base in self.mro if isinstance(base, ProjectClass)]

    @property
    def is_lightning(self) -> bool:
        """Whether it derives from LightningModule."""
        more = self.module.project.lightning_bases
        return any(isinstance(base, str) and catalog.is_lightning_module(base, more) for base in self.mro)

    @property
    def is_module(self) -> bool:
        """Whether it derives from torch's Module, as far as is known."""
        return any(
            isinstance(base, str) and _is_module_base(base, self.module.project.lightning_bases) for base in self.mro
        )

    @property
    def is_callback(self) -> bool:
        """Whether it derives from one of Lightning's callbacks."""
        return any(
            isinstance(base, str) and base.endswith(("Callback", "Checkpoint", *FINETUNING)) for base in self.mro
        )

    @property
    def may_be_module(self) -> bool:
        """Whether it derives from torch's Module, or from what cannot be read, or looks as if."""
        return self.is_module or "?" in self.mro or self.find_method("forward") is not None

    @property
    def loads_in_eval(self) -> str | None:
        """The library class that gives it a `from_pretrained` which returns eval mode, if it inherits one."""
        for base in self.mro:
            if isinstance(base, str) and catalog.is_model_class(base):
                return base
        return None

    def holds(self, span: Span) -> bool:
        """Whether a place lies in its definition."""
        whole = self.module.span(self.node)
        return span.path == whole.path and whole.start <= span.start and span.end <= whole.end

    def find_method(self, name: str, after: ProjectClass | None = None) -> Function | None:
        """The method that `name` means on an instance; behind `after` in the order when given."""
        key = (name, after)
        if self._found_in is not self.mro:  # while its bases are being resolved, the order is not yet the last word
            self._found_in = self.mro
            self._found.clear()
        if key not in self._found:
            self._found[key] = self._find_method(name, after)
        return self._found[key]

    def _find_method(self, name: str, after: ProjectClass | None) -> Function | None:
        order = self.mro
        if after is not None:
            order = order[order.index(after) + 1 :] if after in order else ()
        is_behind = False
        for base in order:
            if isinstance(base, str):
                is_behind = is_behind or catalog.is_lightning_module(base) or catalog.is_lightning(base, "Callback")
                continue
            node = base.methods.get(name)
            if node is not None and not (is_behind and self._is_hidden(name, base)):
                return Function(base.module, node, base)
        return None

    @staticmethod
    def _is_hidden(name: str, mixin: ProjectClass) -> bool:
        """Whether a mixin behind LightningModule has no say: that, or torch's Module, has such a method itself."""
        return name in catalog.HOOKS | OF_LIGHTNING or (name in OF_TORCH and not mixin.is_module)

    def find_assigned(self, name: str) -> tuple[ProjectClass, ast.expr] | None:
        """The class attribute `name` and the class that assigns it."""
        is_behind = False
        for base in self.mro:
            if isinstance(base, str):
                is_behind = is_behind or catalog.is_lightning_module(base)
            elif name in base.assigned and not (is_behind and self._is_hidden(name, base)):
                return base, base.assigned[name]
        return None


def _names(node: ast.AST, name: str) -> bool:
    """Whether a function uses a name."""
    return may_say(node, (name,)) and name in names_in(node)


def _may_hold_a_class(node: ast.AST) -> bool:
    text = unread(node)
    return text is None or CLASS_INSIDE.search(text) is not None


def _is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(mark, ast.Attribute) and mark.attr in {"setter", "deleter"} for mark in node.decorator_list)


def _is_module_base(dotted: str, more: tuple[str, ...]) -> bool:
    return (
        catalog.is_torch_module_class(dotted)
        or catalog.is_lightning_module(dotted, more)
        or (catalog.is_model_class(dotted) and not dotted.startswith("huggingface_hub."))
    )


def _default(value: ast.expr) -> ast.expr:
    """What a field of a dataclass is if nobody gives it: `X()` of `field(default_factory=X)`."""
    if not isinstance(value, ast.Call) or last_name(value.func) != "field":
        return value
    given = {each.arg: each.value for each in value.keywords}
    if "default_factory" in given:
        return ast.copy_location(ast.Call(given["default_factory"], [], []), value)
    return given.get("default", value)


def _linearise(
    cls: ProjectClass, seen: tuple[ProjectClass, ...], known: dict[ProjectClass, tuple[ProjectClass | str, ...]]
) -> tuple[ProjectClass | str, ...]:
    """Depth first, the last of several occurrences kept: right for every hierarchy without conflicts."""
    if len(seen) > MOST_GENERATIONS:
        return (cls, "?")
    if cls not in known:
        order: list[ProjectClass | str] = [cls]
        for base in cls.bases:
            if isinstance(base, str):
                order.append(base)
            elif base not in seen and base is not cls:
                order.extend(_linearise(base, (*seen, cls), known))
        known[cls] = tuple(dict.fromkeys(reversed(order)))[::-1]
    return known[cls]
