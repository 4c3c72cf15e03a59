"""What the project's scripts do to the modes of the class from outside: after constructing it, or in callbacks."""

from __future__ import annotations

import ast
import os
from typing import Iterator

from . import callsites
from .by_source import SWITCHES

FLAGS = ("training", "requires_grad")
FINETUNING = ("BaseFinetuning", "BackboneFinetuning")


def sets_modes(sites: list[callsites.CallSite], project: str) -> list[str]:
    """Places where a script that fits the class changes its modes; the probe constructs it and does not run those."""
    found = [place for site in sites for place in after(site)]
    fitting = {site.path for site in sites if any(fits(node) for node in site.after)}
    if fitting:
        callbacks = dict(mode_callbacks(project))
        for path in sorted(fitting):
            names = names_used(path)
            found += [place for name, place in callbacks.items() if name in names]
    return list(dict.fromkeys(found))


def after(site: callsites.CallSite) -> Iterator[str]:
    """The statements between the call and the fit that set a mode of what the call made."""
    if not site.target:
        return
    following: list[ast.stmt] = []
    for node in site.after:
        if fits(node) or (isinstance(node, ast.Return) and site.target in callsites.names_in([node])):
            fitted = fits(node)
            break
        following.append(node)
    else:
        # It is neither fitted nor handed on here.
        return
    for node in following:
        if not fitted and ast.unparse(node) == f"{site.target}.eval()":
            # It is handed on for use, not for training.
            continue
        if any(sets_mode_of(inner, site.target) for inner in ast.walk(node)):
            yield f"{os.path.basename(site.path)}:{node.lineno}"


def fits(node: ast.stmt) -> bool:
    """Whether a statement calls `fit`."""
    return any(isinstance(inner, ast.Call) and callsites.named(inner.func) == "fit" for inner in ast.walk(node))


def sets_mode_of(node: ast.AST, name: str) -> bool:
    """`name.x.train()`, `name.x.training = ...`, or a loop over `name.x.parameters()` that freezes them."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SWITCHES:
        return callsites.root(node.func) == name
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in FLAGS:
        return callsites.root(node) == name
    if isinstance(node, ast.For) and name in callsites.names_in([node.iter]):
        return any(isinstance(inner, ast.Attribute) and inner.attr in (*FLAGS, *SWITCHES) for inner in ast.walk(node))
    return False


def mode_callbacks(project: str) -> Iterator[tuple[str, str]]:
    """The callbacks in the project that set modes of the module, and where they are."""
    for path in callsites.files("", project):
        tree = callsites.parsed(path, b"Callback", b"Finetuning")
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef):
                bases = [callsites.named(base) for base in node.bases]
                of_callback = any(base.endswith(("Callback", "Finetuning")) for base in bases)
                if of_callback and (set(bases) & set(FINETUNING) or any(touches(inner) for inner in ast.walk(node))):
                    yield node.name, f"{os.path.basename(path)}:{node.lineno}"
    for name in FINETUNING:
        yield name, name


def touches(node: ast.AST) -> bool:
    """`pl_module.x.train()` and its like, by any of the usual names."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SWITCHES):
        return False
    if callsites.root(node.func) in ("pl_module", "model", "module"):
        return True
    return any(isinstance(inner, ast.Attribute) and inner.attr in ("model", "lightning_module")
               for inner in ast.walk(node.func))  # fmt: skip


def names_used(path: str) -> set[str]:
    """All names and attributes that a file reads."""
    tree = callsites.parsed(path, b"")
    nodes = list(ast.walk(tree)) if tree is not None else []
    return callsites.names_in([tree] if tree is not None else []) | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }
