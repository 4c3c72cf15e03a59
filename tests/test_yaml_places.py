"""Which line of the configuration a finding names: the one that says what is loaded."""

from pathlib import Path

import pytest

from tests.checking import findings_of

TASK = """
import lightning as L
import torch

class Task(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net()

    def training_step(self, batch, batch_idx):
        return self.net(batch).logits.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
NET = """\
_target_: transformers.Wav2Vec2ForCTC.from_pretrained
_partial_: true
pretrained_model_name_or_path: facebook/wav2vec2-base
"""
WHOLE = "_target_: task.Task\nlr: 0.1\n"
FROM_A_GROUP = f"{WHOLE}defaults:\n  - nets@net: ctc\n"
IN_ONE = f"{WHOLE}net:\n" + "".join(f"  {line}\n" for line in NET.splitlines())


def named(folder: Path, **files: str) -> list[tuple[str, int]]:
    """The lines of YAML that the findings name."""
    settings = {f"conf/{name.replace('_', '/')}.yaml": text for name, text in files.items()}
    (found,) = findings_of(folder, {"task.py": TASK, **settings}, "task.py")
    assert found.code == "LL101"
    spans = [each.span for each in found.related if each.span.path.suffix == ".yaml"]
    return [(span.path.relative_to(folder / "conf").as_posix(), span.start.row) for span in spans]


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"model": FROM_A_GROUP, "nets_ctc": f"# which\n{NET}"}, ("nets/ctc.yaml", 2)),
        ({"model": f"# all\n{IN_ONE}"}, ("model.yaml", 5)),
    ],
)
def test_the_table_that_says_what_is_loaded(tmp_path: Path, files: dict[str, str], place: tuple[str, int]) -> None:
    assert named(tmp_path, **files) == [place]
