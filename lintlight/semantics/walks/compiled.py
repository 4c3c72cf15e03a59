"""The parts of a module that are compiled, so that their keys have `_orig_mod.` in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import every_node, last_name, nodes_around, top_level
from lintlight.semantics.values import External
from lintlight.semantics.walks.callers import scripts_naming
from lintlight.semantics.walks.lookback import given_to_fit, may_be

COMPILES = frozenset({External("torch.compile")})
"""What this gives has `_orig_mod.` in its keys; `self.net.compile()` changes none."""


def compiled_parts(cls: ProjectClass) -> Iterator[str]:
    """The paths of what a class compiles itself, `self.net = torch.compile(self.net)`, or a script that fits it."""
    for base in cls.own_bases:
        paths = (path for _, path in _compiled(base.module, base.node))
        yield from (path.removeprefix("self.") for path in paths if path.startswith("self."))
    for script in dict.fromkeys((cls.module, *scripts_naming(cls))):
        if script.fits and script.says("compile("):
            for scope in _scopes(script):
                yield from _compiled_before_fit(cls, script, scope)


def _compiled(module: SourceModule, scope: ast.AST) -> Iterator[tuple[ast.Assign, str]]:
    """The statements that put a compiled module in its own place, with how that is written."""
    for node in nodes_around(scope, ("compile",)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            part = ast.unparse(node.value.args[0])
            is_compiled = module.project.resolve_expression(module, node.value.func) == COMPILES
            if is_compiled and part in map(ast.unparse, node.targets):
                yield node, part


def _compiled_before_fit(cls: ProjectClass, script: SourceModule, scope: ast.AST) -> Iterator[str]:
    """`model.net = torch.compile(model.net)` above `trainer.fit(model)`, where that may be a `cls`."""
    calls = [node for node in every_node(scope) if isinstance(node, ast.Call) and last_name(node.func) == "fit"]
    fitted = [(call, ast.unparse(each)) for call in calls for each in given_to_fit(call)]
    for node, part in _compiled(script, scope) if fitted else ():
        for call, name in fitted:
            if node.lineno < call.lineno and part.startswith(f"{name}.") and may_be(cls, script, scope, name):
                yield part.removeprefix(f"{name}.")


def _scopes(script: SourceModule) -> Iterator[ast.AST]:
    """The functions of a script, and what it runs outside of them."""
    yield from (node for node in every_node(script.tree) if isinstance(node, ast.FunctionDef))
    outside = [node for node in top_level(script.tree.body) if not isinstance(node, ast.ClassDef | ast.FunctionDef)]
    yield ast.Module(outside, [])
