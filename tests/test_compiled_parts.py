"""Parts that a script compiles before it fits a module: `_orig_mod.` stands in their keys."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.test_strict_by_setting import MODEL, STRIPPED

SCRIPT = """
import torch
import lightning as L
from model import Model
from other import Other

def main(args):
{inside}
"""
COMPILE = "model.head = torch.compile(model.head)"
FIT = "L.Trainer().fit(model, ckpt_path=args.resume)"


def codes(folder: Path, script: str, last: str = "pass", dropped: str = STRIPPED) -> list[str]:
    (folder / "pyproject.toml").touch()
    (folder / "run.py").write_text(script, encoding="utf-8")
    path = folder / "model.py"
    path.write_text(MODEL.format(first="pass", last=last, dropped=dropped), encoding="utf-8")
    return [finding.code for finding in check([path], Settings(root=folder), load_rules(), root=folder).findings]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["model = Model()", COMPILE, FIT], ["LL301"]),
        (["model = Model()", f"if args.compile: {COMPILE}", FIT], ["LL301"]),
        (["model = build(Model, args)", COMPILE, FIT], ["LL301"]),
        (["model = Model()", FIT, COMPILE], []),
        (["model = Other()", COMPILE, FIT], []),
        (["model = Model()", "model = torch.compile(model)", FIT], []),
        (["model = Model()", "model.head.compile()", FIT], []),
        (["model = Model()", "model.step = torch.compile(model.head)", FIT], []),
        (["model = Model()", "other = Other()", COMPILE.replace("model.", "other."), FIT], []),
        (["model = Model()", FIT], []),
    ],
)
def test_a_script_compiles_a_part(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    inside = "\n".join(f"    {line}" for line in lines)
    assert codes(tmp_path, SCRIPT.format(inside=inside)) == expected
    outside = "\n".join(lines).replace("args", "config")
    assert codes(tmp_path, SCRIPT.format(inside="    pass") + outside) == expected


def test_the_name_is_put_back(tmp_path: Path) -> None:
    script = SCRIPT.format(inside=f"    model = Model()\n    {COMPILE}\n    {FIT}")
    wrapped = (
        '{("head._orig_mod" + k[4:] if k.startswith("head.") else k): v for k, v in checkpoint["state_dict"].items()}'
    )
    back = f"{STRIPPED}\n\n    def on_load_checkpoint(self, checkpoint):\n        checkpoint['state_dict'] = {wrapped}"
    assert codes(tmp_path, script, dropped=back) == []
    kept = 'checkpoint["epoch_of"] = {k.replace("_orig_mod.", ""): 1 for k in checkpoint["state_dict"]}'
    assert codes(tmp_path, script, dropped=kept) == []
