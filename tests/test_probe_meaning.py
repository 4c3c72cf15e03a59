"""Which arguments decide nothing that the probe looks at: numbers, also those chosen by a condition on numbers."""

import pytest

from lintlight.probe.worker import meaning


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


@pytest.mark.parametrize("cls", [Total, InBranches])
def test_a_number_that_is_chosen_by_numbers_decides_nothing(cls: type) -> None:
    assert meaning.is_immaterial("max_steps", cls)
    assert meaning.is_immaterial("max_epochs", cls)


@pytest.mark.parametrize("cls", [Freezes, ChoosesPart, ChoosesName, Unfreezes, Switches, Acts, ActsInValue])
def test_what_else_is_chosen_by_a_number_may_matter(cls: type) -> None:
    assert not meaning.is_immaterial("max_steps", cls)


def test_a_part_that_is_chosen_in_an_expression_may_matter() -> None:
    assert not meaning.is_immaterial("max_epochs", ChoosesPart)


class ForLoaders:
    def __init__(self, folder, workers, sizes):
        self.folder = self.kept = folder
        self.workers = workers
        self.sizes = [sizes]

    def train_dataloader(self):
        return self.loader(self.kept)

    def loader(self, folder):
        return [folder] if self.workers else self.folder

    def forward(self, x):
        return x


class ForLoadersAndMore(ForLoaders):
    def setup(self, stage):
        self.sizes = len(self.loader(1))


class Scheduled:
    def configure_optimizers(self):
        total = self.args.max_steps * self.args.max_epochs
        rate = {"scheduler": self.schedule(total), "interval": "step"}
        return [self.optimizer], [rate]


class Chosen:
    def setup(self, stage):
        self.parts = {"first": self.bert if self.args.max_steps else self.small, "second": self.args.max_epochs and 1}


@pytest.mark.parametrize("name", ["workers", "folder"])
def test_what_only_a_loader_reads_decides_nothing(name: str) -> None:
    assert meaning.is_immaterial(name, ForLoaders)
    assert not meaning.is_immaterial(name, ForLoadersAndMore)


def test_what_is_read_beside_it_is_not_only_kept() -> None:
    assert not meaning.is_immaterial("sizes", ForLoaders)
    assert not meaning.is_immaterial("x", ForLoaders)


class Sets:
    strict = False

    def __init__(self, given):
        self.model.config.rate = given


class SetsWhatTheClassHas(Sets):
    def __init__(self, given):
        self.strict = given


class SetsTheMode(Sets):
    def __init__(self, given):
        self.training = given


@pytest.mark.parametrize("cls", [Sets, SetsWhatTheClassHas, SetsTheMode])
def test_what_is_put_where_it_means_something_is_not_only_kept(cls: type) -> None:
    assert not meaning.is_immaterial("given", cls)


def test_a_schedule_in_a_mapping_hides_no_number() -> None:
    assert meaning.is_immaterial("max_steps", Scheduled)
    assert not meaning.is_immaterial("max_steps", Chosen)
    assert not meaning.is_immaterial("max_epochs", Chosen)
