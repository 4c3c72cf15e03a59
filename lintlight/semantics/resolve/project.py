"""The project: its files, read and resolved on demand, following imports across them."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from lintlight.model import SourceText
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve import blocks
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.finder import ModuleFinder
from lintlight.semantics.resolve.index import TAGS, FactsAt, Index, facts_at, index_of
from lintlight.semantics.resolve.names import Import, every_node
from lintlight.semantics.resolve.options import ADDS, MOST_PARSERS, Default, defaults_in
from lintlight.semantics.resolve.trail import ITSELF, WHOLE, Search, Trail
from lintlight.semantics.resolve.versions import Newest, Versions, declared_in, nearest
from lintlight.semantics.values import UNKNOWN, Assumed, ClassValue, External, Function, ModuleValue, Value, const
from lintlight.source.files import NOTEBOOK, UnreadableSource, read_source
from lintlight.source.outline import may_say, outline
from lintlight.source.parse import SyntaxFault

MOST_BYTES = 4_000_000
MOST_SCRIPTS = 8
MOST_SUBCLASSES = 200
OPTIONS = Search((ADDS,))
Made = TypeVar("Made")
OF_LIGHTNING = {frozenset({External(name)}) for name in ("lightning", "lightning.pytorch")}


def package_of(path: Path) -> tuple[Path, str]:
    """The folder to import `path` from, and its dotted module name there."""
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while os.path.isfile(folder / "__init__.py") and folder.parent != folder:
        parts.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(parts)


def _is_none(node: ast.expr | None) -> bool:
    """Whether a name is only declared, or bound to the None that stands in for a failed import."""
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _says_load(node: ast.AST) -> bool:
    return any(isinstance(child, ast.Attribute) and child.attr in catalog.EVAL_FACTORIES for child in every_node(node))


@dataclass(eq=False)
class Project:
    """All files that can be reached from the ones to be checked."""

    root: Path
    lightning_bases: tuple[str, ...] = ()
    read: Callable[[Path], SourceText] = read_source
    """Gives the text of a file; an editor's unsaved text may stand for what is on the disk."""
    target: Versions = field(default_factory=Versions)
    """The versions that the settings name."""
    sound: Container[Path] = ()
    """The files that are known to have no syntax error."""
    facts: FactsAt = facts_at
    """Gives what the bytes of a file say."""
    constants: dict[ast.Constant, Value] = field(default_factory=dict)
    """The value of each literal that was come across."""
    _made: dict[object, Any] = field(default_factory=dict)
    _options: dict[Path | None, Mapping[str, Default]] = field(default_factory=dict)
    _declared: dict[Path, Mapping[str, Newest | None]] = field(default_factory=dict)
    _files: dict[Path, SourceModule | SyntaxFault | None] = field(default_factory=dict)
    _told: set[Path] = field(default_factory=set)
    _answers: dict[object, dict[tuple[object, ...], Any]] = field(default_factory=dict)
    _resolving: set[tuple[SourceModule, str]] = field(default_factory=set)
    _resolved: dict[tuple[SourceModule, str], Value] = field(default_factory=dict)

    def once(self, make: Callable[[Project], Made]) -> Made:
        """What `make` makes of the project, kept so that all who ask share it: `project.once(Gate)`."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def asked_once(self, ask: Callable[..., Made], *about: object) -> Made:
        """What `ask` says about something in the project, kept, since class after class asks the same."""
        known = self._answers.setdefault(ask, {})
        if about not in known:
            known[about] = ask(*about)
        answer: Made = known[about]
        return answer

    def module(self, path: Path) -> SourceModule:
        """The module in `path`. Raises SyntaxFault and UnreadableSource."""
        if path not in self._files:
            source = self.read(path)
            home, name = package_of(path)
            try:
                self._files[path] = SourceModule(
                    path, name, home, source, outline(source, sound=path in self.sound), self
                )
            except SyntaxFault as fault:
                self._files[path] = fault
        found = self._files[path]
        if isinstance(found, SyntaxFault):
            raise found
        assert found is not None
        return found

    def try_module(self, path: Path, asking: SourceModule, name: str = WHOLE) -> SourceModule | None:
        """The module in `path`, or None when it cannot be read: it was not asked for, so nobody is told.

        `asking` is the file whose code leads there, `name` the only top-level name of the module that it asks for.
        """
        asking.leads_to.add((path, name))
        if path in self._files:
            found = self._files[path]
            return found if isinstance(found, SourceModule) else None
        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            return self.module(path)
        except (SyntaxFault, UnreadableSource, OSError):
            self._files.setdefault(path, None)
            return None

    def has_read(self, path: Path) -> bool:
        """Whether a file was looked into."""
        return path in self._files

    def trail(self) -> Trail:
        """The steps from file to file so far; told once."""
        modules = {path: found for path, found in self._files.items() if isinstance(found, SourceModule)}
        leads = {path: frozenset(module.leads_to) for path, module in modules.items()}
        searches = {path: frozenset(module.searches) for path, module in modules.items() if module.searches}
        new = {path: module for path, module in modules.items() if path not in self._told}
        self._told.update(new)
        for module in modules.values():
            module.leads_to.clear()
            module.searches.clear()
        return Trail(
            self.root, leads, searches, {p: blocks.digest_blocks(each.tree, each.source) for p, each in new.items()}
        )

    @cached_property
    def _finder(self) -> ModuleFinder:
        return ModuleFinder(self.root)

    @cached_property
    def index(self) -> Index:
        """Who subclasses what and who calls `fit`, by name, in all files below the root."""
        return index_of(self.root, self.facts)

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
        while todo and len(found) < MOST_SUBCLASSES:
            current = todo.pop()
            for path in self.index.files_deriving(current.node.name):
                module = self.try_module(path, current.module)
                for each in module.classes.values() if module is not None else ():
                    if each is not cls and each not in found and current in each.mro:
                        found[each] = None
                        todo.append(each)
        return [each for each in found if each.module is not cls.module]

    def heirs(self, cls: ProjectClass) -> list[ProjectClass]:
        """The classes that derive from `cls`, those in its own file first."""
        return [each for each in cls.module.classes.values() if cls in each.mro[1:]] + self.subclasses(cls)

    def imported(self, module: SourceModule, item: Import, name: str) -> SourceModule | None:
        """The file of the project that an import statement takes `name` from."""
        path = self.find(item.module, module)
        return self.try_module(path, module, name) if path is not None else None

    def scripts_naming(self, names: Sequence[str], asking: SourceModule) -> list[SourceModule]:
        """The other files that call `fit` and have one of `names` in them."""
        return self.modules_at(self._found_by(Search(tuple(names), in_scripts=True, whole=True), asking), asking)

    def scripts_with(self, words: Sequence[str], asking: SourceModule) -> list[SourceModule]:
        """The other files that call `fit` and in whose text one of `words` stands."""
        return self.modules_at(self._found_by(Search(tuple(words), in_scripts=True), asking), asking)

    def modules_at(self, paths: Sequence[Path], asking: SourceModule) -> list[SourceModule]:
        """The files that can be read, of the first few of them."""
        modules = [self.try_module(path, asking) for path in paths[:MOST_SCRIPTS]]
        return [module for module in modules if module is not None]

    def modules_with(self, word: str, asking: SourceModule) -> Iterator[SourceModule]:
        """The files of the project in whose text `word` stands."""
        for path in self.index.tagged(word) if word in TAGS else self.files_with(word, asking):
            module = self.try_module(path, asking)
            if module is not None:
                yield module

    def files_naming(self, name: str, asking: SourceModule, words: Sequence[str] = ()) -> list[Path]:
        """The files with a name in their code, and one of `words`, if any; the rest of it may be looked at, too."""
        return self._led_to(Search((name,), tuple(words), whole=True), asking)

    def files_with(self, word: str, asking: SourceModule, words: Sequence[str] = ()) -> list[Path]:
        """The files in whose code `word` stands, likewise."""
        return self._led_to(Search((word,), tuple(words)), asking)

    def notebooks_naming(self, names: Sequence[str], asking: SourceModule) -> list[Path]:
        """The notebooks with one of `names` in their code, likewise."""
        search = Search(tuple(names), whole=True)
        asking.searches.add(search)
        paths = self.index.notebooks_found_by(search)
        asking.leads_to.update((path, WHOLE) for path in paths)
        return paths

    def _led_to(self, search: Search, asking: SourceModule) -> list[Path]:
        paths = self._found_by(search, asking)
        asking.leads_to.update((path, WHOLE) for path in paths)
        return paths

    def _found_by(self, search: Search, asking: SourceModule) -> list[Path]:
        asking.searches.add(search)
        return [path for path in self.index.found_by(search) if path != asking.path or not search.in_scripts]

    def option_default(self, name: str, asking: SourceModule) -> Value:
        """What an option of the project's command lines is if nobody gives it; unknown where none is called so."""
        own = asking.path if asking.path.suffix == NOTEBOOK else None
        if OPTIONS not in asking.searches or own not in self._options:
            paths = self._led_to(OPTIONS, asking)
            modules = [self.try_module(path, asking) for path in paths] if len(paths) <= MOST_PARSERS else []
            texts = [module.source.text for module in [*modules, asking if own else None] if module is not None]
            self._options[own] = defaults_in(texts)
        known = self._options[own]
        return const(known[name], assumed=Assumed.BY_OPTION) if name in known else UNKNOWN

    def configuration_names(self, cls: ProjectClass) -> bool:
        """Whether any YAML file of the project names `cls`."""
        return cls.node.name in self.index.in_yaml

    def loads_a_model(self, node: ast.AST) -> bool:
        """Whether a `from_pretrained` stands in a piece of code."""
        return may_say(node, catalog.EVAL_FACTORIES) and self.asked_once(_says_load, node)

    def find(self, dotted: str, asking: SourceModule) -> Path | None:
        """The file of the module `dotted` as seen from `asking`; None when the project has none."""
        return self._finder.find(dotted, asking)

    def resolve_import(self, asking: SourceModule, item: Import) -> Value:
        """What an imported name is: a class or function of the project, a module of it, or something of a library."""
        path = self.find(item.module, asking)
        if item.name is None:
            target = self.try_module(path, asking, ITSELF) if path else None
            if target is not None and target is not asking:
                return frozenset({ModuleValue(target)})
            return frozenset({External(catalog.canonical(item.module))})
        below = self.find(f"{item.module}.{item.name}" if item.module else item.name, asking)
        if path is not None:
            target = self.try_module(path, asking, item.name)
            if target is None:
                return UNKNOWN
            if item.name in target.bindings or not below:
                value = self.resolve_binding(target, item.name)
                if value != UNKNOWN or not below:
                    return value
        if below is not None:
            target = self.try_module(below, asking, ITSELF)
            return frozenset({ModuleValue(target)}) if target is not None else UNKNOWN
        if not item.module or self._is_own_package(item.module, asking):
            return UNKNOWN
        return frozenset({External(catalog.canonical(f"{item.module}.{item.name}"))})

    def _is_own_package(self, dotted: str, asking: SourceModule) -> bool:
        top = dotted.partition(".")[0]
        return top == asking.name.partition(".")[0] and "." in asking.name

    def resolve_binding(self, module: SourceModule, name: str) -> Value:
        """What a top-level name of `module` is; unknown unless it is exactly one thing."""
        key = (module, name)
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

    def resolve_before(self, module: SourceModule, name: str, node: ast.ClassDef) -> Value:
        """What a top-level name means where a class at the top level is defined, whatever it is made later on."""
        binders = module.bindings.get(name, [])
        before = [each for each in binders if not isinstance(each, ast.stmt) or each.lineno < node.lineno]
        return self._resolve_binders(module, before) if 0 < len(before) < len(binders) else module.lookup(name)

    def _resolve_binding(self, module: SourceModule, name: str) -> Value:
        binders = module.bindings.get(name, [])
        return self._resolve_binders(module, binders) if binders else self._from_star(module, name)

    def _resolve_binders(self, module: SourceModule, binders: Sequence[Import | ast.stmt]) -> Value:
        values: list[Value] = []
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
        is_rebound = isinstance(binders[-1], ast.stmt) and binders[-1] in module.tree.body
        if known == OF_LIGHTNING or (len(known) > 1 and is_rebound):
            return values[-1]
        return known.pop() if len(known) == 1 else UNKNOWN

    def _from_star(self, module: SourceModule, name: str) -> Value:
        for item in reversed(module.bindings.get("*", [])):  # the last one counts
            if isinstance(item, Import):
                target = self.imported(module, item, name)
                if target is not None:
                    value = self.resolve_binding(target, name)
                    if value != UNKNOWN or name in target.bindings:
                        return value
                elif catalog.is_in_star(dotted := catalog.canonical(f"{item.module}.{name}")):
                    return frozenset({External(dotted)})
                elif item.module.partition(".")[0] not in catalog.KNOWN_STARS:
                    return UNKNOWN
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
            asking.leads_to.add((atom.module.path, name))
            found = self.resolve_binding(atom.module, name)
            if found != UNKNOWN or name in atom.module.bindings:
                return found
            below = self.find(f"{atom.module.name}.{name}", asking)
            target = self.try_module(below, asking, ITSELF) if below else None
            return frozenset({ModuleValue(target)}) if target is not None else UNKNOWN
        if isinstance(atom, ClassValue):
            nested = atom.cls.module.classes.get(f"{atom.cls.qualname}.{name}")
            return frozenset({ClassValue(nested)}) if nested is not None else UNKNOWN
        return UNKNOWN
