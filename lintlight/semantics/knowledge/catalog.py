"""What is known of the libraries: names, the mode that factories return, methods that do not run a module.

Every fact here was seen by running Lightning 2.0 to 2.6 and transformers 4.46 to 5.23; the fixtures repeat the runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from lintlight.semantics.knowledge.words import BESIDE_MODELS

LIGHTNING_PACKAGES = ("lightning", "pytorch_lightning")
PLAIN_BASES = frozenset({"LightningModule", "Module", "ABC", "object", "Generic", "Protocol"})
"""The last names of bases that bring no step, no checkpoint hook and no field of their own."""

# Classes of other packages that derive from LightningModule.
THIRD_PARTY_LIGHTNING_BASES = frozenset(
    {
        "anomalib.models.AnomalibModule",
        "anomalib.models.components.AnomalibModule",
        "anomalib.models.components.base.AnomalibModule",
        "asteroid.engine.System",
        "asteroid.engine.system.System",
        "classy.pl_modules.base.ClassyPLModule",
        "flash.Task",
        "flash.core.model.Task",
        "lightning_transformers.core.TaskTransformer",
        "lightning_uq_box.uq_methods.BaseModule",
        "nemo.core.ModelPT",
        "nemo.core.classes.ModelPT",
        "nemo.core.classes.modelPT.ModelPT",
        "pyannote.audio.Model",
        "pyannote.audio.core.model.Model",
        "pytorch_ie.PyTorchIEModel",
        "pytorch_ie.core.PyTorchIEModel",
        "pytorch_ie.core.model.PyTorchIEModel",
        "pytorch_ie.model.PyTorchIEModel",
        "torchgeo.trainers.BaseTask",
        "torchgeo.trainers.ClassificationTask",
        "torchgeo.trainers.RegressionTask",
        "torchgeo.trainers.SemanticSegmentationTask",
        "transformers_lightning.models.TransformersModel",
        "transformers_lightning.models.transformers_model.TransformersModel",
    }
)

# `from_pretrained` of these packages' model classes returns the model in eval mode, all submodules.
EVAL_FACTORY_PACKAGES = frozenset(
    {"transformers", "diffusers", "peft", "adapters", "optimum", "unsloth", "petals", "huggingface_hub", "trl"}
)
EVAL_FACTORIES = frozenset({"from_pretrained", "from_encoder_decoder_pretrained", "from_vision_text_pretrained"})

# What else gives a pretrained model in eval mode when called, beside `get_model` of a bundle of torchaudio.
LOADER_WORDS = ("SentenceTransformer",)
BUNDLES = ("WAV2VEC2_", "HUBERT_", "WAVLM_")
OF_BUNDLES = tuple(f"torchaudio.pipelines.{name}" for name in BUNDLES)

# Arguments of `from_pretrained` that say that a class is a model; pipelines take a dtype and a device map, too.
ONLY_FOR_MODELS = frozenset({"ignore_mismatched_sizes", "load_in_8bit", "load_in_4bit", "add_pooling_layer"})

ANY_MODEL = "transformers.PreTrainedModel"
"""Stands for what nothing more is known of than that it is of transformers: a model, most likely."""
NO_MODELS = (*BESIDE_MODELS, "tok", "prep", "extractor", "schedule", "optim")
MODEL_WORDS = frozenset("model encoder decoder bert lm llm backbone net network transformer".split())
"""Words in the name of what is a model."""
# Endings of classes that have `from_pretrained` and are no torch modules.
NOT_A_MODEL = (
    "Tokenizer",
    "TokenizerFast",
    "Config",
    "Processor",
    "ProcessorFast",
    "FeatureExtractor",
    "ImageProcessorFast",
    "Scheduler",
    "Pipeline",
    "TokenizerBase",
)

# Methods that give back the module they are called on, unchanged in mode.
RETURNS_ITSELF = frozenset(
    "to cuda cpu half float double bfloat16 type xpu to_empty share_memory compile bettertransformer "
    "to_bettertransformer reverse_bettertransformer".split()
)

ANY_MODULE = "Module"
"""In place of a library's class: whatever module somebody gives, most likely one with dropout or batch norm in it."""

