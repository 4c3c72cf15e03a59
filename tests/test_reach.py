"""What a class can reach: who makes whose optimization manual, and what changes the keys that are saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from lintlight.semantics.knowledge.catalog import STATE_DICT_HOOKS
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.gate import Gate
from lintlight.semantics.screening.reading import Reach

GAN = """
import lightning as L
from torch import nn

class Gan(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
"""
HOLDER = """
class Holder(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.gan = Gan()
"""
CLASSES = {
    "it does so itself": (GAN, "Gan", True),
    "its base does": (f"{GAN}\nclass Heir(Gan):\n    pass\n", "Heir", True),
    "what it holds does": (GAN + HOLDER, "Holder", False),
    "its base says so in its body": (
        GAN.replace("    def __init__", "    automatic_optimization = False\n    def __init__").replace(
            "        self.automatic_optimization = False\n", ""
        )
        + "\nclass Heir(Gan):\n    pass\n",
        "Heir",
        True,
    ),
    "a mixin of its base does": (
        "import lightning as L\nclass ByHand:\n    def by_hand(self):\n        self.automatic_optimization = False\n"
        "class Base(ByHand, L.LightningModule):\n    pass\nclass Heir(Base):\n    pass\n",
        "Heir",
        True,
    ),
    "a function does that it gives itself to": (
        "import lightning as L\ndef by_hand(model):\n    model.automatic_optimization = False\n"
        "class Model(L.LightningModule):\n    def __init__(self):\n        super().__init__()\n        by_hand(self)\n",
        "Model",
        True,
    ),
    "what it holds does so to it": (
        "import lightning as L\nclass Other(L.LightningModule):\n    def switch(self, model):\n"
        "        model.automatic_optimization = False\n"
        "class Model(L.LightningModule):\n    def __init__(self):\n        super().__init__()\n"
        "        self.other = Other()\n        self.other.switch(self)\n",
        "Model",
        True,
    ),
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_lightning_module_is_optimized_by_hand_where(name: str, tmp_path: Path) -> None:
    text, which, is_manual = CLASSES[name]
    (tmp_path / "models.py").write_text(text)
    project = Project(tmp_path)
    reach = Gate(project).reach(project.module(tmp_path / "models.py").classes[which])
    assert (Reach.MANUAL in reach, Reach.ITS_OWN in reach) == (is_manual, False)


HOOKED = """
import lightning as L
from torch import nn

class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.{register}(shorten)

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.part = Part()
"""
UNREAD = "class Unread:\n" + "    text = 'more than is parsed at once'\n" * 40


@pytest.mark.parametrize("more", ["", UNREAD], ids=["parsed at once", "parsed when asked"])
@pytest.mark.parametrize("register", sorted(STATE_DICT_HOOKS | {"register_forward_hook"}))
def test_whatever_registers_a_hook_on_the_state_dict_changes_keys(register: str, more: str, tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(HOOKED.format(register=register) + more)
    project = Project(tmp_path)
    reach = Gate(project).reach(project.module(tmp_path / "models.py").classes["Model"])
    assert (Reach.KEYS in reach) == (register in STATE_DICT_HOOKS)
