"""Where the module that an import names lies in the project."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import Import, absolute

INIT = "__init__.py"
LIBRARIES = frozenset((*catalog.LIGHTNING_PACKAGES, *"torch torchvision torchaudio timm sentence_transformers".split()))
NOT_OWN = LIBRARIES | catalog.EVAL_FACTORY_PACKAGES | sys.stdlib_module_names


@dataclass(eq=False)
class ModuleFinder:
    """Finds the files of the project below `root` by their dotted names; each folder is listed once."""

    root: Path
    _found: dict[tuple[str, str], Path | None] = field(default_factory=dict)
    _roots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _at: dict[tuple[str, str], Path | None] = field(default_factory=dict)
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)

    def find(self, dotted: str, asking: SourceModule) -> Path | None:
        """The file of the module `dotted` as seen from `asking`; None when the project has none."""
        key = (dotted, asking.folder)
        if key not in self._found:
            self._found[key] = self._search(dotted, asking)
        found = self._found[key]
        if found is None or dotted.partition(".")[0] not in NOT_OWN:
            return found
        return found if self._is_meant(found, dotted, asking) else None

    def _is_meant(self, found: Path, dotted: str, asking: SourceModule) -> bool:
        """Whether what is called like a library, `models/lightning.py`, is meant by that name, and not the library.

        It is where scripts are run from: the project's own folder, or one from which the file takes other things, too.
        """
        folder = found.parents[dotted.count(".") + (found.name == INIT)]
        in_package = INIT in self._names_in(str(folder))
        if not in_package and ("." in dotted or folder in {self.root, self.root / "src"}):
            return True
        if any(dotted in _asked_relatively(node, asking.package) for node in asking.tree.body):
            return True
        imports = (each for binders in asking.bindings.values() for each in binders if isinstance(each, Import))
        others = {each.module for each in imports if each.module.partition(".")[0] not in NOT_OWN}
        return any(self._below(str(folder), other) is not None for other in others)

    def _search(self, dotted: str, asking: SourceModule) -> Path | None:
        if not dotted:
            return None
        if asking.folder not in self._roots:
            self._roots[asking.folder] = tuple(dict.fromkeys(map(str, _import_roots(self.root, asking))))
        roots = self._roots[asking.folder]
        if dotted.startswith(f"{self.root.name}."):  # a folder that is a package, without anything around it
            roots = (*roots, str(self.root.parent))
        found = (self._below(root, dotted) for root in roots)
        return next((path for path in found if path is not None), None)

    def _below(self, root: str, dotted: str) -> Path | None:
        key = (root, dotted)
        if key not in self._at:
            above, _, last = dotted.rpartition(".")
            self._at[key] = None
            if above and above.partition(".")[0] not in self._names_in(root):
                return None
            folder = os.path.join(root, above.replace(".", os.sep)) if above else root
            if last in self._names_in(folder) and INIT in self._names_in(os.path.join(folder, last)):
                self._at[key] = Path(folder, last, INIT)
            elif f"{last}.py" in self._names_in(folder):
                self._at[key] = Path(folder, f"{last}.py")
        return self._at[key]

    def _names_in(self, folder: str) -> frozenset[str]:
        """The names in a folder; none where there is no such folder."""
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._listed[folder] = frozenset()
        return self._listed[folder]


def _asked_relatively(node: ast.stmt, package: str) -> set[str]:
    """The modules that a relative import may mean: `from .lightning import Base`, `from . import lightning`."""
    if not isinstance(node, ast.ImportFrom) or not node.level:
        return set()
    module = absolute(package, node.level, node.module)
    return {module, *(f"{module}.{each.name}".lstrip(".") for each in node.names)}


def _import_roots(root: Path, asking: SourceModule) -> Iterator[Path]:
    """The folders in which the absolute imports of a file may be found, those first that count more."""
    yield asking.home
    if asking.path.parent != asking.home:
        yield asking.path.parent
    for folder in asking.home.parents:
        if not folder.is_relative_to(root):
            break
        yield folder
    yield root  # also where it is a package itself: scripts are run from there
    yield root / "src"
    for folder in asking.path.parent.parents:  # or from any of its packages
        if folder == asking.home or not folder.is_relative_to(root):
            break
        yield folder
