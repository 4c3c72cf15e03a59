"""Trained weights are not in the checkpoint, and loading is not strict, so nobody notices.

With `strict_loading = False`, or a `load_state_dict` that is not strict, whatever the checkpoint lacks keeps its
random start. Resuming restores the optimizer and `global_step` and goes on with weights that were never trained; the
Trainer prints no warning. The same happens to keys under another name: `self.head.state_dict()` without its prefix,
`get_peft_model_state_dict`, which takes the adapter's name out of the keys, and to the running statistics of batch
norms where only parameters are kept. A filter `if value.requires_grad` keeps nothing: what `state_dict()` gives is
detached. A filter for `lora_` drops the head that PEFT trains beside its adapters for a classification.
Lightning >= 2.2.

Bad:

    class Autoencoder(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.strict_loading = False
            self.encoder = nn.Linear(4, 4)
            self.head = nn.Linear(4, 1)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            return {name: value for name, value in state.items() if not name.startswith("encoder.")}  # expect: LL302

        def training_step(self, batch, batch_idx):
            return self.head(self.encoder(batch)).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-2)

Fixed:

    class Autoencoder(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Linear(4, 4)
            self.head = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            return self.head(self.encoder(batch)).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-2)

Good: what is left out is frozen, and `from_pretrained` loads it again

    class Autoencoder(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.strict_loading = False
            self.encoder = AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)
            self.head = nn.Linear(self.encoder.config.hidden_size, 1)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            return {name: value for name, value in state.items() if not name.startswith("encoder.")}

        def training_step(self, batch, batch_idx):
            hidden = self.encoder(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return self.head(hidden).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

There is no automatic fix: what belongs into the checkpoint is for the author to say.
"""

from collections.abc import Iterator
from dataclasses import replace

from lintlight.api import Claim, Finding, LightningClass, Rule, in_code


class TrainedWeightsNotSaved(Rule):
    code = "LL302"
    since = "0.1.0"
    lightning = ">=2.2"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        if cls.checkpoint is None:
            return
        for misfit in cls.checkpoint.lost():
            parts = ", ".join(f"`{in_code(part)}`" for part in misfit.parts[:3])
            if misfit.adapter:
                what = f"`get_peft_model_state_dict` renames the adapter weights of {parts}"
            else:
                what = f"trained keys of {parts} are {misfit.what.value} when the checkpoint is saved"
            yield self.found(
                misfit.span,
                f"{what}, and loading is not strict: after resuming they have their initial values, without any "
                "error; keep every key that is trained, under the name that the module has for it",
                cls=cls,
                related=misfit.related,
                help="filter `super().state_dict(...)` so that everything trained stays in it",
                confidence=misfit.confidence,
                probe=replace(cls.probe_request(Claim.WEIGHTS_NOT_SAVED), in_callback=misfit.in_callback),
            )
