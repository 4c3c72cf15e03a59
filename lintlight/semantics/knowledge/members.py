"""What the members of a library's module are: methods that run no forward, numbers, submodules."""

from __future__ import annotations

import re

# Methods of a module that do not run its forward.
NOT_A_FORWARD = frozenset(
    "train eval parameters named_parameters buffers named_buffers modules named_modules children named_children "
    "state_dict load_state_dict requires_grad_ apply zero_grad to cuda cpu half float double bfloat16 type "
    "save_pretrained push_to_hub register_buffer register_parameter add_module register_module get_submodule "
    "register_forward_hook register_forward_pre_hook register_full_backward_hook print_trainable_parameters "
    "tie_weights init_weights post_init resize_token_embeddings get_input_embeddings get_output_embeddings "
    "set_input_embeddings gradient_checkpointing_enable gradient_checkpointing_disable enable_input_require_grads "
    "num_parameters get_parameter add_adapter set_adapter load_adapter enable_adapters disable_adapters "
    "train_adapter set_active_adapters add_classification_head get_nb_trainable_parameters extra_repr "
    "prepare_inputs_for_generation get_extended_attention_mask compile share_memory size numel dim "
    "enable_gradient_checkpointing disable_gradient_checkpointing set_attention_slice "
    "enable_xformers_memory_efficient_attention set_use_memory_efficient_attention_xformers "
    "set_default_language save save_weights from_pretrained".split()
)

# Methods of LightningModule that project code calls, and that run none of its hooks.
LIGHTNING_METHODS = frozenset(
    "all_gather clip_gradients load_from_checkpoint log log_dict manual_backward print to_onnx to_torchscript "
    "toggle_optimizer toggled_optimizer untoggle_optimizer".split()
)

# Attributes of a module that are no submodules.
NOT_A_SUBMODULE = frozenset(
    "config device dtype training name hparams generation_config main_input_name base_model_prefix name_or_path "
    "current_epoch global_step logger loggers global_rank local_rank on_gpu example_input_array fabric "
    "automatic_optimization strict_loading framework_version is_gradient_checkpointing hidden_size vocab_size "
    "num_labels peft_config active_adapter logit_scale logit_bias in_features out_features "
    "weight bias shape max_seq_length".split()
)

SET_BY_NAME = frozenset("setattr __setattr__ add_module register_module register_buffer register_parameter".split())
"""What gives a module an attribute whose name it is told."""

OF_A_NUMBER = re.compile(
    r"(?:n|num|max|min)_(?!\w*(?:embed|pool|proj))\w+|d_model|dim|(?:in|out)_channels"
    r"|\w+_(?:dim|size|width|length|id|ids|index|rate|prob|type|dtype|eps)"
)
"""Nothing that transformers or diffusers calls like this is a module (`tests/evidence/attribute_names.out`)."""

GETS_SUBMODULE = frozenset(
    {"get_input_embeddings", "get_output_embeddings", "get_encoder", "get_decoder", "get_base_model"}
)

# Submodules that hold one weight and nothing that eval mode turns off.
WITHOUT_DROPOUT = frozenset(
    [
        "get_input_embeddings",
        "get_output_embeddings",
        "word_embeddings",
        "position_embeddings",
        "token_type_embeddings",
        "wte",
        "wpe",
        "embed_tokens",
        "shared",
        "lm_head",
        "patch_embedding",
        "token_embedding",
        "vocab_projector",
        "vocab_transform",
        "vocab_layer_norm",
        "text_projection",
        "visual_projection",
        "layer_norm",
        "layernorm",
        "LayerNorm",
        "final_layer_norm",
    ]
)


def is_no_submodule(name: str) -> bool:
    """Whether an attribute of a module is a number, a tensor or a setting, and nothing that learns in a mode."""
    return name in NOT_A_SUBMODULE or name.startswith("_") or OF_A_NUMBER.fullmatch(name) is not None
