"""Whether what a checkpoint leaves out is surely the same again in a new module: loaded anew, and never written.

Asked before loading is made lenient without anybody looking, so what is not plainly harmless counts as a write.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lintlight.semantics.configuration.built import is_built_by_yaml
from lintlight.semantics.heap import Flag, Learn, Origin, Thing
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.lightning import LightningClass
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import by_position, every_node, is_false, last_name
from lintlight.semantics.values import External, Ref
from lintlight.semantics.walks.timeline import AROUND_VALIDATION, TRAINING, Walk

LOADS_AS_IT_IS = frozenset(
    "add_pooling_layer attn_implementation cache_dir device_map dtype force_download local_files_only "
    "low_cpu_mem_usage output_attentions output_hidden_states revision subfolder token torch_dtype use_auth_token "
    "use_safetensors variant".split()
)
"""The arguments of `from_pretrained` that neither make weights nor change some."""
BUILDS_OTHERWISE = ("LightningCLI", "instantiate", "LambdaCallback")
"""Words of a script that does what is written elsewhere."""
GIVES_ITSELF = frozenset({"cuda", "eval", "requires_grad_", "to"})
"""Methods that return the module, and leave its weights as they are."""
ONLY_RUNS = frozenset({"decode", "encode", "forward", "generate", "get_image_features", "get_text_features"})
TELLS = frozenset({"config", "device", "dtype"})
GOES_OVER = frozenset(
    "buffers children modules named_buffers named_children named_modules named_parameters parameters state_dict".split()
)
"""Methods of a module that give out all that is in it."""
HANDS_ON = ast.GeneratorExp | ast.ListComp | ast.comprehension | ast.List | ast.Tuple | ast.Starred
WRITES = frozenset(
    "__dict__ _buffers _modules _parameters add_adapter add_module apply delattr get_buffer get_parameter "
    "get_submodule init_weights lightning_module load_adapter load_state_dict merge_and_unload param_groups post_init "
    "register_module register_parameter resize_token_embeddings set_input_embeddings setattr swap_tensors tie_weights "
    "unfreeze update_parameters vector_to_parameters".split()
)
"""Names of what writes weights, adds some, makes them learn, or leads to a module by a way of its own."""
IN_NAMES = ("Averag", "EMA", "Finetuning", "_foreach_", "pooled", "pooler", "unfreeze")
"""In names: the same, and the layer that `AutoModel` makes anew where the checkpoint has none."""


def is_the_same_again(cls: LightningClass) -> bool:
    """Whether all that its checkpoints leave out is loaded by a plain `from_pretrained`, and stays as it was loaded."""
    project = cls.definition.module.project
    left_out = cls.checkpoint.left_out() if cls.checkpoint is not None else None
    if not left_out or not all(_stays_frozen(walk, part) for walk in cls.walks[0] for part in left_out):
        return False
    from_library = (base.rpartition(".")[2] for base in cls.definition.mro if isinstance(base, str))
    if not catalog.PLAIN_BASES.issuperset(from_library) or is_built_by_yaml(project, cls.definition):
        return False
    files = [File(module, _parents(module.tree)) for module in cls.code_around]
    return not any(map(_may_write, files)) and all(
        _is_only_run(files, part, walk.before_start[_number(walk, walk.before_start, part)].origin)
        for walk in cls.walks[0]
        for part in left_out
    )


@dataclass(frozen=True)
class File:
    """A file whose code may touch the module."""

    module: SourceModule
    parents: Mapping[ast.AST, ast.AST]

    def above(self, node: ast.AST) -> ast.AST | None:
        """What a node stands in."""
        return self.parents.get(node)


def _parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in every_node(tree) for child in ast.iter_child_nodes(node)}


def _stays_frozen(walk: Walk, part: str) -> bool:
    """Whether a part is a model of a library, frozen and in eval mode from the start of training on."""
    heaps = [mark.heap for mark in walk.marks if mark.hook in TRAINING.union(AROUND_VALIDATION)]
    if walk.exhausted or walk.cut_short:
        return False
    for heap in (walk.before_start, walk.first_step, walk.after_epoch, *heaps):
        number = _number(walk, heap, part)
        thing = heap.get(number)
        if thing is None or not _is_as_loaded(thing) or number in walk.guessed | walk.doubted:
            return False
    return True


def _number(walk: Walk, heap: Mapping[int, Thing], part: str) -> int:
    """The number of what an attribute holds; -1 where that is not one thing."""
    attribute = heap[walk.this].attributes.get(part)
    atoms = list(attribute.value) if attribute is not None else []
    return atoms[0].thing if len(atoms) == 1 and isinstance(atoms[0], Ref) else -1


def _is_as_loaded(thing: Thing) -> bool:
    origin = thing.origin
    if origin is None or origin.by_file or origin.checkpoint is None or thing.cls is not None or thing.lora:
        return False
    is_in_eval = thing.mode <= {Flag.LEFT, Flag.ASKED}  # in train mode a batch norm moves its statistics
    return is_in_eval and thing.grad == {Learn.OFF} and _has_no_head(origin.library)


def _has_no_head(library: str) -> bool:
    """Whether a class has nothing that a checkpoint may lack: a head is made anew, without a word but a warning."""
    package, _, name = library.rpartition(".")
    is_of_transformers = package.partition(".")[0] == "transformers"
    return is_of_transformers and name.endswith("Model") and not any(word in name for word in ("For", "Head"))


def _may_write(file: File) -> bool:
    """Whether code may write weights, in place or otherwise, or hands out the module, or all that is in it."""
    if any(map(file.module.says, BUILDS_OTHERWISE)):
        return True
    own = {node for each in _first_names(file) for node in each}
    return any(_writes(node) or (node in own and _gives_away(file, node)) for node in every_node(file.module.tree))


def _writes(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="requires_grad_")):
            given = [*node.args, *(each.value for each in node.keywords)]
            return not given or not all(map(is_false, given))
        case ast.Call(func=ast.Attribute(attr="train", value=ast.Name())):
            return True
        case ast.Call(func=ast.Attribute(attr=name)) if name.endswith("_") and not name.endswith("__"):
            return True
        case ast.Assign(targets=targets, value=value):
            return any(last_name(each) == "requires_grad" for each in targets) and not is_false(value)
        case ast.keyword(arg="out"):
            return True
        case ast.Subscript(slice=ast.Constant(value=1)):  # the second output is what the pooler gives
            return True
        case ast.Attribute(attr="data"):
            return last_name(node.value) != "utils"
        case ast.Attribute(attr="model", value=ast.Name() | ast.Attribute() as owner):
            return last_name(owner).endswith(("trainer", "strategy"))
        case ast.alias(name=name) | ast.Name(id=name) | ast.Attribute(attr=name):
            return name in WRITES or any(word in name for word in IN_NAMES)
    return False


def _first_names(file: File) -> Iterator[list[ast.AST]]:
    """Where methods name the module itself: `self`, and in callbacks `pl_module`."""
    for cls in file.module.class_of_node.values():
        for method in cls.methods.values():
            names = set(by_position(method.args)[2:3] if cls.is_callback else by_position(method.args)[:1])
            yield [node for node in every_node(method) if isinstance(node, ast.Name) and node.id in names]


def _gives_away(file: File, node: ast.AST) -> bool:
    """Whether a module is handed to other code, or all its parameters to anything but an optimizer."""
    above = file.above(node)
    if isinstance(above, ast.Call) and last_name(above.func) in {"super", "isinstance"}:
        return False
    if not isinstance(above, ast.Attribute):
        return True
    call = file.above(above)
    return above.attr in GOES_OVER and not (call is not None and _is_harmless(file, call))


def _is_harmless(file: File, node: ast.AST) -> bool:
    """Whether what gives out all parameters is given to an optimizer, or gone over to freeze them."""
    above = file.above(node)
    while isinstance(above, HANDS_ON) or (isinstance(above, ast.Call) and last_name(above.func) in {"filter", "list"}):
        node, above = above, file.above(above)
    if isinstance(above, ast.For):
        return above.iter is node and all(map(_freezes, above.body)) and not above.orelse
    if not isinstance(above, ast.Call):
        return False
    made = file.module.project.resolve_expression(file.module, above.func)
    return bool(made) and all(isinstance(atom, External) and atom.dotted.startswith("torch.optim") for atom in made)


def _freezes(node: ast.stmt) -> bool:
    """`p.requires_grad = False`, `p.requires_grad_(False)`; whether it does is asked for elsewhere."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad")]):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="requires_grad_"))):
            return True
    return False


