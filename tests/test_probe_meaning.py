"""Which arguments decide nothing that the probe looks at: numbers, also those chosen by a condition on numbers."""

import pytest

from lintlight.probe.worker import bags, meaning


class Total:
    def configure_optimizers(self):
        total = self.args.max_steps if self.args.max_steps is not None and self.args.max_steps != -1 else (
            len(self.loader()) * self.args.max_epochs
        )  # fmt: skip
        return self.scheduler(total)


class InBranches:
    def setup(self, stage):
        if self.args.max_steps > 0:
            self.total = self.args.max_steps
        else:
            self.total = len(self.loader()) // self.args.max_epochs


class Freezes:
    def setup(self, stage):
        if self.args.max_steps > 0:
            self.total = 1
        if self.total > 0:
            self.bert.eval()


class ChoosesPart:
    def setup(self, stage):
        if self.args.max_steps > 0:
            self.model = self.bert
        self.other = self.bert if self.args.max_epochs > 1 else self.small


class ChoosesName:
    def setup(self, stage):
        name = "bert"
        if self.args.max_steps > 0:
            name = "t5"
        self.model = self.load(name)


class Unfreezes:
    def setup(self, stage):
        if self.args.max_steps > 0:
            self.weight.requires_grad = 1


class Switches:
    def setup(self, stage):
        if self.args.max_steps > 0:
            self.frozen = True


class Acts:
    def setup(self, stage):
        if self.args.max_steps > 0:
            self.total = 1
            self.bert.eval()


class ActsInValue:
    def setup(self, stage):
        self.bert = self.bert.eval() if self.args.max_steps > 0 else self.bert


class Learns:
    def setup(self, stage):
        self.weight.requires_grad = bool(self.args.max_steps)


@pytest.mark.parametrize("cls", [Total, InBranches])
def test_a_number_that_is_chosen_by_numbers_decides_nothing(cls: type) -> None:
    assert meaning.is_immaterial("max_steps", cls)
    assert meaning.is_immaterial("max_epochs", cls)


@pytest.mark.parametrize("cls", [Freezes, ChoosesPart, ChoosesName, Unfreezes, Switches, Acts, ActsInValue, Learns])
def test_what_else_is_chosen_by_a_number_may_matter(cls: type) -> None:
    assert not meaning.is_immaterial("max_steps", cls)


def test_a_part_that_is_chosen_in_an_expression_may_matter() -> None:
    assert not meaning.is_immaterial("max_epochs", ChoosesPart)


class ForLoaders:
    def __init__(self, args):
        self.args = args

    def train_dataloader(self):
        return self.loader(self.args.folder)

    def test_dataloader(self):
        self.freeze(self.args.kind)

    def loader(self, folder):
        return [folder] * self.args.workers

    def forward(self, x):
        return x * self.args.scale


class ForLoadersAndMore(ForLoaders):
    def setup(self, stage):
        self.sizes = len(self.loader(1))


def test_what_a_fit_reads_of_settings() -> None:
    assert bags.read_from(ForLoaders, "args").keys() == {"scale", "kind"}
    assert bags.read_from(ForLoadersAndMore, "args").keys() == {"scale", "kind", "workers"}
    assert bags.read_from(ForLoaders, "args", everywhere=True).keys() == {"scale", "kind", "workers", "folder"}


class Scheduled:
    def configure_optimizers(self):
        total = self.args.max_steps * self.args.max_epochs
        rate = {"scheduler": self.schedule(total), "interval": "step"}
        return [self.optimizer], [rate]


class Chosen:
    def setup(self, stage):
        self.parts = {"first": self.bert if self.args.max_steps else self.small, "second": self.args.max_epochs and 1}


def test_a_schedule_in_a_mapping_hides_no_number() -> None:
    assert meaning.is_immaterial("max_steps", Scheduled)
    assert not meaning.is_immaterial("max_steps", Chosen)
    assert not meaning.is_immaterial("max_epochs", Chosen)
