"""Whether a function can matter at all: most of a project's code touches no module, mode, gradient or optimizer."""

from __future__ import annotations

import ast
import builtins

from lintlight.semantics import catalog
from lintlight.semantics.definitions import ProjectClass
from lintlight.semantics.project import Project
from lintlight.semantics.values import ClassValue, External, Function, Value

BUILTINS = frozenset(dir(builtins))

TELLING = catalog.EVAL_FACTORIES | frozenset(
    "train eval training requires_grad requires_grad_ unfreeze fit step second_step optimizers trainer backward "
    "manual_backward add_module register_module setattr deepcopy get_peft_model no_grad inference_mode apply modules "
    "children parameters named_parameters automatic_optimization strict_loading save_hyperparameters hparams "
    "import_module instantiate call_from_config load_from_checkpoint from_config detach".split()
)

# Methods of strings, lists, dicts, files, loggers and configurations.
TELLS_NOTHING = frozenset(
    "get items keys values append extend update pop join split strip format startswith endswith replace lower upper "
    "info warning warn debug error exception log log_dict print write read close open sum mean max min item tolist "
    "numpy view reshape size transpose permute unsqueeze squeeze repeat expand contiguous long int bool add_argument "
    "add_argument_group parse_args copy index count sort exists mkdir is_file is_dir masked_fill argmax cumsum clone "
    "load_state_dict to_container create merge set_struct open_dict setdefault add remove discard flatten "
    "softmax".split()
)


class Relevance:
    """Answers for the functions of one project, each worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known: dict[tuple[ast.AST, ProjectClass | None], bool] = {}

    def matters(self, function: Function, cls: ProjectClass | None) -> bool:
        """Whether following a call of `function`, on an instance of `cls`, may tell anything."""
        key = (function.node, cls)
        if key not in self.known:
            self.known[key] = False  # a recursion adds nothing
            self.known[key] = any(self._tells(node, function, cls) for node in ast.walk(function.node))
        return self.known[key]

    def _tells(self, node: ast.AST, function: Function, cls: ProjectClass | None) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in TELLING or node.attr.startswith("freeze")
        if isinstance(node, ast.Name):
            return node.id in TELLING or node.id.startswith("freeze")
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Attribute) for target in node.targets):
            is_flag = isinstance(node.value, ast.Constant) and isinstance(node.value.value, bool)
            return is_flag or (cls is not None and cls.is_module and isinstance(node.value, ast.Constant | ast.Name))
        if isinstance(node, ast.Return | ast.Yield) and cls is not None and cls.is_module:
            return node.value is not None and not isinstance(node.value, ast.Constant)
        return isinstance(node, ast.Call) and self._call_tells(node, function, cls)

    def _call_tells(self, node: ast.Call, function: Function, cls: ProjectClass | None) -> bool:
        func = node.func
        if isinstance(func, ast.Name):
            if func.id == "super" or (func.id not in function.module.bindings and func.id in BUILTINS):
                return False
            if func.id in {"self", "cls"}:
                return True
            if func.id in _parameters(function.node):  # what it is given is asked at the call
                return False
            return self.value_tells(function.module.lookup(func.id))
        if not isinstance(func, ast.Attribute):
            return True
        if isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name) and func.value.func.id == "super":
            method = cls.find_method(func.attr, after=function.owner) if cls is not None else None
            return method is not None and self.matters(method, cls)
        if isinstance(func.value, ast.Name):
            method = cls.find_method(func.attr) if cls is not None and func.value.id in {"self", "cls"} else None
            if method is not None:
                return self.matters(method, cls)
        value = self.project.resolve_expression(function.module, func)
        if any(isinstance(atom, External | ClassValue | Function) for atom in value):
            return self.value_tells(value)
        # NOTE: a function that is given a module is followed in any case; without one, an unknown method is no forward.
        return cls is not None and cls.is_module and func.attr not in TELLS_NOTHING

    def value_tells(self, value: Value) -> bool:
        """Whether calling what `value` may be can tell anything; what is unknown can."""
        return any(self._atom_tells(atom) for atom in value)

    def _atom_tells(self, atom: object) -> bool:
        if isinstance(atom, External):
            dotted = atom.dotted
            return (
                catalog.is_torch_module_class(dotted)
                or catalog.is_model_class(dotted)
                or catalog.is_optimizer_class(dotted)
                or dotted.startswith("torch.utils.checkpoint")
            )
        if isinstance(atom, Function):
            return self.matters(atom, None)
        if isinstance(atom, ClassValue):
            init = atom.cls.find_method("__init__")
            return atom.cls.is_module or init is None or self.matters(init, atom.cls)
        return True


def _parameters(node: ast.AST) -> set[str]:
    return {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
