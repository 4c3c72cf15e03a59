"""What strangers' classes do that the probe has to go along with."""

from abc import ABC, abstractmethod

import lightning as L
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertModel, GenerationConfig


class Base(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Protein(Base):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("Rocketknight1/esm2_t6_8M_UR50D")


class ByKeyword(Base):
    def __init__(self):
        super().__init__()
        name = "bert-base-uncased"
        self.tokenizer = AutoTokenizer.from_pretrained(pretrained_model_name_or_path=name)
        self.generation = GenerationConfig.from_pretrained(pretrained_model_name=name)
        self.config = AutoConfig.from_pretrained(pretrained_model_name_or_path=name)
        self.bert = AutoModel.from_pretrained(pretrained_model_name_or_path=name)
        self.other = BertModel.from_pretrained(pretrained_model_name_or_path=name, config=self.config)


class Encoder(torch.nn.Module):
    def __init__(self, img_size, name="bert-base-uncased"):
        super().__init__()
        self.backbone = AutoModel.from_pretrained(name)
        self.img_size = img_size


class Linked(Base):
    """The command line links the size of its part."""

    def __init__(self, network: Encoder, img_size: int):
        super().__init__()
        self.bert = network.backbone
        self.size = network.img_size


class LoadedByTarget(Base):
    def __init__(self, net):
        super().__init__()
        self.bert = net


class NeedsAPackage(Base):
    def __init__(self, name, vocabulary):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)
        self.head = torch.nn.Linear(768, len(vocabulary))


class TwoLoaders(ByKeyword):
    def validation_step(self, batch, batch_idx, dataloader_idx):
        self.log("loss", self.training_step(batch, batch_idx))


class Abstract(ByKeyword, ABC):
    @abstractmethod
    def make_head(self):
        pass


class StillAbstract(Abstract):
    pass


class Concrete(StillAbstract):
    def make_head(self):
        return torch.nn.Linear(768, 2)


class AbstractAlone(ByKeyword, ABC):
    @abstractmethod
    def make_head(self):
        pass


class Detached(ByKeyword):
    """Nothing tells whether the head that does not fit would hand a gradient on."""

    def __init__(self, features=768):
        super().__init__()
        self.head = torch.nn.Linear(features, 2)

    def training_step(self, batch, batch_idx):
        states = self.bert(batch["input_ids"]).last_hidden_state
        return self.head(states[:, 0].detach()).pow(2).mean()


class DetachedFromAWrongHead(Detached):
    def __init__(self):
        super().__init__(features=16)


class KeepsEverything(Base):
    def __init__(self, **kwargs):
        super().__init__()
        self.save_hyperparameters()
        self.bert = BertModel.from_pretrained(self.hparams.llm_path)
        self.scale = self.hparams.get("scale", 1.0)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


class KeepsWhatNobodyKnows(Base):
    def __init__(self, **kwargs):
        super().__init__()
        self.save_hyperparameters()
        self.bert = AutoModel.from_pretrained(self.hparams.zorp)
        self.head = torch.nn.Linear(768, self.hparams.blub)


class FromACommandLine(Base):
    def __init__(self, task, sizes, model_name):
        super().__init__()
        self.bert = AutoModel.from_pretrained(model_name)
        self.head = torch.nn.Linear(768, sizes["out"])
        self.tasks = [task]


class GivenAllOptions(Base):
    def __init__(self, args):
        super().__init__()
        self.bert = AutoModel.from_pretrained(args.model_name)
        self.data = [args.data]


class ForItsLoader(Base):
    def __init__(self, args):
        super().__init__()
        self.args = args
        self.bert = BertModel.from_pretrained("bert-base-uncased")

    def train_dataloader(self):
        return torch.utils.data.DataLoader(torch.load(self.args.train_file))


class SchedulesByData(ByKeyword):
    """Its data is not there, so the number of steps is not known, and no schedule can be made."""

    def setup(self, stage):
        with open("train.csv") as file:
            self.steps = len(file.readlines())

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW([{"params": self.bert.parameters()}], lr=1e-5)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, self.steps)]


class SchedulesTheHead(SchedulesByData):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(2, 2)

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.head.parameters(), lr=1e-5)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, self.steps)]


class Stumbles(Base):
    """The step ends after its first layer, which has no dropout."""

    def __init__(self):
        super().__init__()
        self.bert = BertModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        words = self.bert.embeddings.word_embeddings(batch["input_ids"])
        return self.bert.what_it_had_once(words).mean()


class OfAnotherVersion(BertModel):
    def forward(self, *arguments, **options):
        return self.what_it_had_once(*arguments, **options)


class StumblesAlways(Stumbles):
    def __init__(self):
        super().__init__()
        self.bert = OfAnotherVersion.from_pretrained("bert-base-uncased")


class Plain(BertModel):
    """Without dropout but in a method that is no forward."""

    def __init__(self, config):
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        super().__init__(config)

    def encode(self, ids):
        return torch.nn.functional.dropout(self(ids).last_hidden_state, 0.3, self.training)


class DropsNowhere(Base):
    def __init__(self):
        super().__init__()
        self.bert = Plain.from_pretrained("bert-base-uncased")


class DropsInAMethod(DropsNowhere):
    def training_step(self, batch, batch_idx):
        return self.bert.encode(batch["input_ids"]).pow(2).mean()


class DropsInTheStep(DropsNowhere):
    def training_step(self, batch, batch_idx):
        words = self.bert(batch["input_ids"]).last_hidden_state
        return torch.nn.functional.dropout(words, 0.1, self.bert.training).pow(2).mean()
