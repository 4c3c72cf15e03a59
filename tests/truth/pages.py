"""A rule's page: the code blocks of its docstring as whole files."""

import re
import textwrap
from dataclasses import dataclass

HEADING = re.compile(r"^(Bad|Fixed|Good):")

PREAMBLE = """\
import copy

import lightning as L
import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModel, AutoModelForSequenceClassification

"""
"""The imports that all examples share."""


@dataclass(frozen=True)
class Example:
    """One block of a page."""

    kind: str
    """`Bad`, `Fixed` or `Good`."""
    code: str
    """The block, as it stands on the page but without its indentation."""

    @property
    def text(self) -> str:
        """The block as a file that stands for itself."""
        return f"{PREAMBLE}\n{self.code}"

    @property
    def expected(self) -> list[tuple[int, str]]:
        """Line in `text` and code of every `# expect` comment; the block need not parse."""
        rows = enumerate(self.text.splitlines(), start=1)
        return [(row, code) for row, line in rows for code in re.findall(r"# expect: (LL\d{3})", line)]


def examples(page: str) -> list[Example]:
    """The blocks of a page, in order."""
    found = []
    lines = page.splitlines()
    for number, line in enumerate(lines):
        if heading := HEADING.match(line):
            block = []
            for following in lines[number + 1 :]:
                if following and not following.startswith(" "):
                    break
                block.append(following)
            found.append(Example(heading[1], textwrap.dedent("\n".join(block)).strip("\n") + "\n"))
    return found
