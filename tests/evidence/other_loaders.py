"""In which mode other libraries' loaders leave a pretrained model, each run with a tiny checkpoint made here.

Prints for each: the mode of the model itself, how many of its modules are in eval mode, how many parameters may learn.
Needs sentence-transformers, diffusers, torchaudio and pytorch-pretrained-bert. mamba-ssm and flash-attn need a CUDA
device to be imported: of those only `from_pretrained` is run, as their source has it, the class around it replaced.

Run `python -m tests.evidence.other_loaders MAMBA FLASH_ATTN > tests/evidence/other_loaders.out`, with the folders of
their sources.
"""

import ast
import importlib.metadata
import sys
import tempfile
import textwrap
import unittest.mock
from collections.abc import Callable
from pathlib import Path

import diffusers
import pytorch_pretrained_bert
import sentence_transformers
import sentence_transformers.models
import tokenizers
import torch
import torchaudio
import transformers
from torch import nn

SMALL = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}


def show(name: str, made: Callable[[], nn.Module]) -> None:
    """Print one line for a loader."""
    model = made()
    modules, parameters = list(model.modules()), list(model.parameters())
    off = sum(not module.training for module in modules)
    learning = sum(parameter.requires_grad for parameter in parameters)
    mode = "train" if model.training else "eval"
    print(f"{name}: {mode} mode, {off} of {len(modules)} in eval mode, {learning} of {len(parameters)} learn")


def bert(heads: type = transformers.BertModel, **options: object) -> str:
    """A folder with a BERT of one layer and its tokenizer."""
    folder = tempfile.mkdtemp()
    words = {"[UNK]": 0, "[PAD]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5}
    heads(transformers.BertConfig(vocab_size=len(words), **SMALL, **options)).save_pretrained(folder)
    splits = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=splits, **names).save_pretrained(folder)
    return folder


def classifier() -> str:
    """... with a classifier of one label on it."""
    return bert(transformers.BertForSequenceClassification, num_labels=1)


def image_pipeline() -> diffusers.DDPMPipeline:
    """A pipeline with a UNet of two blocks, saved and loaded."""
    folder, blocks = tempfile.mkdtemp(), {"block_out_channels": (8, 8), "norm_num_groups": 4, "layers_per_block": 1}
    kinds = {"down_block_types": ("DownBlock2D",) * 2, "up_block_types": ("UpBlock2D",) * 2}
    unet = diffusers.UNet2DModel(sample_size=8, **blocks, **kinds)
    diffusers.DDPMPipeline(unet, diffusers.DDPMScheduler()).save_pretrained(folder)
    return diffusers.DDPMPipeline.from_pretrained(folder)


def bundle(of: object) -> nn.Module:
    """What a bundle of torchaudio gives, its download replaced by the weights of a model just built."""
    weights = torchaudio.models.wav2vec2_model(**of._params).state_dict()
    with unittest.mock.patch("torchaudio.pipelines._wav2vec2.utils.load_state_dict_from_url", return_value=weights):
        return of.get_model()


def old_bert() -> nn.Module:
    """A BERT of pytorch-pretrained-bert."""
    folder = Path(tempfile.mkdtemp())
    config = pytorch_pretrained_bert.BertConfig(vocab_size_or_config_json_file=6, **SMALL)
    folder.joinpath("bert_config.json").write_text(config.to_json_string())
    torch.save(pytorch_pretrained_bert.BertModel(config).state_dict(), folder / "pytorch_model.bin")
    return pytorch_pretrained_bert.BertModel.from_pretrained(str(folder))


class WithDropout(nn.Module):
    """A module with one dropout that takes any arguments and loads nothing."""

    def __init__(self, *_args: object, **_options: object) -> None:
        super().__init__()
        self.drop = nn.Dropout()

    def load_state_dict(self, *_args: object, **_options: object) -> None:
        """Load nothing."""


def as_written(file: Path, owner: str) -> nn.Module:
    """What the `from_pretrained` of a class gives, as its file has it, in a class with one dropout.

    Every name that it uses besides is replaced by a mock; a class among its arguments, by the class itself.
    """
    tree = ast.parse(file.read_text())
    (cls,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner)
    (method,) = (node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == "from_pretrained")
    method.args.defaults = [ast.Constant(None) for _ in method.args.defaults]
    source = textwrap.indent(ast.unparse(method), "    ")
    names: dict[str, object] = {n.id: unittest.mock.MagicMock() for n in ast.walk(method) if isinstance(n, ast.Name)}
    for name in ("super", "cls", "classmethod", "len", "isinstance", "str", "print", "list"):
        names.pop(name, None)
    space = {**names, "Base": WithDropout}
    text = f"class {owner}(Base):\n" + source
    exec(compile(text, str(file), "exec"), space)
    return space[owner].from_pretrained("gpt2", unittest.mock.MagicMock())


def main() -> None:
    """Print one line for each loader."""
    packages = ("sentence-transformers", "transformers", "diffusers", "torchaudio", "pytorch-pretrained-bert")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))
    mamba, flash = map(Path, sys.argv[1:])
    show("sentence_transformers.SentenceTransformer", lambda: sentence_transformers.SentenceTransformer(bert()))
    built = [sentence_transformers.models.Transformer(bert()), sentence_transformers.models.Pooling(8)]
    show("... from modules", lambda: sentence_transformers.SentenceTransformer(modules=built))
    show("sentence_transformers.CrossEncoder", lambda: sentence_transformers.CrossEncoder(classifier()))
    show("sentence_transformers.models.Transformer", lambda: sentence_transformers.models.Transformer(bert()))
    show("transformers.pipeline().model", lambda: transformers.pipeline("text-classification", classifier()).model)
    show("diffusers.DDPMPipeline.from_pretrained().unet", lambda: image_pipeline().unet)
    for name in ("WAV2VEC2_BASE", "HUBERT_BASE"):
        show(f"torchaudio.pipelines.{name}", lambda name=name: bundle(getattr(torchaudio.pipelines, name)))
    show("pytorch_pretrained_bert.BertModel.from_pretrained", old_bert)
    show(
        "mamba_ssm.MambaLMHeadModel.from_pretrained",
        lambda: as_written(mamba / "mamba_ssm/models/mixer_seq_simple.py", "MambaLMHeadModel"),
    )
    for file, owner in (("bert", "BertPreTrainedModel"), ("gpt", "GPTPreTrainedModel")):
        made = as_written(flash / f"flash_attn/models/{file}.py", owner)
        show(f"flash_attn.models.{file}.{owner}.from_pretrained", lambda made=made: made)


if __name__ == "__main__":
    main()