# What only looks at a tensor.
ONLY_LOOKS = frozenset(f"builtins.{name}" for name in "len isinstance hasattr print type id repr str bool".split())
OF_ITS_SHAPE = frozenset(
    "shape size dim ndim device dtype numel nelement layout is_cuda requires_grad get_device".split()
)

# Methods that give a tensor without what its gradients would be.
DETACHES = frozenset({"detach", "detach_", "item", "tolist", "numpy"})

# What of torch works on tensors, and nothing else.
OF_TENSORS = re.compile(r"torch\.(?:nn\.functional\.|linalg\.|special\.)?[a-z]\w*\Z")
NOT_OF_TENSORS = frozenset({"compile", "save", "load", "no_grad", "enable_grad", "inference_mode", "set_grad_enabled"})


def is_of_tensors(dotted: str) -> bool:
    """Whether a library's function gives tensors made of those that it is given, with their gradients."""
    return OF_TENSORS.match(dotted) is not None and dotted.rpartition(".")[2] not in NOT_OF_TENSORS


# Methods of what `loads_when_called` builds that work without gradients, in eval mode.
ENCODES_ONLY = frozenset(
    "encode encode_query encode_document encode_multi_process similarity similarity_pairwise tokenize preprocess "
    "evaluate fit old_fit start_multi_process_pool stop_multi_process_pool get_sentence_embedding_dimension".split()
)

ROWS = frozenset({"torch.nn.Sequential", "torch.nn.ModuleList"})
CONTAINERS = ROWS | {"torch.nn.ModuleDict"}
"""They take nothing but modules."""
BASE_LAYERS = 12
"""Of a base-sized model of most families; no more are asked for where not each is meant."""
OF_BASE_SIZE = re.compile(r"(?<![a-z])(base|distil\w+)(?![a-z])")
PARAMETERS = frozenset({"torch.nn.Parameter", "torch.nn.parameter.Parameter"})

# Functions that give back the module they are given, same mode.
PASSES_THROUGH = frozenset(
    {
        "torch.compile",
        "torch.nn.SyncBatchNorm.convert_sync_batchnorm",
        "torch.nn.DataParallel",
        "torch.nn.parallel.DistributedDataParallel",
        "bettertransformer.BetterTransformer.transform",
        "optimum.bettertransformer.BetterTransformer.transform",
    }
)
# ... and those that freeze every parameter of it.
FREEZES = frozenset({"peft.prepare_model_for_kbit_training", "peft.prepare_model_for_int8_training"})

# Tasks for which PEFT trains the head as well, and what it puts around it.
HEADS = frozenset({"classifier", "score", "qa_outputs", "lm_head", "cls"})
HEADS_OF_TASKS = {
    "SEQ_CLS": ("ForSequenceClassification", "classifier score"),
    "TOKEN_CLS": ("ForTokenClassification", "classifier score"),
    "QUESTION_ANS": ("ForQuestionAnswering", "qa_outputs"),
}
PEFT_HEAD = "peft.utils.ModulesToSaveWrapper"

# Methods of the adapters library that freeze the model, add learning adapters and switch to train mode.
TRAINS_ADAPTERS = frozenset({"train_adapter", "train_adapter_fusion", "train_fusion"})

NO_GRAD = frozenset(
    {"torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.inference_mode"}
)

# What the hooks inside one training step are; an optimizer stepped in them is counted.
INSIDE_TRAINING_STEP = frozenset(
    {"training_step", "on_before_backward", "on_after_backward", "on_before_optimizer_step"}
)

# Hooks that only ever run outside it.
OUTSIDE_TRAINING_STEP = (
    "on_before_zero_grad",  # called in automatic optimization only
    "on_train_start",
    "on_train_epoch_start",
    "on_train_batch_start",
    "on_train_batch_end",
    "on_train_epoch_end",
    "on_train_end",
    "on_validation_start",
    "on_validation_epoch_start",
    "validation_step",
    "on_validation_batch_end",
    "on_validation_epoch_end",
    "on_validation_end",
)