def _is_only_run(files: Iterable[File], name: str, origin: Origin | None) -> bool:
    """Whether an attribute is set once, to what `origin` loads, and for the rest run, frozen and asked for its size."""
    uses = [
        (file, node)
        for file in files
        for node in every_node(file.module.tree)
        if isinstance(node, ast.Attribute) and node.attr == name
    ]
    stores = [use for use in uses if not isinstance(use[1].ctx, ast.Load)]
    if origin is None or len(stores) != 1 or not _is_loaded_here(*stores[0], origin):
        return False
    return all(_runs(file, node) for file, node in uses if isinstance(node.ctx, ast.Load))


def _is_loaded_here(file: File, node: ast.Attribute, origin: Origin) -> bool:
    """`self.name = AutoModel.from_pretrained("...")`, perhaps with `.requires_grad_(False)` and the like behind it."""
    above = file.above(node)
    if not isinstance(above, ast.Assign) or above.targets != [node]:
        return False
    value = above.value
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in GIVES_ITSELF:
        value = value.func.value
    if not isinstance(value, ast.Call) or file.module.span(value) != origin.span or len(value.args) != 1:
        return False
    is_plain = all(each.arg in LOADS_AS_IT_IS for each in value.keywords)
    return last_name(value.func) == "from_pretrained" and is_plain


def _runs(file: File, node: ast.AST) -> bool:
    """Whether a part is called, frozen or asked for its size, and given to nobody."""
    above = file.above(node)
    if isinstance(above, ast.Call):
        return above.func is node
    if not isinstance(above, ast.Attribute):
        return False
    call = file.above(above)
    is_called = isinstance(call, ast.Call) and call.func is above
    if above.attr == "parameters" and call is not None:
        return is_called and isinstance(file.above(call), ast.For) and _is_harmless(file, call)
    if above.attr in GIVES_ITSELF and is_called and call is not None:
        return isinstance(file.above(call), ast.Expr) or _runs(file, call)
    return above.attr in TELLS or (above.attr in ONLY_RUNS and is_called)
