"""What parsers say of an option that nobody gives decides a branch, as a parameter's default does."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.semantics.resolve.options import defaults_in
from lintlight.settings import Settings
from tests.checking import findings_of
from tests.command import lintlight, write

MODULE = """
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.save_hyperparameters(args)
        self.args = args
        self.bert = AutoModel.from_pretrained(args.name)
        if {test}:
            self.bert.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
SCRIPT = """
import argparse
import lightning as L
from model import Model

parser = argparse.ArgumentParser(parents=[common])
parser.add_argument("--name", default="bert-base-uncased")
parser.add_argument({option})

def main():
    args = parser.parse_args()
    L.Trainer().fit(Model(args))
"""
OFF, ON = '"--freeze", action="store_true"', '"--freeze", action="store_false"'


def sure(folder: Path, test: str, option: str, **more: str) -> Confidence:
    """Of the only finding."""
    files = {"model": MODULE.format(test=test), "train": SCRIPT.format(option=option), **more}
    (found,) = findings_of(folder, {f"{name}.py": text for name, text in files.items()}, "model.py")
    return found.confidence


@pytest.mark.parametrize(
    ("test", "option", "expected"),
    [
        ("args.freeze", OFF, Confidence.MEDIUM),
        ("self.hparams.freeze", OFF, Confidence.MEDIUM),
        ("self.args.freeze", OFF, Confidence.MEDIUM),
        ("self.hparams['freeze']", OFF, Confidence.MEDIUM),
        ("args.freeze", '"-f", "--freeze", default=False, type=bool', Confidence.MEDIUM),
        ("args.freeze_it", '"--freeze-it", type=int', Confidence.MEDIUM),
        ("args.frozen_layers > 0", '"--layers", dest="frozen_layers", default=0', Confidence.MEDIUM),
        ("args.freeze", ON, Confidence.LOW),
        ("args.freeze", '"--freeze", default=True', Confidence.LOW),
        ("args.freeze", '"--freeze", default="no"', Confidence.LOW),
        ("args.freeze", '"--freeze", default=DEFAULT', Confidence.LOW),
        ("args.freeze", '"--freeze", required=True', Confidence.LOW),
        ("args.frozen", OFF, Confidence.LOW),
        ("not args.train", '"--train", action="store_true"', Confidence.LOW),
        ("image.freeze", OFF, Confidence.LOW),
    ],
)
def test_an_option_that_nobody_gives(tmp_path: Path, test: str, option: str, expected: Confidence) -> None:
    assert sure(tmp_path, test, option) is expected


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("args.lr = 1", Confidence.MEDIUM),
        ("args.freeze = True", Confidence.LOW),
        ("parser.set_defaults(freeze=True)", Confidence.LOW),
        ("parser.set_defaults(lr=1)", Confidence.MEDIUM),
        ("vars(args).update(settings)", Confidence.LOW),
        ("setattr(args, name, value)", Confidence.LOW),
        ("args = parser.parse_args(['--freeze'])", Confidence.LOW),
    ],
)
def test_a_script_that_changes_its_options(tmp_path: Path, added: str, expected: Confidence) -> None:
    option = OFF + ")\n" + added + "\nprint("
    assert sure(tmp_path, "args.freeze", option) is expected


def test_a_value_that_no_branch_asks_for(tmp_path: Path) -> None:
    module = MODULE.replace(
        "if {test}:\n            self.bert.requires_grad_(False)", "self.bert.requires_grad_({test})"
    )
    assert sure(tmp_path, "", OFF, model=module.format(test="not args.freeze")) is Confidence.MEDIUM


def test_a_parser_of_another_script_says_nothing(tmp_path: Path) -> None:
    export = (
        'import argparse\n\nparser.add_argument("--freeze", action="store_true")\nif __name__ == "__main__": run()\n'
    )
    assert sure(tmp_path, "args.freeze", '"--other"', export=export) is Confidence.LOW
    assert sure(tmp_path, "args.freeze", '"--other"', export=export.replace("run", "train")) is Confidence.MEDIUM


def test_parsers_that_differ_say_nothing(tmp_path: Path) -> None:
    assert sure(tmp_path, "args.freeze", OFF, other=SCRIPT.format(option=OFF)) is Confidence.MEDIUM
    assert sure(tmp_path, "args.freeze", OFF, other=SCRIPT.format(option=ON)) is Confidence.LOW


def test_another_default_is_seen_although_the_answer_was_kept(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "")
    write(tmp_path, "model.py", MODULE.format(test="args.freeze"))
    counts = []
    for option in (OFF, OFF, ON, OFF):
        write(tmp_path, "train.py", SCRIPT.format(option=option))
        counts.append(lintlight("check", "model.py", cwd=tmp_path).stdout.count("LL101"))
    assert counts == [1, 1, 0, 1]


def test_defaults() -> None:
    text = """
    parser.add_argument("data", default=1)
    parser.add_argument("--rate", "-r", type=float,
                        default=1e-3,  # (small)
                        help="the learning rate (of the head)")
    parser.add_argument("--flag", action=argparse.BooleanOptionalAction)
    parser.add_argument('--no-cache', action='store_true', dest='uncached')
    parser.add_argument("--paths", action="append")
    parser.add_argument("--open", **more)
    parser.add_argument("--never closed
    """
    assert defaults_in([text]) == {"rate": 1e-3, "flag": None, "uncached": False}
    assert defaults_in([text, 'p.add_argument("--rate", default=1)']) == {"flag": None, "uncached": False}


BY_NAME = """
import argparse
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, name="bert-base-uncased", freeze={own}, **more):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)
        if freeze:
            self.bert.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument({option})
    args = parser.parse_args()
    given = vars(args)
    L.Trainer().fit(Model({passed}))
"""
LOW, MEDIUM, HIGH = [Confidence.LOW], [Confidence.MEDIUM], [Confidence.HIGH]


@pytest.mark.parametrize("passed", ["**vars(args)", "**given"])
@pytest.mark.parametrize(
    ("own", "option", "expected"),
    [
        (False, OFF, MEDIUM),
        (False, ON, LOW),
        (True, OFF, MEDIUM),
        (False, '"--no-freeze", dest="freeze", action="store_false"', LOW),
        (False, '"--other", default=1', HIGH),
    ],
)
def test_options_that_are_passed_by_name(
    tmp_path: Path, own: bool, option: str, passed: str, expected: list[Confidence]
) -> None:
    text = BY_NAME.replace("{own}", str(own)).replace("{option}", option).replace("{passed}", passed)
    (tmp_path / "model.py").write_text(text)
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.confidence for finding in report.findings] == expected


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("given = vars(args); given['freeze'] = True", "**given"),
        ("given = vars(args); given.pop('freeze')", "**given"),
        ("given = load('conf.json')", "**vars(given)"),
    ],
)
def test_options_that_may_be_others(tmp_path: Path, given: str, passed: str) -> None:
    text = BY_NAME.replace("{own}", "True").replace("{option}", OFF).replace("given = vars(args)", given)
    (tmp_path / "model.py").write_text(text.replace("{passed}", passed))
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.confidence for finding in report.findings] == LOW
