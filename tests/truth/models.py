"""Tiny models of the real architectures, saved under the names by which users load them."""

import warnings
from pathlib import Path
from typing import Any

HIDDEN = 16
VOCABULARY = 50
DROPOUT = 0.5

BERTS = (
    "bert-base-uncased",
    "google-bert/bert-base-uncased",
    "google-bert/bert-base-cased",
    "prajjwal1/bert-tiny",
    "sentence-transformers/all-MiniLM-L6-v2",
)


def build_models(folder: Path) -> Path:
    """Write every tiny model into `folder` and return it."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        bert = transformers.BertModel(_bert_config(transformers))
        for name in BERTS:
            bert.save_pretrained(folder / name)
        transformers.RobertaModel(
            transformers.RobertaConfig(**_bert_sizes(), max_position_embeddings=40)
        ).save_pretrained(folder / "FacebookAI/roberta-base")
        transformers.DistilBertModel(
            transformers.DistilBertConfig(
                dim=HIDDEN,
                n_layers=2,
                n_heads=2,
                hidden_dim=32,
                vocab_size=VOCABULARY,
                max_position_embeddings=32,
                dropout=DROPOUT,
                attention_dropout=DROPOUT,
            )
        ).save_pretrained(folder / "distilbert/distilbert-base-uncased")
        transformers.T5ForConditionalGeneration(
            transformers.T5Config(
                d_model=HIDDEN,
                d_kv=8,
                d_ff=32,
                num_layers=2,
                num_heads=2,
                vocab_size=VOCABULARY,
                dropout_rate=DROPOUT,
                decoder_start_token_id=0,
            )
        ).save_pretrained(folder / "google-t5/t5-small")
        for name in ("google-bert/bert-base-uncased", "google-t5/t5-small"):
            _tokenizer(transformers).save_pretrained(folder / name)
        adapter = _adapter(folder)
        adapter.save_pretrained(folder / "our-team/bert-lora")
    return folder


def _bert_sizes() -> dict[str, float]:
    return {
        "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "vocab_size": VOCABULARY, "hidden_dropout_prob": DROPOUT, "attention_probs_dropout_prob": DROPOUT,
    }  # fmt: skip


def _bert_config(transformers: Any) -> Any:
    return transformers.BertConfig(**_bert_sizes(), max_position_embeddings=32)


def _tokenizer(transformers: Any) -> Any:
    import tokenizers

    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words)


def _adapter(folder: Path) -> Any:
    import peft
    import transformers

    base = transformers.AutoModel.from_pretrained(str(folder / "google-bert/bert-base-uncased"))
    return peft.get_peft_model(base, peft.LoraConfig(target_modules=["query", "value"], r=2))
