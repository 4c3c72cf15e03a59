"""One file's LightningModules -> findings: its project is asked for them, and the rules are asked about each."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lintlight.analysis_result import Analysed, Outcome
from lintlight.model import FileError, Finding
from lintlight.profile import Spent
from lintlight.rule import Rule
from lintlight.scan import Reader
from lintlight.semantics.lightning import known_classes, lightning_classes
from lintlight.semantics.resolve.index import FactsAt
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.resolve.versions import from_settings
from lintlight.settings import Settings
from lintlight.source.files import UnreadableSource, read_source
from lintlight.source.parse import SyntaxFault
from lintlight.source.roots import Roots

DEEPEST = 10_000
"""So many functions may be in progress at once; Python allows a tenth of it by itself."""
FEW = 20
"""So many files are looked at one by one; for more it pays to learn first which classes derive from which."""


class Analysis:
    """The projects that files belong to, each learned about once, and the rules to ask.

    `facts` says what the bytes of a file say; in the files that are `sound` Python finds no syntax error.
    """

    def __init__(
        self,
        settings: Settings,
        rules: Sequence[Rule],
        facts: FactsAt,
        read: Reader = read_source,
        sound: Collection[Path] = (),
        roots: Roots | None = None,
        *,
        keeps_steps: bool = True,
    ) -> None:
        self.settings = settings
        self.rules = tuple(rules)
        self.facts = facts
        self.read = read
        self.sound = set(sound)
        self.roots = roots or Roots()
        self.keeps_steps = keeps_steps
        """Whether anybody asks what the answers rest on."""
        self._projects: dict[Path, Project] = {}
        self._spent = Spent()

    def candidates(self, paths: Iterable[Path]) -> list[Path]:
        """The files whose classes may be LightningModules, as far as names tell, and those that derive from them.

        A base class may be judged by what its subclasses make of it.
        """
        asked = dict.fromkeys(paths)
        with_bases = [path for path in asked if self.facts(path).classes]
        are_many = len(with_bases) > FEW
        by_project: dict[Path, list[Path]] = {}
        for path in with_bases if are_many or len(asked) > FEW else asked:
            by_project.setdefault(self.roots.of(path), []).append(path)
        found: dict[Path, None] = {}
        for files in by_project.values():
            found |= dict.fromkeys(self._with_heirs(files, asked, are_many=are_many))
        return list(found)

    def _with_heirs(self, files: Sequence[Path], asked: Container[Path], *, are_many: bool) -> Iterable[Path]:
        project = self.project(files[0])
        if are_many:
            names = project.index.lightning_names(self.settings.lightning_bases)
            files = [f for f in files if any(names.intersection(bases) for _, bases in self.facts(f).classes)]
        yield from (path for path in files if self.facts(path).classes)
        for path in files:
            named = {name for name, _ in self.facts(path).classes}
            if not are_many or any(heir not in asked for heir in project.index.deriving_from(named)):
                yield from _derived_files(project, path, asked)

    def check(self, path: Path) -> Analysed:
        """Ask the rules; the one place where an unexpected exception is caught, so that it costs one file only."""
        at_work = "reading it"
        findings: list[Finding] = []
        try:
            project = self.project(path)
            try:
                classes = lightning_classes(project, path)
            except (SyntaxFault, UnreadableSource):
                return Analysed(path)  # told of where it was scanned, if anybody asked for it
            for cls in classes:
                for rule in self.rules:
                    at_work = f"rule {rule.info.code} {rule.info.name}"
                    start = time.perf_counter()
                    findings += rule.check_class(cls)
                    self._spent.add(rule.info.code, path, time.perf_counter() - start)
            if unfinished := tuple(cls.definition.qualname for cls in classes if cls.is_unfinished):
                self._spent.unfinished[path] = unfinished
            project.once(known_classes).clear()  # walks are large
        except Exception as crash:  # noqa: BLE001 -- the fence around a file
            message = f"lintlight itself failed in {at_work}: {_described(crash)}"
            return Analysed(path, error=FileError(path, message))
        return Analysed(path, tuple(findings))

    def outcome(self, paths: Iterable[Path]) -> Outcome:
        """What the rules say of each file; steps that were told of before are left out of what it rests on."""
        self._spent = Spent()
        with _deep_recursion():
            analysed = tuple(self.check(path) for path in paths)
        projects = self._projects.values() if self.keeps_steps else ()
        return Outcome(analysed, tuple(project.trail() for project in projects), self._spent)

    def withdraw(self, unsound: Collection[Path]) -> bool:
        """Take files for sound no longer; False where one of them was read, so that what was learned may rest on it."""
        self.sound.difference_update(unsound)
        return not any(project.has_read(path) for project in self._projects.values() for path in unsound)

    def project(self, path: Path) -> Project:
        """The project of a file; files of one project share what was learned about it."""
        root = self.roots.of(path)
        if root not in self._projects:
            target = from_settings(self.settings.lightning, self.settings.transformers)
            self._projects[root] = Project(
                root, self.settings.lightning_bases, self.read, target, self.sound, self.facts
            )
        return self._projects[root]


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Long chains of branches and of methods that call each other are followed by functions that call each other."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _described(crash: Exception) -> str:
    """The exception in one line; some of LibCST's cannot be printed."""
    try:
        return f"{type(crash).__name__}: {str(crash)[:200]}".replace("\n", " ")
    except Exception:  # noqa: BLE001 -- see above
        return type(crash).__name__


def _derived_files(project: Project, path: Path, asked: Container[Path]) -> list[Path]:
    """The files not `asked` for with LightningModules that derive from classes of `path`; none if it cannot be read."""
    try:
        own = list(project.module(path).class_of_node.values())
    except (SyntaxFault, UnreadableSource):
        return []
    if all(path in asked for path in project.index.deriving_from(cls.node.name for cls in own)):
        return []
    heirs = dict.fromkeys(heir.module.path for cls in own for heir in project.subclasses(cls) if heir.is_lightning)
    return [path for path in heirs if path not in asked]
