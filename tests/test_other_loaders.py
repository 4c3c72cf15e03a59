"""Loaders of other libraries: some leave eval mode as transformers does, some do not."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.semantics.knowledge import catalog
from lintlight.settings import Settings

CODE = """
import lightning as L
import torch
import torchaudio
from flash_attn.models.gpt import GPTLMHeadModel
from mamba_ssm.models.mixer_seq_simple import MambaLMHeadModel
from pytorch_pretrained_bert import BertModel
from sentence_transformers import SentenceTransformer, models
from torchaudio.pipelines import HUBERT_BASE

BUNDLE = torchaudio.pipelines.WAV2VEC2_BASE


class Model(L.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.net = {made}

    def training_step(self, batch, batch_idx):
        return {used}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)
"""
SENTENCES = 'SentenceTransformer("all-MiniLM-L6-v2")'


@pytest.mark.parametrize(
    ("made", "used", "codes"),
    [
        (SENTENCES, 'self.net(batch)["sentence_embedding"].sum()', ["LL101"]),
        (f"{SENTENCES}[0].auto_model", "self.net(**batch).last_hidden_state.sum()", ["LL101"]),
        (f"{SENTENCES}.train()", 'self.net(batch)["sentence_embedding"].sum()', []),
        (f"{SENTENCES}.requires_grad_(False)", 'self.net(batch)["sentence_embedding"].sum()', []),
        (SENTENCES, "torch.tensor(self.net.encode(batch)).sum()", []),
        ("SentenceTransformer(modules=[models.WordEmbeddings(1), models.Pooling(1)])", "self.net(batch).sum()", []),
        ("BUNDLE.get_model()", "self.net(batch)[0].sum()", ["LL101"]),
        ("HUBERT_BASE.get_model()", "self.net(batch)[0].sum()", ["LL101"]),
        ("BUNDLE.get_model().train()", "self.net(batch)[0].sum()", []),
        ('MambaLMHeadModel.from_pretrained("state-spaces/mamba-130m")', "self.net(batch).logits.sum()", []),
        ('GPTLMHeadModel.from_pretrained("gpt2", config)', "self.net(batch).logits.sum()", []),
        ('BertModel.from_pretrained("bert-base-uncased")', "self.net(batch)[1].sum()", []),
    ],
)
def test_a_model_of_another_library(tmp_path: Path, made: str, used: str, codes: list[str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(CODE.replace("{made}", made).replace("{used}", used))
    found = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in found] == codes


def test_what_is_known_of_loaders_is_what_ran() -> None:
    lines = (Path(__file__).parent / "evidence" / "other_loaders.out").read_text("utf-8").splitlines()[1:]
    modes = {name: int(rest.split(" mode, ")[1].split()[0]) for name, rest in (line.split(": ", 1) for line in lines)}
    assert modes["sentence_transformers.SentenceTransformer"] and modes["torchaudio.pipelines.HUBERT_BASE"]
    own = [name for name in modes if name.endswith(".from_pretrained")]
    assert len(own) == 4
    for name in own:
        assert modes[name] == 0 and name.partition(".")[0] in catalog.KNOWN_OTHERWISE
