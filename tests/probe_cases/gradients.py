"""Parts whose first forward in a training step is not the one that they learn by."""

import lightning
import torch
import transformers
from torch.utils.checkpoint import checkpoint


class Plain(lightning.LightningModule):
    """The model left in eval mode, run once with gradients."""

    def __init__(self):
        super().__init__()
        self.bert = transformers.BertModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


class ReferenceFirst(Plain):
    """Runs without gradients first, and then with them."""

    def training_step(self, batch, batch_idx):
        with torch.no_grad():
            reference = self.bert(batch["input_ids"]).pooler_output
        return (self.bert(batch["input_ids"]).pooler_output - reference).mean()


class Checkpointed(Plain):
    """Runs without gradients, and once more with them when they are needed."""

    def training_step(self, batch, batch_idx):
        embedded = torch.randn(2, 4, 768, requires_grad=True)
        run = lambda inputs: self.bert(inputs_embeds=inputs).pooler_output
        return (checkpoint(run, embedded, use_reentrant=True) * batch["input_ids"].sum()).mean()


class GreedyFirst(Plain):
    """In eval mode for a forward without gradients, in train mode for the one that it learns by."""

    def training_step(self, batch, batch_idx):
        self.bert.eval()
        with torch.no_grad():
            reference = self.bert(batch["input_ids"]).pooler_output
        self.bert.train()
        return (self.bert(batch["input_ids"]).pooler_output - reference).mean()


class TrainFirst(Plain):
    """In train mode for a forward without gradients, in eval mode for the one that it learns by."""

    def training_step(self, batch, batch_idx):
        self.bert.train()
        with torch.no_grad():
            reference = self.bert(batch["input_ids"]).pooler_output
        self.bert.eval()
        return (self.bert(batch["input_ids"]).pooler_output - reference).mean()


class NeverWithGradients(Plain):
    """A part that only gives targets."""

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(768, 1)

    def training_step(self, batch, batch_idx):
        with torch.no_grad():
            reference = self.bert(batch["input_ids"]).pooler_output
        return self.head(reference).mean()


class BreaksAfterwards(NeverWithGradients):
    """A step that no batch gets to the end of: whether a forward with gradients follows is not seen."""

    def training_step(self, batch, batch_idx):
        super().training_step(batch, batch_idx)
        raise KeyError("another batch is needed")


class NotYet(NeverWithGradients):
    """A part that the head's loss reaches only after some steps."""

    def training_step(self, batch, batch_idx):
        pooled = self.bert(batch["input_ids"]).pooler_output
        return self.head(pooled.detach() if self.global_step < 100 else pooled).mean()


class Never(NeverWithGradients):
    """A part that no loss reaches."""

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).pooler_output.detach()).mean()


class TeacherNotSaved(lightning.LightningModule):
    """A part without its weights in the checkpoint that no optimizer holds; no batch gets to the end of the step."""

    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.teacher, self.head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)

    def training_step(self, batch, batch_idx):
        raise KeyError("another batch is needed")

    def on_save_checkpoint(self, checkpoint):
        kept = checkpoint["state_dict"].items()
        checkpoint["state_dict"] = {name: value for name, value in kept if not name.startswith("teacher.")}

    def configure_optimizers(self):
        return torch.optim.AdamW(self.head.parameters(), lr=1e-3)


class LearnerNotSaved(TeacherNotSaved):
    """The same part in the optimizer."""

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


class LearnsLaterNotSaved(LearnerNotSaved):
    """The same part, which learns only after some steps."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def training_step(self, batch, batch_idx):
        self.seen += 1
        features = self.teacher(torch.ones(2, 2))
        return self.head(features.detach() if self.seen < 100 else features).mean()


class EvalBeforeItLearns(lightning.LightningModule):
    """Each step switches a part to eval mode for a forward without gradients, and does not switch it back."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Dropout(), torch.nn.Linear(4, 1))

    def training_step(self, batch, batch_idx):
        features = torch.ones(2, 2)
        self.net.eval()
        with torch.no_grad():
            wanted = self.net(features)
        self.switch_back()
        return (self.net(features + 1) - wanted).square().mean()

    def switch_back(self):
        pass

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


class EvalAndBack(EvalBeforeItLearns):
    """The same, switched back."""

    def switch_back(self):
        self.net.train()
