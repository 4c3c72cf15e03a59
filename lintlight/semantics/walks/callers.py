"""Where a class is fitted, if not in its own file: the scripts that name it, a factory of it, or its configuration."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from lintlight.semantics.knowledge.catalog import EVAL_FACTORIES, LOADER_WORDS
from lintlight.semantics.knowledge.members import LIGHTNING_METHODS, NOT_A_FORWARD, is_no_submodule
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import every_node, last_name, parameter_names
from lintlight.semantics.resolve.registries import tables_of
from lintlight.semantics.resolve.trail import WHOLE
from lintlight.semantics.values import ClassValue, Function, ModuleValue

LOADS = (*sorted(EVAL_FACTORIES), *LOADER_WORDS)
INSTANTIATES = "instantiate"
"""How Hydra builds what the configuration says."""
# NOTE: to look for a text is fast where a pattern begins with it.
RUN = re.compile(r"self\.([a-z]\w*)(?:\.forward)?\(")
STORED = re.compile(r"self\.(\w+)(?=\b[^=\n()]*=(?!=))")
GIVEN = re.compile(r"\.([a-z]\w*)[ \t]*=(?!=)")
NO_PART = (NOT_A_FORWARD | LIGHTNING_METHODS).union(
    "forward freeze lr_schedulers optimizers save_hyperparameters trainer unfreeze".split()
)
"""What a LightningModule has that it does not assign, and that is no part of it."""
MOST_BUILDERS = 8
"""For so many names it is looked who imports them and fits through another file."""
ENTRIES = frozenset("main run train fit test eval evaluate predict setup cli".split())
"""What a script calls its own functions; no factory is called so."""


def scripts_naming(cls: ProjectClass) -> list[SourceModule]:
    """The other files that call `fit`, and name a class or what builds it."""
    return cls.module.project.scripts_naming(_without_entries((*cls.built_by, *tables_of(cls))), cls.module)


def scripts_further_off(cls: ProjectClass) -> list[SourceModule]:
    """The other files that fit a class, where none does that names it."""
    return list(dict.fromkeys((*_by_factories(cls), *_by_runners(cls)))) or _by_both(cls)


def scripts_by_configuration(cls: ProjectClass) -> list[SourceModule]:
    """The other files that call `fit`, and build what the configuration says, if that names a class."""
    named = cls.module.project.configuration_names(cls)
    return cls.module.project.scripts_with((INSTANTIATES,), cls.module) if named else []


def scripts_that_add(cls: ProjectClass) -> list[SourceModule]:
    """Those of them that give something to what they build which the configuration does not have."""
    if not runs_what_it_is_given(cls):
        return []
    return [script for script in scripts_by_configuration(cls) if any(map(_adds, every_node(script.tree)))]


def _adds(node: ast.AST) -> bool:
    """`instantiate(cfg.task, net=net)`."""
    if not isinstance(node, ast.Call) or INSTANTIATES not in last_name(node.func):
        return False
    given = [*node.args[1:], *(each.value for each in node.keywords if each.arg and not each.arg.startswith("_"))]
    return any(isinstance(each, ast.Name | ast.Attribute) for each in given)


def loaders_elsewhere(cls: ProjectClass) -> list[SourceModule]:
    """The other files that name a class and load something pretrained, where it runs what it is given."""
    if not runs_what_it_is_given(cls):
        return []
    return _others_naming(cls, LOADS)


def callers_elsewhere(module: SourceModule, node: ast.FunctionDef, cls: ProjectClass) -> list[SourceModule]:
    """The other files that call a function of a module, as far as what they import says, for a class that it fits."""
    project, name = cls.module.project, module.name.rpartition(".")[2]
    paths = project.files_naming(node.name, cls.module, (name,)) if name else []
    others = project.modules_at([path for path in paths if path != module.path], cls.module)
    function = Function(module, node)
    return [
        other for other in others if function in other.lookup(node.name) or ModuleValue(module) in other.lookup(name)
    ]


def builders_elsewhere(cls: ProjectClass) -> tuple[str, ...]:
    """What other files define that names a class: functions that build it, most likely, and tables it is in."""
    return cls.module.project.asked_once(_builders_elsewhere, cls)


def _builders_elsewhere(cls: ProjectClass) -> tuple[str, ...]:
    names = (name for module in _others_naming(cls) for name in module.naming(cls.node.name))
    return _without_entries(dict.fromkeys(names))


def runs_what_it_is_given(cls: ProjectClass) -> bool:
    """`self.model(...)` somewhere in a class or a base, where a constructor or who builds it says what that is."""
    bases = cls.own_bases
    constructors = [base.methods["__init__"] for base in bases if "__init__" in base.methods]
    stored = dict.fromkeys(name for init in constructors for name in _stored_by(init))
    return any(f"self.{name}(" in base.module.code for name in stored for base in bases) or is_given_parts(cls)


def is_given_parts(cls: ProjectClass) -> bool:
    """Whether it runs a part that it has nowhere from, and who builds it puts one there: `task.model = net`."""
    return cls.module.project.asked_once(_is_given_parts, cls)


def _is_given_parts(cls: ProjectClass) -> bool:
    project = cls.module.project
    said = [project.asked_once(_said_in, base) for base in cls.own_bases]
    run, stored = (frozenset[str]().union(*each) for each in zip(*said, strict=True))
    missing = (name for name in run - stored - NO_PART if not is_no_submodule(name))
    parts = sorted(name for name in missing if cls.find_method(name) is None)
    if not parts:
        return False
    own = dict.fromkeys(base.module for base in cls.own_bases)
    others = (*project.scripts_naming((cls.node.name,), cls.module), *_others_naming(cls, LOADS))
    return any(not project.asked_once(_given_in, module).isdisjoint(parts) for module in (*own, *others))


def _said_in(cls: ProjectClass) -> tuple[frozenset[str], frozenset[str]]:
    """What the text of a class calls of `self`, and what it assigns."""
    text = "\n".join(cls.module.lines[cls.node.lineno - 1 : cls.node.end_lineno])
    return frozenset(RUN.findall(text)), frozenset(STORED.findall(text))


def _given_in(module: SourceModule) -> frozenset[str]:
    """The attributes that a file assigns to anything but `self`."""
    code = module.code
    return frozenset(match[1] for match in GIVEN.finditer(code) if not code.endswith("self", 0, match.start()))


def _stored_by(init: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The attributes in which a constructor keeps a parameter as it is."""
    parameters = set(parameter_names(init.args))
    for node in every_node(init):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in parameters:
            yield from (target.attr for target in node.targets if isinstance(target, ast.Attribute))


