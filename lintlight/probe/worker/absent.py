"""What cannot be imported, and that nothing needs which is probed: it is stood in for until somebody uses it.

A package that is not installed is named in many files that the probe has to import, and used by few of those lines
that it runs: a logger, a data set, a score. A name of it is then an `Absent`, which can be handed on and kept. Whatever
would need to know more of it raises what the import would have raised.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import os
import re
import sys
import types
from typing import Any, Callable, Iterator, NoReturn, Optional, Union

STANDS_IN = "__lintlight_stand_in__"
"""What an import that failed is answered by, in the files of the project."""
LOGGERS = frozenset(
    {"aim", "clearml", "comet_ml", "icecream", "loguru", "mlflow", "neptune", "swanlab", "tensorboardX", "wandb"}
)
"""Packages that only tell what happens: calling them changes nothing that is measured."""
TRANSPARENT = frozenset({"beartype", "jaxtyping", "line_profiler", "overrides", "typeguard"})
"""Packages whose decorators return what does the same as the function."""
CATCHES = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError", "suppress"})
Plain = (str, bytes, int, float, complex, bool, type(None), os.PathLike)
Imports = Union[ast.Import, ast.ImportFrom]


class Absences:
    """Of one process: what is stood in for, and what became of it."""

    def __init__(self) -> None:
        self.importing = 0
        """So many modules of the project are being imported, one from the other."""
        self.names: set[str] = set()
        """What could not be imported, by the name of the package, or of what an installed one lacks."""
        self.made: set[str] = set()
        """What something was made of after the import: it is held somewhere, and nothing touched it."""
        self.raised: list[tuple[str, BaseException]] = []
        self.guards: dict[str, list[tuple[int, int]]] = {}
        """File of the project -> the lines where it is ready for an import that fails."""

    def swallowed(self) -> list[str]:
        """What was used where the user's code caught what that raised, and went on."""
        return sorted({name for name, error in self.raised if not getattr(error, "lintlight_told", False)})

    def facts(self) -> dict[str, Any]:
        """What the evidence says of it."""
        return {"names": sorted(self.names), "made": sorted(self.made), "swallowed": self.swallowed()}

    def is_guarded(self) -> bool:
        """Whether the user's code would handle an exception that is raised here."""
        frame: Optional[types.FrameType] = sys._getframe(1)
        while frame is not None:
            row = frame.f_lineno
            if any(first <= row <= last for first, last in self.guards.get(frame.f_code.co_filename, ())):
                return True
            frame = frame.f_back
        return False


ABSENCES = Absences()


def told(error: BaseException) -> None:
    """Note that an exception reached the probe, with all that it was raised from."""
    seen: Optional[BaseException] = error
    while seen is not None and not getattr(seen, "lintlight_told", False):
        with contextlib.suppress(AttributeError):
            seen.lintlight_told = True  # type: ignore[attr-defined]
        seen = seen.__cause__ or seen.__context__


