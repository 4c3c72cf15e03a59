"""What cannot be imported, and that nothing needs which is probed: it is stood in for until somebody uses it.

A package that is not installed is named in many files that the probe has to import, and used by few of those lines
that it runs: a logger, a data set, a score. A name of it is then an `Absent`, which can be handed on and kept. Whatever
would need to know more of it raises what the import would have raised. Where that might have changed what is measured,
by what it was given or by what the code did instead, it is noted as hidden, and nothing is decided.
"""

from __future__ import annotations

import contextlib
import enum
import os
import sys
import types
from typing import Any, Callable, Iterable, Iterator, NoReturn, Optional

LOGGERS = frozenset({"aim", "clearml", "comet_ml", "loguru", "mlflow", "neptune", "swanlab", "tensorboardX", "wandb"})
"""Packages that only tell what happens: calling them changes nothing that is measured."""
STATES = frozenset({"run", "active_run"})
"""What is asked of them: whether they tell anybody."""
TRANSPARENT = frozenset({"beartype", "jaxtyping", "line_profiler", "overrides", "typeguard"})
"""Packages whose decorators return what does the same as the function."""
Plain = (str, bytes, int, float, complex, bool, type(None), os.PathLike)
BASE = "lintlight_absent"
"""The attribute in which a class that derives from what is not there has that."""
HERE = os.path.dirname(__file__)
DECORATED = (type, types.FunctionType, staticmethod, classmethod)
MARK = "<something of "
"""How the text begins that stands for what is not known."""


class Fate(enum.Enum):
    """What became of something that is stood in for, by the word that the evidence has for it."""

    NAMED = "names"
    """It could not be imported."""
    FALLEN_BACK = "fallen_back"
    """The code itself goes on without: it handles that it cannot be imported."""
    MADE = "made"
    """Something was made of it after the import: it is held somewhere, and nothing touched it."""
    USED = "used"
    """It was used for data alone, so that a hook or a step ended there."""
    HIDDEN = "hidden"
    """It was used so that the module may be another one without it."""


class Origin(enum.Enum):
    """Where something that stands in comes from."""

    IMPORT = enum.auto()
    """A name that was imported, or what such a name holds."""
    CALL = enum.auto()
    """What was called with data."""
    CODE = enum.auto()
    """What was given classes or functions of the project, or stands for such."""


class Absences:
    """Of one process: what is stood in for, and what became of it."""

    def __init__(self) -> None:
        self.importing = 0
        """So many modules of the project are being imported, one from the other."""
        self.became: dict[Fate, set[str]] = {fate: set() for fate in Fate}
        """The names of packages, or of what installed ones lack."""
        self.raised: list[tuple[str, BaseException]] = []
        self.guards: dict[str, list[tuple[int, int]]] = {}
        """File of the project -> the lines where it is ready for an import that fails."""

    def note(self, fate: Fate, name: str) -> None:
        """Note what became of something."""
        self.became[fate].add(name)

    def facts(self) -> dict[str, Any]:
        """What the evidence says of it; an exception that never reached the probe was hidden by the code."""
        lost = {name for name, error in self.raised if not getattr(error, TOLD, False)}
        became = {**self.became, Fate.HIDDEN: self.became[Fate.HIDDEN] | lost}
        return {fate.value: sorted(names) for fate, names in became.items()}

    def is_guarded(self) -> bool:
        """Whether the user's code would handle an exception that is raised here."""
        frame: Optional[types.FrameType] = sys._getframe(1)
        while frame is not None:
            row = frame.f_lineno
            if any(first <= row <= last for first, last in self.guards.get(frame.f_code.co_filename, ())):
                return True
            frame = frame.f_back
        return False

    def is_asked_by_project(self) -> bool:
        """Whether a line of the project asks, and not a library."""
        frame: Optional[types.FrameType] = sys._getframe(1)
        while frame is not None and os.path.dirname(frame.f_code.co_filename) == HERE:
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename in self.guards


ABSENCES = Absences()
TOLD = "lintlight_told"


def is_of_absent(error: BaseException) -> bool:
    """Whether an exception was raised because something absent was used."""
    return any(error is each for _, each in ABSENCES.raised)


def told(error: BaseException) -> None:
    """Note that an exception reached the probe, with all that it was raised from."""
    seen: Optional[BaseException] = error
    while seen is not None and not getattr(seen, TOLD, False):
        with contextlib.suppress(AttributeError):
            setattr(seen, TOLD, True)
        seen = seen.__cause__ or seen.__context__