def _by_factories(cls: ProjectClass) -> list[SourceModule]:
    """The files that call `fit`, and name what another file defines that names the class."""
    return cls.module.project.scripts_naming(builders_elsewhere(cls), cls.module)


def _without_entries(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in ENTRIES)


def _by_runners(cls: ProjectClass) -> list[SourceModule]:
    """The files that name a class, and something of a third file, which calls `fit`."""
    return list(filter(_imports_a_runner, _others_naming(cls)))


def _by_both(cls: ProjectClass) -> list[SourceModule]:
    """The files that name what another file defines that names the class, and something of a third, which fits."""
    project, own = cls.module.project, cls.module
    names = builders_elsewhere(cls)[:MOST_BUILDERS]
    paths = dict.fromkeys(path for name in names for path in project.files_naming(name, own))
    others = project.modules_at([path for path in paths if path != own.path], own)
    return list(filter(_imports_a_runner, others))


def _imports_a_runner(module: SourceModule) -> bool:
    return any(each.fits for each in _files_named_in(module))


def _others_naming(cls: ProjectClass, words: Sequence[str] = ()) -> list[SourceModule]:
    """The other files that name a class, and say one of `words`, if any."""
    project, own = cls.module.project, cls.module
    return project.modules_at(
        [path for path in project.files_naming(cls.node.name, own, words) if path != own.path], own
    )


def _files_named_in(module: SourceModule) -> Iterator[SourceModule]:
    """The files whose classes and functions a file imports."""
    for name in module.bindings:
        for atom in module.lookup(name):
            if isinstance(atom, ClassValue | Function):
                found = atom.cls.module if isinstance(atom, ClassValue) else atom.module
                module.leads_to.add((found.path, WHOLE))
                yield found
