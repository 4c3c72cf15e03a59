"""What cannot be imported, and that nothing needs which is probed: it is stood in for until somebody uses it.

A package that is not installed is named in many files that the probe has to import, and used by few of those lines
that it runs: a logger, a data set, a score. A name of it is then an `Absent`, which can be handed on and kept. Whatever
would need to know more of it raises what the import would have raised.
"""

from __future__ import annotations

import contextlib
import os
import sys
import types
from typing import Any, Callable, Iterator, NoReturn, Optional

LOGGERS = frozenset(
    {"aim", "clearml", "comet_ml", "icecream", "loguru", "mlflow", "neptune", "swanlab", "tensorboardX", "wandb"}
)
"""Packages that only tell what happens: calling them changes nothing that is measured."""
TRANSPARENT = frozenset({"beartype", "jaxtyping", "line_profiler", "overrides", "typeguard"})
"""Packages whose decorators return what does the same as the function."""
Plain = (str, bytes, int, float, complex, bool, type(None), os.PathLike)


class Absences:
    """Of one process: what is stood in for, and what became of it."""

    def __init__(self) -> None:
        self.importing = 0
        """So many modules of the project are being imported, one from the other."""
        self.names: set[str] = set()
        """What could not be imported, by the name of the package, or of what an installed one lacks."""
        self.made: set[str] = set()
        """What something was made of after the import: it is held somewhere, and nothing touched it."""
        self.hidden: set[str] = set()
        """What was used where the user's code handles what that raises, and may go on."""
        self.guards: dict[str, list[tuple[int, int]]] = {}
        """File of the project -> the lines where it is ready for an import that fails."""

    def facts(self) -> dict[str, Any]:
        """What the evidence says of it."""
        return {"names": sorted(self.names), "made": sorted(self.made), "hidden": sorted(self.hidden)}

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
    if ABSENCES.is_guarded():
        ABSENCES.hidden.add(root)
    raise type(cause)(*cause.args, name=cause.name, path=cause.path)


def is_plain(value: Any) -> bool:
    """Whether a value holds no module and no parameter, so that nothing can be done to one through it."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(is_plain(key) and is_plain(inner) for key, inner in value.items())
    return type(value) is Absent or isinstance(value, Plain)


@contextlib.contextmanager
def while_importing() -> Iterator[None]:
    """In here a module of the project is imported."""
    ABSENCES.importing += 1
    try:
        yield
    finally:
        ABSENCES.importing -= 1