REMOVED_ARGUMENTS = frozenset(
    {
        *("amp_backend", "amp_level", "auto_lr_find", "auto_scale_batch_size", "checkpoint_callback"),
        *("flush_logs_every_n_steps", "gpus", "ipus", "log_gpu_memory", "move_metrics_to_cpu"),
        *("multiple_trainloader_mode", "num_processes", "prepare_data_per_node", "process_position"),
        *("progress_bar_refresh_rate", "reload_dataloaders_every_epoch", "replace_sampler_ddp"),
        *("resume_from_checkpoint", "stochastic_weight_avg", "terminate_on_nan", "tpu_cores", "track_grad_norm"),
        *("truncated_bptt_steps", "weights_save_path", "weights_summary"),
    }
)
"""Arguments for which the Trainer raises a TypeError since Lightning 2.0 (`tests/evidence/removed_arguments.out`)."""
REMOVED_METHODS = frozenset({"add_argparse_args", "from_argparse_args"})
"""Methods of the Trainer that Lightning 2.0 removed, likewise."""
REMOVED_IMPORTS = frozenset(
    (
        "callbacks.GPUStatsMonitor callbacks.ProgressBarBase callbacks.XLAStatsMonitor callbacks.base "
        "callbacks.gpu_stats_monitor callbacks.xla_stats_monitor core.decorators core.lightning core.memory lite "
        "loggers.LightningLoggerBase loggers.TestTubeLogger loggers.base loggers.test_tube loops.base metrics "
        "metrics.functional overrides.data_parallel plugins.ApexMixedPrecisionPlugin plugins.DDP2Plugin "
        "plugins.DDPFullyShardedPlugin plugins.DDPPlugin plugins.DDPShardedPlugin plugins.DDPSpawnPlugin "
        "plugins.DataParallelPlugin plugins.DeepSpeedPlugin plugins.HorovodPlugin "
        "plugins.NativeMixedPrecisionPlugin plugins.SingleDevicePlugin plugins.TPUSpawnPlugin "
        "plugins.TrainingTypePlugin plugins.training_type profiler profiler.base strategies.BaguaStrategy "
        "strategies.CollaborativeStrategy strategies.DDP2Strategy strategies.DDPFullyShardedNativeStrategy "
        "strategies.DDPFullyShardedStrategy strategies.DDPShardedStrategy strategies.DDPSpawnStrategy "
        "strategies.DataParallelStrategy strategies.HorovodStrategy strategies.TPUSpawnStrategy strategies.dp "
        "strategies.sharded trainer.data_loading trainer.supporters trainer.training_io utilities.AMPType "
        "utilities._APEX_AVAILABLE utilities.apply_func utilities.auto_restart utilities.cli utilities.cloud_io "
        "utilities.device_parser utilities.distributed.rank_zero_only utilities.metrics "
        "utilities.types.EPOCH_OUTPUT utilities.xla_device"
    ).split()
)
"""What cannot be imported from Lightning since 2.0 (`tests/evidence/removed_imports.out`)."""


WITH_BATCH_NORM = re.compile(r"(se)?(resnet|resnext)\d|(tf_)?efficientnet_|mobilenetv\d|regnet[xy]_|densenet\d")
"""How the names of timm's models begin that have it (`tests/evidence/vision_models.out`)."""


def canonical(dotted: str) -> str:
    """One spelling for the names that the libraries give several: `pytorch_lightning.X` is `lightning.pytorch.X`."""
    head, _, rest = dotted.partition(".")
    if head == "pytorch_lightning":
        return f"lightning.pytorch.{rest}" if rest else "lightning.pytorch"
    if head == "lightning" and rest[:1].isupper():
        return f"lightning.pytorch.{rest}"
    if head == "transformers" and rest.startswith("models."):
        last = rest.rpartition(".")[2]
        return f"transformers.{last}" if last[:1].isupper() else dotted
    return dotted


def is_lightning_module(dotted: str, more: tuple[str, ...] = ()) -> bool:
    """Whether the library class `dotted` (canonical) is LightningModule or derives from it.

    What another package gives that name is Lightning's own, or derives from it.
    """
    return dotted.endswith(".LightningModule") or dotted in THIRD_PARTY_LIGHTNING_BASES or dotted in more


def is_lightning(dotted: str, name: str) -> bool:
    """Whether `dotted` is the Lightning class or function called `name`, however it was imported."""
    return dotted.partition(".")[0] in LIGHTNING_PACKAGES and dotted.rpartition(".")[2] == name


