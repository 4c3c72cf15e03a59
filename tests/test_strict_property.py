"""Loading that is lenient for nothing, where a property says so."""

from pathlib import Path

import pytest

from tests.test_checkpoint import found, shown

PROPERTY = """
class Model(L.LightningModule):
    def __init__(self, strict=False):
        super().__init__()
        self.strict = strict
        self.head = nn.Linear(4, 1)

    @property
    def strict_loading(self):
        {body}

    def training_step(self, batch, batch_idx):
        return self.head(batch).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return False  # here", ["return False  # here"]),
        ('"""Never."""\n        return False  # here', ["return False  # here"]),
        ("return True", []),
        ("return self.strict", []),
        ("if self.strict: return True\n        return False", []),
        ("pass", []),
    ],
)
def test_a_property_says_so_too(tmp_path: Path, body: str, expected: list[str]) -> None:
    findings = shown(found(tmp_path, PROPERTY.format(body=body)), tmp_path)
    assert [(code, line) for code, line, _ in findings] == [("LL304", line) for line in expected]


def test_a_method_is_always_true(tmp_path: Path) -> None:
    text = PROPERTY.format(body="return False").replace("    @property\n", "")
    assert found(tmp_path, text) == []
