import lightning.pytorch as pl
import torch
from peft import PeftModel
from torch import nn
from transformers import AutoModel, LlamaForCausalLM, T5ForConditionalGeneration, ViTModel, Wav2Vec2Model


class Text(pl.LightningModule):
    def __init__(self, lr=1e-3):
        super().__init__()
        self.lr = lr
        self.language = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        states = self.language(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        loss = nn.functional.cross_entropy(self.head(states[:, 0]), batch["labels"])
        self.log("loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val", self.training_step(batch, batch_idx))

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


class TextRepaired(Text):
    def on_fit_start(self):
        self.language.train()


class TextSwitchedInStep(Text):
    def training_step(self, batch, batch_idx):
        self.language.train()
        return super().training_step(batch, batch_idx)


class TextFrozen(Text):
    def __init__(self):
        super().__init__()
        self.language.requires_grad_(False)


class TextAllDropped(Text):
    def __init__(self):
        super().__init__()
        self.language = AutoModel.from_pretrained(
            "bert-base-uncased", hidden_dropout_prob=1.0, attention_probs_dropout_prob=1.0
        )


class Translator(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.seq2seq = T5ForConditionalGeneration.from_pretrained("t5-small")

    def training_step(self, batch, batch_idx):
        return self.seq2seq(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())


class Pictures(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.eyes = ViTModel.from_pretrained("google/vit-base-patch16-224", hidden_dropout_prob=0.2)
        self.head = nn.Linear(self.eyes.config.hidden_size, 5)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.cross_entropy(self.head(self.eyes(x).pooler_output), y)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


class Speech(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.ears = Wav2Vec2Model.from_pretrained("facebook/wav2vec2-base")
        self.head = nn.Linear(self.ears.config.hidden_size, 5)

    def training_step(self, batch, batch_idx):
        audio, labels = batch["input_values"], batch["labels"]
        return nn.functional.cross_entropy(self.head(self.ears(audio).last_hidden_state.mean(1)), labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


class Chat(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.decoder = LlamaForCausalLM.from_pretrained("meta-llama/Llama-2-7b-hf")

    def training_step(self, batch, batch_idx):
        return self.decoder(input_ids=batch["input_ids"], labels=batch["input_ids"]).loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


class AdapterContinued(pl.LightningModule):
    """An adapter that is trained on, and that nobody has here."""

    def __init__(self):
        super().__init__()
        base = AutoModel.from_pretrained("bert-base-uncased")
        self.language = PeftModel.from_pretrained(base, "our-team/some-adapter", is_trainable=True)

    def training_step(self, batch, batch_idx):
        return self.language(input_ids=batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-4)


class AdapterInTrainMode(AdapterContinued):
    def __init__(self):
        super().__init__()
        self.language.train()


class AdapterForFeatures(AdapterContinued):
    def __init__(self):
        super().__init__()
        base = AutoModel.from_pretrained("bert-base-uncased")
        self.language = PeftModel.from_pretrained(base, "our-team/some-adapter")
        self.head = nn.Linear(base.config.hidden_size, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.language(input_ids=batch["input_ids"]).last_hidden_state).pow(2).mean()