KNOWN_STARS = frozenset("lightning pytorch_lightning transformers torch numpy math typing os datasets".split())
"""Packages that give none of the names below but their own."""
IN_TORCH_STAR = frozenset("Module Sequential ModuleList ModuleDict Linear Dropout LayerNorm Embedding Identity".split())
IN_LIGHTNING_STAR = frozenset(
    f"lightning.pytorch.{name}" for name in ("LightningModule", "LightningDataModule", "Trainer", "Callback")
)


def is_in_star(dotted: str) -> bool:
    """Whether `from package import *` gives a name that is known, by its canonical dotted name."""
    package, _, name = dotted.rpartition(".")
    if package == "torch.nn":
        return name in IN_TORCH_STAR
    if package == "transformers":
        return name.startswith("AutoModel") or name.endswith(MODEL_ENDINGS)
    return dotted in IN_LIGHTNING_STAR


def is_model_class(dotted: str) -> bool:
    """Whether the library class `dotted` is a model whose `from_pretrained` returns a module in eval mode."""
    package = dotted.partition(".")[0]
    last = dotted.rpartition(".")[2]
    if package not in EVAL_FACTORY_PACKAGES or last.endswith(NOT_A_MODEL):
        return False
    return last[:1].isupper() or package == last


def is_no_model(asked: str) -> bool:
    """Whether what is asked of transformers by a name that is not known is no model, by the words in that place."""
    return any(word in asked for word in NO_MODELS)


def is_called_a_model(dotted: str) -> bool:
    """Whether a library class is a model by its name, too, and no base for others."""
    last = dotted.rpartition(".")[2]
    is_named = "Model" in last or last.endswith(MODEL_ENDINGS)
    return is_named and is_model_class(dotted) and not last.endswith("PreTrainedModel")


def loads_when_called(dotted: str) -> bool:
    """Whether a call of `dotted`, no `from_pretrained`, gives a pretrained model in eval mode.

    Of sentence-transformers only the outermost module is not (`tests/evidence/other_loaders.out`).
    """
    package, last = dotted.partition(".")[0], dotted.rpartition(".")[2]
    is_bundle = dotted.startswith(OF_BUNDLES) and last == "get_model"
    return is_bundle or (package == "sentence_transformers" and last == "SentenceTransformer")


def is_named_like_a_model(dotted: str) -> bool:
    """Whether a class of an unknown package has a name as transformers gives them: most likely a copy of its code."""
    package, last = dotted.partition(".")[0], dotted.rpartition(".")[2]
    return package not in KNOWN_OTHERWISE and last.endswith(MODEL_ENDINGS)


# Packages whose `from_pretrained` is their own, and leaves train mode (`tests/evidence/other_loaders.out`).
KNOWN_OTHERWISE = frozenset(
    "efficientnet_pytorch fairseq flash_attn mamba_ssm nemo pytorch_pretrained_bert pytorch_pretrained_vit speechbrain "
    "timm torch".split()
)
MODEL_ENDINGS = (
    *("ForConditionalGeneration", "ForCausalLM", "ForMaskedLM", "ForSequenceClassification", "ForCTC"),
    *("ForTokenClassification", "ForQuestionAnswering", "ForPreTraining", "ForMultipleChoice", "LMHeadModel"),
    *("ForSpeechSeq2Seq", "ForImageClassification", "ForSeq2SeqLM", "DoubleHeadsModel"),
    *("BertModel", "RobertaModel", "T5Model", "T5EncoderModel", "GPT2Model", "BartModel", "ElectraModel"),
    *("LongformerModel", "DebertaModel", "XLNetModel", "AlbertModel", "DistilBertModel", "EsmModel"),
)


def is_torch_module_class(dotted: str) -> bool:
    """Whether the library class `dotted` is a plain torch module."""
    if dotted.startswith(("torch.nn.Parameter", "torch.nn.parameter.", "torch.nn.functional.", "torch.nn.utils.")):
        return False
    return dotted.startswith("torch.nn.") and dotted.rpartition(".")[2][:1].isupper()


