"""What loading that is not strict may be good for, where the module itself drops no key."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.stateless import makes_a_network
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node
from lintlight.semantics.values import ClassValue, External
from lintlight.semantics.walks.callers import scripts_naming

BUILDS = frozenset({"__init__", "setup", "configure_model"})
"""What runs before a checkpoint is loaded."""
SAVE_OTHERWISE = ("CheckpointIO", "exclude_frozen_parameters", "lightning_module_state_dict", "dump_checkpoint")
"""What drops keys in the end: plugins, DeepSpeed, strategies, and who writes checkpoints by hand."""
WRITES = "_save_checkpoint"
"""What Lightning's ModelCheckpoint writes a file with."""


def is_saved_otherwise(cls: ProjectClass, callbacks: Sequence[ProjectClass]) -> bool:
    """Whether something that is no hook of the module may leave keys out of the file."""
    if "DeepSpeedStrategy" in cls.module.project.index.in_yaml or any(map(_may_drop, callbacks)):
        return True
    return any(module.says(word) for module in (cls.module, *scripts_naming(cls)) for word in SAVE_OTHERWISE)


def _may_drop(callback: ProjectClass) -> bool:
    """Whether a callback writes checkpoints by itself, or has to do with the state dict in them."""
    if callback.find_method(WRITES) is not None:
        return True
    methods = [
        base.methods["on_save_checkpoint"] for base in callback.own_bases if "on_save_checkpoint" in base.methods
    ]
    return any(_is_state_dict(node) for method in methods for node in every_node(method))


def _is_state_dict(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == "state_dict"


def grows(cls: ProjectClass) -> bool:
    """Whether a part is made during training, or for one stage, so that a checkpoint has other keys than a module."""
    bases = cls.own_bases
    first = [each for base in bases for name in BUILDS & base.methods.keys() for each in every_node(base.methods[name])]
    before = BUILDS | {node.attr for node in first if isinstance(node, ast.Attribute)}
    later = [(base, node) for base in bases for name, node in base.methods.items() if name not in before]
    return any(_is_made_anew(each, base) for base, node in (*later, *_by_stage(bases)) for each in every_node(node))


def _by_stage(bases: Sequence[ProjectClass]) -> Iterator[tuple[ProjectClass, ast.AST]]:
    """What `setup` does where it asks for the stage, and the methods that it calls."""
    for base in (base for base in bases if "setup" in base.methods):
        method = base.methods["setup"]
        stage = "".join(by_position(method.args)[1:2])
        nodes = every_node(method)
        tests = (node.test for node in nodes if isinstance(node, ast.If | ast.IfExp))
        if any(isinstance(each, ast.Name) and each.id == stage for test in tests for each in every_node(test)):
            yield base, method
            names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            yield from ((other, other.methods[name]) for other in bases for name in names & other.methods.keys())


def _is_made_anew(node: ast.AST, cls: ProjectClass) -> bool:
    """`self.teacher = nn.Linear(4, 4)`, or one that is loaded, or a copy of something."""
    if not isinstance(node, ast.Assign):
        return False
    if not any(isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" for target in node.targets):
        return False
    calls = [each.func for each in every_node(node.value) if isinstance(each, ast.Call)]
    made = [atom for func in calls for atom in cls.module.project.resolve_expression(cls.module, func)]
    if any(isinstance(atom, ClassValue) and atom.cls.is_module for atom in made):
        return True
    named = {atom.dotted for atom in made if isinstance(atom, External)}
    return "copy.deepcopy" in named or any(map(_makes_a_module, named))


def _makes_a_module(dotted: str) -> bool:
    if catalog.is_torch_module_class(dotted) or makes_a_network(dotted):
        return True
    owner, _, name = dotted.rpartition(".")
    return name in catalog.EVAL_FACTORIES and catalog.is_model_class(owner)
