"""Loading that is lenient for nothing, where a module keeps what it is told."""

from pathlib import Path

import pytest

from tests.test_checkpoint import found, shown

MODEL = """
class Model(L.LightningModule):
    def __init__(self, {parameters}):
        super().__init__()
        {init}
        self.strict_loading = False  # here

    def training_step(self, batch, batch_idx):
        return self.head(self.vae(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
"""
BUILT = "self.vae, self.head = nn.Linear(4, 4), nn.Linear(4, 1)"


def codes(folder: Path, parameters: str, init: str) -> list[tuple[str, str]]:
    findings = found(folder, MODEL.format(parameters=parameters, init=init.replace("\n", "\n        ")))
    return [each[:2] for each in shown(findings, folder)]


@pytest.mark.parametrize(
    ("parameters", "init"),
    [
        ("args", f"self.args = args\n{BUILT}"),
        ("args", f"{BUILT}\nself.args = args"),
        ("model_config", f"self.model_config = model_config\n{BUILT}"),
        ("cfg, lr, dev", f"self.cfg, self.lr, self.dev = cfg, lr, dev\n{BUILT}"),
        ("args", f"self.args = args\nif args.verbose: print(args)\n{BUILT}"),
        ("args", "self.args = args\nself.vae = nn.Linear(args.size, 4)\nself.head = nn.Linear(4, 1)"),
    ],
)
def test_a_setting_that_is_kept_has_no_keys(tmp_path: Path, parameters: str, init: str) -> None:
    assert codes(tmp_path, parameters, init) == [("LL304", "self.strict_loading = False  # here")]


@pytest.mark.parametrize(
    ("parameters", "init"),
    [
        ("teacher", f"self.teacher = teacher\n{BUILT}"),
        ("args", f"self.args, self.teacher = args, args.teacher\n{BUILT}"),
        ("args", "self.args = args\nself.vae = args.make()\nself.head = nn.Linear(4, 1)"),
        ("args", f"self.args = args\n{BUILT}\nif args.corrects: self.vae = nn.Linear(4, 4)"),
        ("args", f"self.args = args\n{BUILT}\nif args.more: self.more = nn.Linear(4, 4)"),
        ("args", f"self.args = args\n{BUILT}\nself.more = nn.Linear(4, 4) if args.more else None"),
    ],
)
def test_a_part_that_is_not_known_or_depends_on_a_setting_may_be_missing(
    tmp_path: Path, parameters: str, init: str
) -> None:
    assert codes(tmp_path, parameters, init) == []