def vision_model(dotted: str, name: str | None, options: Collection[str] = ()) -> str:
    """The dotted name of the torchvision or timm model that a call of `dotted` builds, in train mode; empty for none.

    `name` is the call's first argument, as far as it is known, `options` are the names of the others. A model of which
    nobody knows what is in it is `timm.?` or `torchvision.models.?`.
    """
    if "norm_layer" in options:
        return f"{dotted.partition('.')[0]}.?" if vision_model(dotted, None) else ""
    owner, _, last = dotted.rpartition(".")
    if dotted == "torchvision.models.get_model":
        return f"torchvision.models.{name or '?'}"
    if owner == "torchvision.models" and last[:1].islower() and not last.startswith(("get_", "list_")):
        return dotted
    return f"timm.{name or '?'}" if dotted in {"timm.create_model", "timm.models.create_model"} else ""


def has_modes(vision_model: str) -> bool:
    """Whether a model of torchvision or timm surely has batch norm, dropout or a random depth (`tests/evidence`).

    Not where dropout is only in the classifier, which people replace.
    """
    package, _, name = vision_model.partition(".")
    last = name.rpartition(".")[2]
    if package == "timm":
        return WITH_BATCH_NORM.match(name) is not None and "_gn" not in name and "_evo" not in name
    in_classifier_only = last.startswith(("alexnet", "squeezenet")) or (last.startswith("vgg") and "_bn" not in last)
    return package == "torchvision" and not last.startswith(("vit_", "?")) and not in_classifier_only


def is_optimizer_base(dotted: str) -> bool:
    """Whether a class that derives from `dotted` is an optimizer."""
    return (
        dotted == "torch.optim.Optimizer" or dotted == "torch.optim.optimizer.Optimizer" or is_optimizer_class(dotted)
    )


def is_optimizer_class(dotted: str) -> bool:
    """Whether calling `dotted` makes a torch optimizer."""
    package, _, rest = dotted.partition(".")
    last = dotted.rpartition(".")[2]
    if "lr_scheduler" in rest or "swa_utils" in rest or not last[:1].isupper() or last.endswith(("Scheduler", "LR")):
        return False
    if dotted.startswith(("torch.optim.", "bitsandbytes.optim.", "apex.optimizers.", "deepspeed.ops.adam.")):
        return True
    if package in {
        "torch_optimizer",
        "pytorch_optimizer",
        "timm",
        "lion_pytorch",
        "transformers",
        "sam",
        "dadaptation",
    }:
        return last in OPTIMIZER_NAMES
    return False


OPTIMIZER_NAMES = frozenset(
    "Adam AdamW SGD Adafactor RAdam NAdam Adamax Adagrad Lamb LAMB Lion RMSprop Lookahead SAM AdaBelief Ranger "
    "AdamP SGDP Shampoo Yogi DiffGrad Novograd Adan Prodigy DAdaptAdam".split()
)

# Methods of LightningModule that Lightning calls by itself; called through `super()` they do nothing that matters here.
HOOKS = frozenset(
    "configure_callbacks prepare_data setup configure_model configure_optimizers on_fit_start on_train_start "
    "on_train_epoch_start on_train_batch_start training_step validation_step test_step predict_step "
    "on_validation_model_eval on_validation_model_train on_validation_start on_validation_end "
    "on_validation_epoch_start on_validation_epoch_end on_validation_batch_start on_validation_batch_end "
    "on_before_zero_grad on_before_backward on_after_backward on_before_optimizer_step "
    "configure_gradient_clipping optimizer_step on_train_batch_end on_train_epoch_end on_train_end on_fit_end "
    "teardown on_save_checkpoint on_load_checkpoint configure_sharded_model on_test_start on_test_end "
    "on_predict_start on_predict_end train_dataloader val_dataloader test_dataloader predict_dataloader "
    "transfer_batch_to_device on_before_batch_transfer on_after_batch_transfer __setattr__ __getattr__ "
    "lr_scheduler_step optimizer_zero_grad backward log log_dict print get_progress_bar_dict".split()
)

STATE_DICT_HOOKS = frozenset({"_register_state_dict_hook", "register_state_dict_post_hook"})
"""Methods of a module that take what torch then runs whenever its state dict is made."""

# Layers of torch.nn in which `training` matters, by the beginning of their name.
TORCH_LAYERS_WITH_MODES = (
    *("Dropout", "AlphaDropout", "FeatureAlphaDropout", "BatchNorm", "SyncBatchNorm", "LazyBatchNorm"),
    *("InstanceNorm", "RReLU", "Transformer", "MultiheadAttention", "LSTM", "GRU", "RNN"),
)