class Absent:
    """Something that could not be imported, a part of it, or what a call of it would have returned."""

    __slots__ = ("_cause", "_made", "_root")

    def __init__(self, root: str, cause: ImportError, made: bool = False) -> None:
        object.__setattr__(self, "_root", root)
        object.__setattr__(self, "_cause", cause)
        object.__setattr__(self, "_made", made)

    def __repr__(self) -> str:
        return f"<something of {parts(self)[0]}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        root, _, made = parts(self)
        if name == "__version__" or (made and not ABSENCES.importing and not tells_only(root)):
            use(self)
        return self

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        root, cause, made = parts(self)
        if tells_only(root):
            return self
        given = [*arguments, *options.values()]
        if ABSENCES.importing:
            if package(root) in TRANSPARENT and len(given) == 1 and isinstance(given[0], types.FunctionType):
                return given[0]
            accepted = all(is_plain(value) or isinstance(value, (type, types.FunctionType)) for value in given)
        else:
            accepted = not made and all(is_plain(value) for value in given)
        if not accepted:
            use(self)
        if not ABSENCES.importing:
            ABSENCES.made.add(root)
        return Absent(root, cause, made=True)

    def __getitem__(self, key: Any) -> Any:
        return self if ABSENCES.importing else use(self)

    def __add__(self, other: Any) -> Any:
        return self[other]

    __radd__ = __or__ = __ror__ = __add__

    def __setattr__(self, name: str, value: Any) -> None:
        if not ABSENCES.importing and not tells_only(parts(self)[0]):
            use(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.item = value

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        def refuse(cls: Any, *arguments: Any, **options: Any) -> NoReturn:
            use(self)

        return (type("AbsentBase", (), {"__new__": refuse}),)

    def __str__(self) -> str:
        return repr(self) if ABSENCES.importing else use(self)

    def __eq__(self, other: object) -> bool:
        return self is other if ABSENCES.importing else use(self)

    def __copy__(self) -> Absent:
        return self

    def __deepcopy__(self, memo: Any) -> Absent:
        return self

    __hash__ = object.__hash__


def _refusing(self: Absent, *arguments: Any, **options: Any) -> NoReturn:
    """In place of every other operation."""
    use(self)


for _operation in ("bool", "len", "iter", "next", "contains", "int", "float", "index", "enter", "exit", "lt", "le",
                   "gt", "ge", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv",
                   "floordiv", "mod", "pow", "rpow", "matmul", "rmatmul", "and", "neg", "pos", "invert", "abs",
                   "instancecheck", "subclasscheck", "reduce_ex", "await", "fspath", "delattr", "delitem"):  # fmt: skip
    setattr(Absent, f"__{_operation}__", _refusing)


def parts(absent: Absent) -> tuple[str, ImportError, bool]:
    """What could not be imported, what that raised, and whether this is what a call would have returned."""
    look: Callable[[Any, str], Any] = object.__getattribute__
    return look(absent, "_root"), look(absent, "_cause"), look(absent, "_made")


def package(name: str) -> str:
    """The first of dotted names."""
    return name.partition(".")[0]


def tells_only(name: str) -> bool:
    """Whether what has this dotted name only tells what happens."""
    return package(name) in LOGGERS


def use(absent: Absent) -> NoReturn:
    """Raise what the import would have raised, where it is used."""
    root, cause, _ = parts(absent)
    error = type(cause)(*cause.args, name=cause.name, path=cause.path)
    ABSENCES.raised.append((root, error))
    raise error


def is_plain(value: Any) -> bool:
    """Whether a value holds no module and no parameter, so that nothing can be done to one through it."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(is_plain(key) and is_plain(inner) for key, inner in value.items())
    return type(value) is Absent or isinstance(value, Plain)


def guards_of(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """The lines of the bodies whose exceptions the file handles, of those that an import may raise."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            caught = [handler.type for handler in node.handlers]
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            caught = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        else:
            continue
        names = {
            getattr(inner, "id", getattr(inner, "attr", "")) for each in caught if each for inner in ast.walk(each)
        }
        if names & CATCHES or None in caught:
            yield node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno


class Answering(ast.NodeTransformer):
    """Lets every import that fails be answered by `stand_in`, which may raise the exception again."""

    def answered(self, node: Imports, told: list[tuple[str, str]], module: str) -> ast.stmt:
        """The import, and what is done where it fails: the names that it binds -> what they stand for."""
        names = ast.Tuple([ast.Name(name, ast.Store()) for name, _ in told], ast.Store())
        paths = ast.Tuple([ast.Constant(path) for _, path in told], ast.Load())
        arguments: list[ast.expr] = [ast.Constant(module), paths]
        call = ast.Call(ast.Name(STANDS_IN, ast.Load()), arguments, [])
        handler = ast.ExceptHandler(ast.Name("ImportError", ast.Load()), None, [ast.Assign([names], call)])
        answered = ast.Try([node], [handler], [], [])
        for inner in ast.walk(answered):
            if inner is not node and not hasattr(inner, "lineno"):
                ast.copy_location(inner, node)
        return answered

    def visit_Import(self, node: ast.Import) -> Any:
        """`import a.b` binds `a`, `import a.b as c` binds what `a.b` is."""
        split = [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
        return [
            self.answered(
                each,
                [(alias.asname, alias.name) if alias.asname else (package(alias.name), package(alias.name))],
                alias.name,
            )
            for each, alias in zip(split, node.names)
        ]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        """Names of a module outside the file's own package; all of them cannot be stood in for."""
        if node.level or node.module in (None, "__future__") or node.names[0].name == "*":
            return node
        names = [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
        return self.answered(node, names, node.module or "")


def note_guards(tree: ast.Module, path: str) -> None:
    """Note where a file is ready for imports that fail."""
    ABSENCES.guards[path] = list(guards_of(tree))


def answering(tree: ast.Module) -> ast.Module:
    """The module with its imports answered where they fail."""
    changed: ast.Module = Answering().visit(tree)
    return changed


@contextlib.contextmanager
def while_importing() -> Iterator[None]:
    """In here a module of the project is imported."""
    ABSENCES.importing += 1
    try:
        yield
    finally:
        ABSENCES.importing -= 1


def answer_for(project: str, make_room: Callable[[str, str], bool]) -> Callable[[str, tuple[str, ...]], list[Any]]:
    """What the files of this project call where an import fails; it raises again unless something may stand in.

    `make_room` forgets an installed package that hides one of the project, if there is one.
    """

    def stand_in(module: str, wanted: tuple[str, ...]) -> list[Any]:
        error = sys.exc_info()[1]
        assert isinstance(error, ImportError)
        if ABSENCES.is_guarded():
            raise error
        if make_room(error.name or "", project):
            importlib.import_module(module)
        installed = top_of(module) is not None
        found = [importable(path) if installed else None for path in wanted]
        if None not in found and module in sys.modules:
            return found
        if is_own(module, project) or (installed and wanted == (package(module),)):
            # Something is wrong with the project's own, or `import a.b` lacks `b`.
            raise error
        return [named(path, error, installed) if each is None else each for path, each in zip(wanted, found)]

    return stand_in


def named(path: str, error: ImportError, installed: bool) -> Any:
    """What an installed package has elsewhere now, or what stands in for it."""
    if path.startswith("transformers.") and path.endswith(".AdamW"):
        return old_adamw()
    for pattern, elsewhere in MOVED:
        moved = importable(pattern.sub(elsewhere, path)) if installed and pattern.match(path) else None
        if moved is not None:
            return moved
    root = path if installed else package(path)
    ABSENCES.names.add(root)
    return Absent(root, error)


def importable(path: str) -> Any:
    """The attribute of a module, or the module; None where there is none, whatever a library raises for that."""
    above, _, last = path.rpartition(".")
    if above:
        with contextlib.suppress(Exception):
            return getattr(importlib.import_module(above), last)
    with contextlib.suppress(Exception):
        return importlib.import_module(path)
    return None


def top_of(module: str) -> Any:
    """The specification of a module's package, as it would be found; None where there is none."""
    loaded = sys.modules.get(package(module))
    with contextlib.suppress(ImportError, ValueError):
        return getattr(loaded, "__spec__", None) or importlib.util.find_spec(package(module))
    return None


def is_own(module: str, project: str) -> bool:
    """Whether a module's package lies in the project: then something is wrong with it, and it is not absent."""
    spec = top_of(module)
    origin = [spec.origin] if spec is not None and spec.origin else []
    places = [
        os.path.realpath(place) for place in [*origin, *(getattr(spec, "submodule_search_locations", None) or ())]
    ]
    inside = os.path.realpath(project) + os.sep
    return any(place.startswith(inside) and "site-packages" not in place for place in places)


def old_adamw() -> Any:
    """An optimizer that transformers had; torch's takes the same steps."""
    import torch

    class AdamW(torch.optim.AdamW):  # type: ignore[misc]
        """Without what only the old one is asked for."""

        def __init__(self, params: Any, *arguments: Any, **options: Any) -> None:
            for name in ("correct_bias", "no_deprecation_warning"):
                options.pop(name, None)
            super().__init__(params, *arguments[:4], **options)

    return AdamW


MOVED = (
    (re.compile(r"pytorch_lightning\.metrics\b"), "torchmetrics"),
    (re.compile(r"pytorch_lightning\.core\.lightning\b"), "pytorch_lightning.core.module"),
    (re.compile(r"pytorch_lightning\.utilities\.distributed\b"), "pytorch_lightning.utilities.rank_zero"),
    (re.compile(r"transformers\.(modeling|configuration|tokenization)_(\w+)"), r"transformers.models.\2.\1_\2"),
    (re.compile(r"numpy\.(NaN|NAN)$"), "numpy.nan"),
    (re.compile(r"numpy\.(Inf|Infinity|infty)$"), "numpy.inf"),
)
"""What installed packages had under one name and have under another."""
