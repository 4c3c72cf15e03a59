"""The project: its files, read and resolved on demand, following imports across them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lintlight.model import Position, SourceText, Span
from lintlight.semantics import catalog
from lintlight.semantics.index import Index, index_of
from lintlight.semantics.names import Import, imports_of, top_level
from lintlight.semantics.values import UNKNOWN, ClassValue, External, Function, ModuleValue, Value
from lintlight.semantics.versions import Newest, Versions, declared_in, nearest
from lintlight.semantics.yaml_config import Configuration
from lintlight.source.files import UnreadableSource, read_source
from lintlight.source.parse import SyntaxFault, parse

ROOT_MARKS = ("pyproject.toml", ".git", "setup.py", "setup.cfg")
MOST_BYTES = 4_000_000
MOST_SCRIPTS = 8


def project_root(path: Path) -> Path:
    """The folder that holds the project of `path`: the nearest one upwards with a project file, else its own folder."""
    folder = path if path.is_dir() else path.parent
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in ROOT_MARKS):
            return candidate
    return folder


def package_of(path: Path) -> tuple[Path, str]:
    """The folder to import `path` from, and its dotted module name there."""
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(parts)


@dataclass(eq=False)
class SourceModule:
    """One file of the project, with its top-level names."""

    path: Path
    name: str
    home: Path
    """The folder from which `name` is imported."""
    source: SourceText
    tree: ast.Module
    project: Project

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.source.lines()

    @cached_property
    def bindings(self) -> dict[str, list[Import | ast.stmt]]:
        """Top-level name -> what binds it, in order."""
        found: dict[str, list[Import | ast.stmt]] = {}
        for node in top_level(self.tree.body):
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
                yield from self._classes(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._classes(node.body, f"{prefix}{node.name}.<locals>.")

    @cached_property
    def class_of_node(self) -> dict[ast.ClassDef, ProjectClass]:
        """The class that a definition makes."""
        return {cls.node: cls for cls in self._classes(self.tree.body, "")}

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.excepthandler) -> Span:
        """The range of `node`, columns in characters."""
        return Span(
            self.path,
            self._position(node.lineno, node.col_offset),
            self._position(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def _position(self, row: int, offset: int) -> Position:
        line = self.lines[row - 1] if row <= len(self.lines) else ""
        if line.isascii():
            return Position(row, offset + 1)
        return Position(row, len(line.encode()[:offset].decode(errors="replace")) + 1)

    def lookup(self, name: str) -> Value:
        """What the top-level `name` is; unknown unless it is exactly one thing."""
        return self.project.resolve_binding(self, name)


@dataclass(eq=False)
class ProjectClass:
    """A class of the project."""

    module: SourceModule
    node: ast.ClassDef
    qualname: str

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
    def assigned(self) -> dict[str, ast.expr]:
        """Names assigned in the class body."""
        found: dict[str, ast.expr] = {}
        for node in top_level(self.node.body):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found[node.target.id] = node.value
        return found

    @cached_property
    def bases(self) -> tuple[ProjectClass | str, ...]:
        """Its bases: classes of the project, library classes by dotted name, `?` for what cannot be resolved."""
        return tuple(self._base(node) for node in self.node.bases)

    def _base(self, node: ast.expr) -> ProjectClass | str:
        if isinstance(node, ast.Subscript):  # Generic[T], Base[Config]
            node = node.value
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
        return _linearise(self, ())

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
    def loads_in_eval(self) -> str | None:
        """The library class that gives it a `from_pretrained` which returns eval mode, if it inherits one."""
        for base in self.mro:
            if isinstance(base, str) and catalog.is_model_class(base):
                return base
        return None

    def find_method(self, name: str, after: ProjectClass | None = None) -> Function | None:
        """The method that `name` means on an instance; behind `after` in the order when given."""
        order = [base for base in self.mro if isinstance(base, ProjectClass)]
        if after is not None:
            order = order[order.index(after) + 1 :] if after in order else []
        for base in order:
            node = base.methods.get(name)
            if node is not None:
                return Function(base.module, node, base)
        return None

    def find_assigned(self, name: str) -> tuple[ProjectClass, ast.expr] | None:
        """The class attribute `name` and the class that assigns it."""
        for base in self.mro:
            if isinstance(base, ProjectClass) and name in base.assigned:
                return base, base.assigned[name]
        return None


def _is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(mark, ast.Attribute) and mark.attr in {"setter", "deleter"} for mark in node.decorator_list)


def _is_module_base(dotted: str, more: tuple[str, ...]) -> bool:
    return (
        catalog.is_torch_module_class(dotted)
        or catalog.is_lightning_module(dotted, more)
        or (catalog.is_model_class(dotted) and not dotted.startswith("huggingface_hub."))
    )


def _is_none(node: ast.expr | None) -> bool:
    """Whether a name is only declared, or bound to the None that stands in for a failed import."""
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _linearise(cls: ProjectClass, seen: tuple[ProjectClass, ...]) -> tuple[ProjectClass | str, ...]:
    """Depth first, the last of several occurrences kept: right for every hierarchy without conflicts."""
    order: list[ProjectClass | str] = [cls]
    for base in cls.bases:
        if isinstance(base, str):
            order.append(base)
        elif base not in seen and base is not cls:
            order.extend(_linearise(base, (*seen, cls)))
    return tuple(item for index, item in enumerate(order) if item not in order[index + 1 :])


@dataclass(eq=False)
class Project:
    """All files that can be reached from the ones to be checked."""

    root: Path
    lightning_bases: tuple[str, ...] = ()
    read: Callable[[Path], SourceText] = read_source
    """Gives the text of a file; an editor's unsaved text may stand for what is on the disk."""
    target: Versions = field(default_factory=Versions)
    """The versions that the settings name."""
    walked: dict[ProjectClass, Any] = field(default_factory=dict)
    """What was worked out about a class, so that it is worked out once."""
    reached: dict[object, object] = field(default_factory=dict)
    """What each piece of code names, read once."""
    bounds: dict[object, object] = field(default_factory=dict)
    """What can at most be reached from a piece of code."""
    relevance: object | None = None
    """Which functions can matter, once asked."""
    _declared: dict[Path, Mapping[str, Newest | None]] = field(default_factory=dict)
    _files: dict[Path, SourceModule | SyntaxFault | None] = field(default_factory=dict)
    _loading: dict[ast.AST, bool] = field(default_factory=dict)
    _found: dict[tuple[str, Path], Path | None] = field(default_factory=dict)
    _resolving: set[tuple[Path, str]] = field(default_factory=set)
    _resolved: dict[tuple[Path, str], Value] = field(default_factory=dict)

    def module(self, path: Path) -> SourceModule:
        """The module in `path`. Raises SyntaxFault and UnreadableSource."""
        if path not in self._files:
            source = self.read(path)
            home, name = package_of(path)
            try:
                self._files[path] = SourceModule(path, name, home, source, parse(source), self)
            except SyntaxFault as fault:
                self._files[path] = fault
        found = self._files[path]
        if isinstance(found, SyntaxFault):
            raise found
        assert found is not None
        return found

    def try_module(self, path: Path) -> SourceModule | None:
        """The module in `path`, or None when it cannot be read: it was not asked for, so nobody is told."""
        if path in self._files and self._files[path] is None:
            return None
        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            return self.module(path)
        except (SyntaxFault, UnreadableSource, OSError):
            self._files.setdefault(path, None)
            return None

    @cached_property
    def index(self) -> Index:
        """Who subclasses what and who calls `fit`, by name, in all files below the root."""
        return index_of(self.root)

    @cached_property
    def configuration(self) -> Configuration:
        """What the YAML below the root builds."""
        return Configuration(self.root)

    def versions_at(self, path: Path) -> Versions:
        """The newest versions that a file may run with: the settings', else those of the nearest requirements."""
        said = nearest(path.parent, self.root, self._declared_in)
        return Versions(self.target.lightning or said.lightning, self.target.transformers or said.transformers)

    def _declared_in(self, folder: Path) -> Mapping[str, Newest | None]:
        if folder not in self._declared:
            self._declared[folder] = declared_in(folder)
        return self._declared[folder]

    def subclasses(self, cls: ProjectClass) -> list[ProjectClass]:
        """The classes in other files of the project that derive from `cls`."""
        found: dict[ProjectClass, None] = {}
        todo = [cls]
        while todo:
            current = todo.pop()
            for path in self.index.deriving.get(current.node.name, ()):
                module = self.try_module(path)
                for each in module.classes.values() if module is not None else ():
                    if each is not cls and each not in found and current in each.mro:
                        found[each] = None
                        todo.append(each)
        return [each for each in found if each.module is not cls.module]

    def scripts_naming(self, cls: ProjectClass, words: Sequence[bytes]) -> list[SourceModule]:
        """The other files that call `fit`, name `cls` and have one of `words` in them."""
        name = cls.node.name.encode()
        fitting = [(path, data) for path, data in self.index.fitting if name in data and path != cls.module.path]
        paths = [path for path, data in fitting if any(word in data for word in words)]
        modules = [self.try_module(path) for path in paths[:MOST_SCRIPTS]]
        return [module for module in modules if module is not None]

    def scripts_load(self, cls: ProjectClass) -> bool:
        """Whether a file that calls `fit` and names `cls` has a `from_pretrained` in it."""
        name = cls.node.name.encode()
        return any(name in data and b"from_pretrained" in data for _, data in self.index.fitting)

    def configuration_names(self, cls: ProjectClass) -> bool:
        """Whether any YAML file of the project names `cls`."""
        return cls.node.name in self.index.in_yaml

    def loads_a_model(self, node: ast.AST) -> bool:
        """Whether a `from_pretrained` stands in a piece of code."""
        if node not in self._loading:
            self._loading[node] = any(
                isinstance(child, ast.Attribute) and child.attr in catalog.EVAL_FACTORIES for child in ast.walk(node)
            )
        return self._loading[node]

    def find(self, dotted: str, asking: SourceModule) -> Path | None:
        """The file of the module `dotted` as seen from `asking`; None when the project has none."""
        key = (dotted, asking.path.parent)
        if key not in self._found:
            self._found[key] = self._search(dotted, asking)
        return self._found[key]

    def _search(self, dotted: str, asking: SourceModule) -> Path | None:
        relative = Path(*dotted.split(".")) if dotted else None
        if relative is None:
            return None
        for folder in self._import_roots(asking):
            base = folder / relative
            if (base / "__init__.py").is_file():
                return base / "__init__.py"
            if base.with_name(base.name + ".py").is_file():
                return base.with_name(base.name + ".py")
        return None

    def _import_roots(self, asking: SourceModule) -> Iterator[Path]:
        yield asking.home
        if asking.path.parent != asking.home:
            yield asking.path.parent
        for folder in asking.home.parents:
            if not folder.is_relative_to(self.root):
                break
            yield folder
        yield self.root / "src"

    def resolve_import(self, asking: SourceModule, item: Import) -> Value:
        """What an imported name is: a class or function of the project, a module of it, or something of a library."""
        path = self.find(item.module, asking)
        if item.name is None:
            target = self.try_module(path) if path else None
            if target is not None and target is not asking:
                return frozenset({ModuleValue(target)})
            return frozenset({External(catalog.canonical(item.module))})
        below = self.find(f"{item.module}.{item.name}" if item.module else item.name, asking)
        if path is not None:
            target = self.try_module(path)
            if target is None:
                return UNKNOWN
            if item.name in target.bindings or not below:
                value = self.resolve_binding(target, item.name)
                if value != UNKNOWN or not below:
                    return value
        if below is not None:
            target = self.try_module(below)
            return frozenset({ModuleValue(target)}) if target is not None else UNKNOWN
        if not item.module or self._is_own_package(item.module, asking):
            return UNKNOWN
        return frozenset({External(catalog.canonical(f"{item.module}.{item.name}"))})

    def _is_own_package(self, dotted: str, asking: SourceModule) -> bool:
        top = dotted.partition(".")[0]
        return top == asking.name.partition(".")[0] and "." in asking.name

    def resolve_binding(self, module: SourceModule, name: str) -> Value:
        """What a top-level name of `module` is; unknown unless it is exactly one thing."""
        key = (module.path, name)
        if key in self._resolved:
            return self._resolved[key]
        if key in self._resolving:  # a circular import
            return UNKNOWN
        self._resolving.add(key)
        try:
            value = self._resolve_binding(module, name)
        finally:
            self._resolving.discard(key)
        self._resolved[key] = value
        return value

    def _resolve_binding(self, module: SourceModule, name: str) -> Value:
        binders = module.bindings.get(name, [])
        values = []
        for binder in binders:
            if isinstance(binder, Import):
                values.append(self.resolve_import(module, binder))
            elif isinstance(binder, ast.ClassDef):
                values.append(frozenset({ClassValue(module.class_of_node[binder])}))
            elif isinstance(binder, ast.FunctionDef | ast.AsyncFunctionDef):
                values.append(frozenset({Function(module, binder)}))
            elif isinstance(binder, ast.Assign | ast.AnnAssign) and not _is_none(binder.value):
                assert binder.value is not None
                values.append(self.resolve_expression(module, binder.value))
        known = {value for value in values if value}
        if len(known) == 1:
            return known.pop()
        return UNKNOWN if binders else self._from_star(module, name)

    def _from_star(self, module: SourceModule, name: str) -> Value:
        for item in module.bindings.get("*", []):
            if isinstance(item, Import):
                path = self.find(item.module, module)
                target = self.try_module(path) if path else None
                if target is not None:
                    value = self.resolve_binding(target, name)
                    if value != UNKNOWN:
                        return value
        return UNKNOWN

    def resolve_expression(self, module: SourceModule, node: ast.expr, inside: str = "") -> Value:
        """What a dotted name means at the top level of `module`; unknown for anything else.

        `inside` is the qualified name of the class around it, whose neighbours are seen first.
        """
        if isinstance(node, ast.Name):
            prefix = inside.rpartition(".")[0]
            while prefix:
                nested = module.classes.get(f"{prefix}.{node.id}")
                if nested is not None:
                    return frozenset({ClassValue(nested)})
                prefix = prefix.rpartition(".")[0]
            return self.resolve_binding(module, node.id)
        if isinstance(node, ast.Attribute):
            return self.member(self.resolve_expression(module, node.value, inside), node.attr, module)
        return UNKNOWN

    def member(self, value: Value, name: str, asking: SourceModule) -> Value:
        """The attribute `name` of a module, class or library name; unknown unless `value` is exactly one of these."""
        if len(value) != 1:
            return UNKNOWN
        (atom,) = value
        if isinstance(atom, External):
            return frozenset({External(catalog.canonical(f"{atom.dotted}.{name}"))})
        if isinstance(atom, ModuleValue):
            found = self.resolve_binding(atom.module, name)
            if found != UNKNOWN or name in atom.module.bindings:
                return found
            below = self.find(f"{atom.module.name}.{name}", asking)
            target = self.try_module(below) if below else None
            return frozenset({ModuleValue(target)}) if target is not None else UNKNOWN
        if isinstance(atom, ClassValue):
            nested = atom.cls.module.classes.get(f"{atom.cls.qualname}.{name}")
            return frozenset({ClassValue(nested)}) if nested is not None else UNKNOWN
        return UNKNOWN
