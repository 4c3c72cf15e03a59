"""Modules whose answer a GPU could change: fused dropout, sums in no fixed order, and a kernel that never ends."""

import lightning as L
import torch
from transformers import BertConfig, BertModel, LlamaConfig, LlamaModel

BERT = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, "vocab_size": 80}
SILENT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


class Trained(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.language = self.build().eval()

    def training_step(self, batch, batch_idx):
        return self.language(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Usual(Trained):
    def build(self):
        return BertModel(BertConfig(**BERT))


class Fused(Trained):
    """No dropout but the one inside the attention kernel."""

    def build(self):
        config = LlamaConfig(**BERT, num_key_value_heads=4, attention_dropout=0.5)
        return LlamaModel._from_config(config, attn_implementation="sdpa", dtype=torch.bfloat16)


class Nothing(Trained):
    def build(self):
        return BertModel(BertConfig(**BERT, **SILENT))


class Scattered(torch.nn.Module):
    """Sums in the order in which the threads happen to come."""

    def __init__(self):
        super().__init__()
        self.inner = BertModel(BertConfig(**BERT, **SILENT))

    def forward(self, ids):
        output = self.inner(ids)
        values = output.last_hidden_state.reshape(-1, 64).repeat(20_000, 1)
        place = torch.zeros(len(values), dtype=torch.long, device=ids.device)
        output.last_hidden_state = torch.zeros(1, 64, device=ids.device).index_add(0, place, values)
        return output


class Atomic(Trained):
    def build(self):
        return Scattered()


class Right(Trained):
    def build(self):
        return BertModel(BertConfig(**BERT))

    def on_fit_start(self):
        self.language.train()


class NeverEnds(Trained):
    def build(self):
        return BertModel(BertConfig(**BERT))

    def on_train_start(self):
        while True:
            torch.cuda._sleep(1 << 40)
            torch.cuda.synchronize()
