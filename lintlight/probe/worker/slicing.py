"""A script without what it runs: imports, definitions and guarded assignments are kept, the rest is left out."""

from __future__ import annotations

import ast
from typing import Union

# Bare calls that configure the process and start nothing.
HARMLESS = ("add_argument", "append", "basicConfig", "captureWarnings", "filterwarnings", "insert", "load_dotenv",
            "register", "seed", "seed_everything", "setLevel", "set_float32_matmul_precision", "set_verbosity_error",
            "set_verbosity", "setdefault", "simplefilter", "update", "use", "add_argument_group", "set_defaults",
            "manual_seed", "disable", "print", "info", "warning", "debug", "getLogger", "super")  # fmt: skip
RUNS = ("fit", "validate", "test", "predict", "train", "main", "run", "cli_main", "LightningCLI", "backward", "step")
GUARD = "try:\n    pass\nexcept BaseException:\n    pass\n"
Definition = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
Loop = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)


def called(node: ast.expr) -> str:
    """The last name of what an expression calls; empty for anything but a call."""
    if isinstance(node, ast.Await):
        return called(node.value)
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else "?"
    )


def runs_something(node: ast.stmt) -> bool:
    """Whether a top-level statement does work when the module is imported."""
    if isinstance(node, ast.Expr):
        name = called(node.value)
        return bool(name) and name not in HARMLESS
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        return called(node.value) in RUNS
    if isinstance(node, Loop):
        return any(called(inner) in RUNS for inner in ast.walk(node) if isinstance(inner, ast.Call))
    if isinstance(node, ast.If):
        return not is_main_guard(node) and any(runs_something(inner) for inner in [*node.body, *node.orelse])
    return False


def is_main_guard(node: ast.If) -> bool:
    """`if __name__ == "__main__":`"""
    return any(isinstance(inner, ast.Name) and inner.id == "__name__" for inner in ast.walk(node.test))


def is_script(tree: ast.Module) -> bool:
    """Whether importing the module would run something."""
    return any(runs_something(node) for node in tree.body)


def sliced(tree: ast.Module) -> tuple[ast.Module, int]:
    """The module without the statements that run something, and how many were left out."""
    kept, left_out = keep(tree.body, top=True)
    return ast.fix_missing_locations(ast.Module(body=kept, type_ignores=[])), left_out


def keep(body: list[ast.stmt], top: bool = False) -> tuple[list[ast.stmt], int]:
    """Those statements that only define, and the number of the others."""
    kept: list[ast.stmt] = []
    left_out = 0
    for node in body:
        if isinstance(node, Definition):
            kept.append(node)
        elif isinstance(node, ast.Expr) and (not called(node.value) or called(node.value) in HARMLESS):
            kept.append(node if top and isinstance(node.value, ast.Constant) else guarded(node))
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and not runs_something(node):
            kept.append(guarded(node))
        elif isinstance(node, ast.If) and not is_main_guard(node):
            node.body, first = keep(node.body)
            node.orelse, second = keep(node.orelse)
            node.body = node.body or [ast.Pass()]
            left_out += first + second
            kept.append(guarded(node))
        elif isinstance(node, ast.Try):
            left_out += keep_in_try(node)
            kept.append(node)
        else:
            left_out += 1
    return kept, left_out


def keep_in_try(node: ast.Try) -> int:
    """Slice the parts of a `try` in place."""
    node.body, left_out = keep(node.body)
    node.body = node.body or [ast.Pass()]
    for handler in node.handlers:
        handler.body, count = keep(handler.body)
        handler.body = handler.body or [ast.Pass()]
        left_out += count
    node.orelse, of_else = keep(node.orelse)
    node.finalbody, of_finally = keep(node.finalbody)
    return left_out + of_else + of_finally


def guarded(node: ast.stmt) -> Union[ast.Try, ast.stmt]:
    """A statement whose failure does not end the import."""
    guard = ast.parse(GUARD).body[0]
    if isinstance(guard, ast.Try):
        guard.body = [node]
        ast.copy_location(guard, node)
    return guard
