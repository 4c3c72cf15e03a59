"""Which models of an encoder and a decoder drop anything outside of these two.

For each class, built small: whether a forward gives the same with nothing but the two in train mode as with all of it,
and the same with the model below its head in train mode.

Run `python -m tests.evidence.two_stacks > tests/evidence/two_stacks.out`.
"""

import warnings
from collections.abc import Sequence

import torch
import transformers
from torch import nn

OF_T5 = {
    "d_model": 16,
    "d_kv": 8,
    "d_ff": 16,
    "num_layers": 2,
    "num_decoder_layers": 2,
    "num_heads": 2,
    "vocab_size": 50,
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
}
OF_BART = {
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "vocab_size": 50,
    "pad_token_id": 0,
}
T5_LIKE = [
    f"{family}{kind}" for family in ("T5", "MT5", "UMT5", "LongT5") for kind in ("Model", "ForConditionalGeneration")
]
BART_LIKE = [
    *(f"{family}Model" for family in ("Bart", "MBart", "Pegasus", "Marian", "M2M100", "Blenderbot")),
    *(f"{family}ForConditionalGeneration" for family in ("Bart", "MBart", "Pegasus", "M2M100", "Blenderbot")),
    "MarianMTModel",
]


def output(model: nn.Module, trained: Sequence[nn.Module]) -> torch.Tensor:
    """What a model gives where only some parts of it are in train mode, with one seed."""
    model.eval()
    for part in trained:
        part.train()
    torch.manual_seed(1)
    tokens = torch.arange(3, 19).reshape(2, 8)
    return model(input_ids=tokens, decoder_input_ids=tokens)[0]


def main() -> None:
    """Print one line for each class."""
    print(f"transformers {transformers.__version__}")
    models = {}
    for names, settings in ((T5_LIKE, OF_T5), (BART_LIKE, OF_BART)):
        for name in names:
            cls = getattr(transformers, name)
            models[name] = cls(cls.config_class(**settings))
    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    encoder = transformers.BertModel(transformers.BertConfig(**small))
    config = transformers.BertConfig(**small, is_decoder=True, add_cross_attention=True)
    models["EncoderDecoderModel"] = transformers.EncoderDecoderModel(
        encoder=encoder, decoder=transformers.BertLMHeadModel(config)
    )
    for name, model in models.items():
        base = getattr(model, "model", model)
        whole, nothing = output(model, [model]), output(model, [])
        same = [torch.equal(whole, output(model, parts)) for parts in ([base.encoder, base.decoder], [base])]
        one = [torch.equal(whole, output(model, [part])) for part in (base.encoder, base.decoder)]
        told = "drops something" if not torch.equal(whole, nothing) else "drops nothing"
        print(f"{name}: {told}; the same with both: {same[0]}, with one: {any(one)}, with what is below: {same[1]}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    main()
