"""Classes in a file that imports what nobody has: all are trained with a part in eval mode, as far as they are built."""

import absent_logging as logging_of_absent
import absent_layers
import absent_metrics
import absent_metrics.text as text_metrics
import wandb
from absent_config import DictConfig, OmegaConf
from absent_data import Dataset, load
from absent_decorators import entry, traced
from absent_layers import Block, freeze_all, Rate
from overrides import overrides
from pytorch_lightning.metrics.functional import accuracy
from pytorch_lightning.utilities.distributed import rank_zero_only
from transformers import AdamW, NoSuchModel

import lightning as L
import torch
from torchmetrics import Accuracy
from transformers import AutoModel, BertConfig, BertModel, BertPreTrainedModel

try:
    import absent_and_guarded

    HAS_GUARDED = True
except ImportError:
    HAS_GUARDED = False

OmegaConf.register_new_resolver("twice", lambda value: 2 * value)
COLOUR = f"{logging_of_absent.RED}warning" + logging_of_absent.RESET
text_metrics.cache["folder"] = "here"


class Samples(Dataset):
    pass


@entry(config="config.yaml")
def main(config: DictConfig | None, other: dict[str, DictConfig] = OmegaConf.create({})) -> None:
    Trained().fit(config)


class Base(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = torch.nn.Linear(self.bert.config.hidden_size, 2)

    def training_step(self, batch, batch_idx):
        ids = torch.ones(2, 8, dtype=torch.long)
        return self.head(self.bert(ids).last_hidden_state[:, 0]).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-5)


class NeedsNothing(Base):
    def validation_step(self, batch, batch_idx):
        self.log("f1", absent_metrics.f1(batch))


class LogsIt(Base):
    @overrides
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        wandb.log({"loss": loss.item()})
        return loss


class OldOptimizer(Base):
    @rank_zero_only
    def tell(self):
        return accuracy

    def configure_optimizers(self):
        return AdamW(self.parameters(), lr=1e-5, correct_bias=False)


class HoldsAScore(Base):
    def __init__(self):
        super().__init__()
        self.score = absent_metrics.Rouge("rougeL", languages=["en"])
        self.other = text_metrics.bleu


class GuardsItself(Base):
    def __init__(self):
        super().__init__()
        if HAS_GUARDED:
            self.bert.train()


class GuardsAFile(Base):
    def __init__(self):
        super().__init__()
        try:
            from beside import helper
        except ImportError:
            helper = None
        if helper is not None:
            self.bert.train()


class HandsItOn(Base):
    def __init__(self):
        super().__init__()
        freeze_all(self.bert)


class HandsOnAList(Base):
    def __init__(self):
        super().__init__()
        freeze_all([self.bert])


class HidesIt(Base):
    def __init__(self):
        super().__init__()
        try:
            self.block = Block(self.bert)
        except Exception:
            self.bert.train()


class AsksIt(Base):
    def __init__(self):
        super().__init__()
        if Rate:
            self.bert.train()


class ComparesIt(Base):
    def __init__(self):
        super().__init__()
        self.bert.train(Rate.default == 1)


class UsesItInTheStep(Base):
    def training_step(self, batch, batch_idx):
        return super().training_step(batch, batch_idx) * absent_metrics.weight(0.5)


class MadeAndAsked(Base):
    def __init__(self):
        super().__init__()
        block = Block(3)
        self.bert.train(block.training)


class DerivedFromIt(Block, L.LightningModule):
    def training_step(self, batch, batch_idx):
        return None


@traced
class Decorated(Base):
    pass


class NoModel(Base):
    def __init__(self):
        super().__init__()
        self.bert = NoSuchModel.from_pretrained("bert-base-uncased")


class AsksForItsKind(Base):
    def __init__(self, config=None):
        super().__init__()
        if isinstance(config, DictConfig):
            self.bert.train()


class KeepsItsOptions(Base):
    def __init__(self, hparams):
        L.LightningModule.__init__(self)
        self.hparams = hparams
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = torch.nn.Linear(self.bert.config.hidden_size, self.hparams.classes)


class OldTagger(BertPreTrainedModel):
    def __init__(self, config: BertConfig):
        super().__init__(config)
        self.bert = BertModel(config)
        self.init_weights()

    def forward(self, ids):
        return self.bert(ids).last_hidden_state


class TagsAsBefore(Base):
    def __init__(self):
        L.LightningModule.__init__(self)
        self.bert = OldTagger.from_pretrained("bert-base-uncased")
        self.head = torch.nn.Linear(self.bert.config.hidden_size, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(torch.ones(2, 8, dtype=torch.long))).sum()


class ThawsInARemovedHook(Base):
    def validation_step(self, batch, batch_idx):
        for parameter in self.bert.parameters():
            parameter.requires_grad = False

    def validation_epoch_end(self, outputs):
        for parameter in self.bert.parameters():
            parameter.requires_grad = True


class ScoresAsBefore(Base):
    def __init__(self):
        super().__init__()
        self.score = Accuracy()
        self.scores = Accuracy(num_classes=2)
        self.now = Accuracy(task="binary")

    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.score(torch.ones(2), torch.ones(2))
        self.log("score", self.score)
        self.log("other", accuracy(torch.ones(2), torch.ones(2)))
        self.now.update(torch.ones(2), torch.ones(2, dtype=torch.long))
        return loss


class MadeAfterAReturn(Base):
    def __init__(self, name):
        super().__init__()
        self.name = name


def extra(module):
    module.bert.train()


class HandsItOnInAHook(Base):
    def on_train_start(self):
        freeze_all(self.bert)


class LooksAfterItInAHook(Base):
    def on_train_start(self):
        absent_metrics.Rouge("a").reset()
        extra(self)


class OptimizesWithIt(Base):
    def configure_optimizers(self):
        return absent_layers.Lion(self.parameters())


class LosesItInTheEnd(Base):
    def __init__(self):
        super().__init__()
        if not self.is_fast():
            self.bert.train()

    def is_fast(self):
        try:
            return bool(Rate.fast)
        finally:
            return True


class LosesItInItsOwnWay(Base):
    def __init__(self):
        super().__init__()
        with Quiet():
            if Rate.fast:
                self.bert.train()


class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return True


class AsksWhetherItIsNone(Base):
    def __init__(self):
        super().__init__()
        if Rate.fast is None:
            self.bert.train()


class AsksWhatItHas(Base):
    def __init__(self):
        super().__init__()
        self.bert.train(hasattr(absent_layers, "fast") is False)


class AsksWhetherAnythingIsTold(Base):
    def __init__(self):
        super().__init__()
        if wandb.run is not None:
            self.bert.train()


class Kind(absent_layers.Enum):
    FAST = "fast"


class AsksAnHeir(Base):
    def __init__(self):
        super().__init__()
        if Kind.FAST == "fast":
            self.bert.train()


class CallsForAnEffect(Base):
    def __init__(self):
        super().__init__()
        absent_layers.patch_everything()


class HasADefault(Base):
    def __init__(self, rate=Rate.slow):
        super().__init__()
        if rate is not None:
            self.bert.train()


class CountsItsParts(Base):
    def __init__(self):
        super().__init__()
        self.block = Block(3)
        for part in list(self.children())[1:]:
            part.requires_grad_(False)


class CatchesItsErrors(Base):
    @wandb.catch
    def on_train_start(self):
        try:
            self.bert.train()
        except absent_layers.Error:
            pass


class SchedulesWithIt(Base):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-5)
        return [optimizer], [absent_layers.WarmUp(optimizer, 10)]
