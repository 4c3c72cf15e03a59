"""A project whose file names and code try to break out of every report: `python .ci/hostile.py FOLDER`.

Each file has one finding; the last line says how many there are.
"""

import os
import sys
from pathlib import Path

NAMES = (
    b"plain.py",
    b"a\nb.py",
    b"a\r::error::b.py",
    b"::error file=x,line=1::c.py",
    b"per%0Acent%25.py",
    b"comma,semi;colon:.py",
    b"quo\"te's `tick`.py",
    b"<script>window.hacked=1</script>.py",
    b"]]><!--.py",
    b"pipe|cell|.py",
    b"[link](x) **bold** #7 @all.py",
    b"\x1b[31mred\x07.py",
    "\u202egnp.py".encode(),
    "line\u2028end\u2029.py".encode(),
    "\U0001f600 \u00e9\u6f22.py".encode(),
    b"not-utf-8-\xe9\xff.py",
    b"-rf.py",
    b" blanks .py",
)
CODE = """\
# </script><script>window.hacked = 1</script> ]]> ::error::x %0A \u202e \U0001f600 | `x` <img src=x onerror=hacked=1>
import lightning as L
import torch
from transformers import AutoModel


class Classifier(L.LightningModule):
    def __init__(self):
        super().__init__()
        odd = "\U0001f600</script><script>window.hacked = 1</script>|`%0A::error::,"; \
self.bert = AutoModel.from_pretrained(f"{odd}::error::%0A</script>")

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def main(folder: str) -> None:
    """Write the files."""
    root = Path(folder)
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    for name in NAMES:
        path = Path(os.fsdecode(os.fsencode(root) + b"/" + name))
        path.parent.mkdir(exist_ok=True)
        path.write_text(CODE, "utf-8")
    print(len(NAMES))


if __name__ == "__main__":
    main(sys.argv[1])