class Absent:
    """Something that could not be imported, a part of it, or what a call of it would have returned."""

    __slots__ = ("_cause", "_origin", "_root")

    def __init__(self, root: str, cause: ImportError, origin: Origin = Origin.IMPORT) -> None:
        for name, value in (("_root", root), ("_cause", cause), ("_origin", origin)):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        if not ABSENCES.importing and ABSENCES.is_asked_by_project():
            use(self)
        return f"{MARK}{root_of(self)}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)
        root, origin = root_of(self), origin_of(self)
        if name == "__version__" or (tells_only(root) and name in STATES):
            use(self)
        if origin is not Origin.IMPORT and not ABSENCES.importing and not tells_only(root):
            use(self)
        return derived(self, origin)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        root, origin, given = root_of(self), origin_of(self), [*arguments, *options.values()]
        code = [value for value in given if isinstance(value, DECORATED)]
        if tells_only(root) or (ABSENCES.importing and package(root) in TRANSPARENT):
            return code[0] if len(given) == len(code) == 1 else self
        if ABSENCES.importing:
            if not all(is_data(value) or isinstance(value, DECORATED) for value in given):
                use(self, hidden=True)
            return derived(self, Origin.CODE if code or origin is Origin.CODE else Origin.CALL)
        if origin is Origin.CODE or not ABSENCES.is_asked_by_project() or not all(map(is_data, given)):
            use(self, hidden=True)
        if origin is Origin.CALL or not all(map(is_plain, given)):
            use(self)
        ABSENCES.note(Fate.MADE, root)
        if ABSENCES.is_guarded():
            # What fails later may be handled there.
            ABSENCES.note(Fate.HIDDEN, root)
        return derived(self, Origin.CALL)

    def __getitem__(self, key: Any) -> Any:
        return self if ABSENCES.importing else use(self)

    def __add__(self, other: Any) -> Any:
        return self[other]

    __radd__ = __or__ = __ror__ = __add__

    def __setattr__(self, name: str, value: Any) -> None:
        if not ABSENCES.importing and not tells_only(root_of(self)):
            use(self, hidden=not is_data(value))

    def __setitem__(self, key: Any, value: Any) -> None:
        self.item = value

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        def refuse(cls: Any, *arguments: Any, **options: Any) -> NoReturn:
            use(self, hidden=True)

        def accept(cls: Any, **options: Any) -> None:
            """Whatever a class is defined with."""

        return (type("AbsentBase", (), {"__new__": refuse, "__init_subclass__": accept, BASE: self}),)

    def __str__(self) -> str:
        return repr(self) if ABSENCES.importing else use(self)

    def __enter__(self) -> Any:
        return self if tells_only(root_of(self)) else use(self)

    def __exit__(self, *raised: Any) -> None:
        """The end of what is told."""

    def __eq__(self, other: object) -> bool:
        return use(self) if ABSENCES.is_asked_by_project() else self is other

    def __hash__(self) -> int:
        return use(self) if ABSENCES.is_asked_by_project() else object.__hash__(self)

    def __copy__(self) -> Absent:
        return self

    def __deepcopy__(self, memo: Any) -> Absent:
        return self


def _refusing(self: Absent, *arguments: Any, **options: Any) -> NoReturn:
    """In place of every other operation."""
    use(self)


for _operation in ("bool", "len", "iter", "next", "contains", "int", "float", "index", "lt", "le", "gt", "ge", "sub",
                   "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "mod", "pow", "rpow", "matmul", "rmatmul",
                   "and", "neg", "pos", "invert", "abs", "instancecheck", "subclasscheck", "reduce_ex", "await",
                   "fspath", "delattr", "delitem"):  # fmt: skip
    setattr(Absent, f"__{_operation}__", _refusing)


def part(absent: Absent, name: str) -> Any:
    """One of the three things that are known of it."""
    look: Callable[[Any, str], Any] = object.__getattribute__
    return look(absent, name)


def root_of(absent: Absent) -> str:
    """The package that is absent, or what an installed one lacks."""
    return str(part(absent, "_root"))


def origin_of(absent: Absent) -> Origin:
    """Where it comes from."""
    origin: Origin = part(absent, "_origin")
    return origin


def derived(absent: Absent, origin: Origin) -> Absent:
    """Another one of the same package."""
    return Absent(root_of(absent), part(absent, "_cause"), origin)


def heir(cls: Any) -> Any:
    """A class, or what stands in for it where it derives from something that is not there."""
    base = getattr(cls, BASE, None)
    return derived(base, Origin.CODE) if type(base) is Absent else cls


def package(name: str) -> str:
    """The first of dotted names."""
    return name.partition(".")[0]


def tells_only(name: str) -> bool:
    """Whether what has this dotted name only tells what happens."""
    return package(name) in LOGGERS


def use(absent: Absent, hidden: bool = False) -> NoReturn:
    """Raise what the import would have raised, where it is used; `hidden` where a module may be another one then."""
    root, cause = root_of(absent), part(absent, "_cause")
    hidden = hidden or origin_of(absent) is Origin.CODE or ABSENCES.importing > 0 or ABSENCES.is_guarded()
    ABSENCES.note(Fate.HIDDEN if hidden else Fate.USED, root)
    error = type(cause)(*cause.args, name=cause.name, path=cause.path)
    ABSENCES.raised.append((root, error))
    raise error


def note_given(values: Iterable[Any]) -> None:
    """Note what is handed to a class that is probed: it may decide by it."""
    for value in values:
        if type(value) is Absent and not tells_only(root_of(value)):
            ABSENCES.note(Fate.HIDDEN, root_of(value))
        elif type(value) in (list, tuple, set, frozenset):
            note_given(value)
        elif type(value) is dict:
            note_given(value.values())


def is_plain(value: Any) -> bool:
    """Whether a value holds no module and no parameter, so that nothing can be done to one through it."""
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(is_plain(key) and is_plain(inner) for key, inner in value.items())
    return type(value) is Absent or (isinstance(value, Plain) and not hasattr(value, "__dict__"))


def is_data(value: Any) -> bool:
    """Whether a value is plain, tensors that are not a module's, or an optimizer, which sets no mode."""
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_data, value))
    if type(value) is dict:
        return all(is_plain(key) and is_data(inner) for key, inner in value.items())
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(value, (torch.Tensor, torch.optim.Optimizer)):
        return not isinstance(value, torch.nn.Parameter)
    return is_plain(value) or type(value).__module__ == "numpy"


@contextlib.contextmanager
def while_importing() -> Iterator[None]:
    """In here a module of the project is imported."""
    ABSENCES.importing += 1
    try:
        yield
    finally:
        ABSENCES.importing -= 1
