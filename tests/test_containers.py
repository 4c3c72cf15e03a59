"""What lists, dicts and torch's containers hold after their methods."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_loops import MODEL, sure
from tests.test_picked import HIGH, found


@pytest.mark.parametrize(
    "work",
    [
        "nets = [self.{name}, self.head]\nfor m in nets.copy():\n    m.train()",
        "nets = [self.head]\nnets.insert(0, self.{name})\nnets[0].train()",
        "nets = [self.head]\nnets.insert(-1, self.{name})\nnets[0].train()",
        "nets = [self.head]\nnets.insert(n, self.{name})\nfor m in nets:\n    m.train()",
        "nets = [self.head, self.{name}]\nnets.reverse()\nnets[0].train()",
        "nets = [self.head, self.{name}]\nnets.remove(self.head)\nnets[0].train()",
        "nets = [self.head, self.{name}]\nnets.pop(0)\nnets[0].train()",
        "nets = [self.head, self.{name}]\nnets.pop().train()",
        "nets = [self.{name}] * 2\nnets[1].train()",
        "for m in 2 * (self.head, self.{name}):\n    m.train()",
        "for m in [self.{name}] * n:\n    m.train()",
        "for m in [self.{name}] * 1000:\n    m.train()",
        "nets = [self.head]\nnets += [self.{name}]\nnets[1].train()",
        "nets = others = [self.head]\nnets += [self.{name}]\nothers[1].train()",
        "nets = [self.head]\nnets.sort()\nself.{name}.train()",
        "nets = deque([self.head, self.{name}])\nnets.popleft()\nnets[0].train()",
        "nets = deque([self.head])\nnets.appendleft(self.{name})\nnets.popleft().train()",
        "first, *rest = self.{name}, self.head, self.head\nfirst.train()",
        "*rest, last = [self.head, self.head, self.{name}]\nlast.train()",
        "first, *rest = self.head, self.{name}\nrest[0].train()",
        "first, *rest, last = [self.head, self.{name}, self.head]\nfor m in rest:\n    m.train()",
        "def parts():\n    yield from [self.head, self.{name}]\nlast = list(parts())[-1]\nlast.train()",
    ],
)
def test_a_list(tmp_path: Path, work: str) -> None:
    assert sure(tmp_path, work.format(name="bert")) == []
    assert sure(tmp_path, work.format(name="head")) == HIGH


@pytest.mark.parametrize(
    "work",
    [
        "nets = [self.head, self.bert]\nnets.remove(self.bert)\nfor m in nets:\n    m.train()",
        "nets = [self.head, self.bert]\nnets.pop()\nfor m in nets:\n    m.train()",
        "nets = [self.bert, self.head]\nnets.insert(0, self.head)\nnets[0].train()",
        "nets = [self.bert, self.head]\nnets.clear()\nfor m in nets:\n    m.train()",
        "nets = [self.head]\nnets.copy().append(self.bert)\nfor m in nets:\n    m.train()",
        "nets = dict(a=self.bert, b=self.head)\nnets.pop('a')\nfor m in nets.values():\n    m.train()",
        "nets = dict(a=self.bert)\nnets.setdefault('a', self.head)\nnets = dict(a=self.head)\nnets['a'].train()",
        "nets = dict(a=self.head)\nnets.setdefault('a', self.bert)\nnets['a'].train()",
        "nets = dict(a=self.bert)\nnets.update([('a', self.head)])\nnets['a'].train()",
        "nets = dict(a=self.bert)\nnets.clear()\nfor m in nets.values():\n    m.train()",
    ],
)
def test_what_is_no_longer_in_it(tmp_path: Path, work: str) -> None:
    assert sure(tmp_path, work) == HIGH


def test_the_only_item_of_a_list_may_stand_for_many(tmp_path: Path) -> None:
    work = "nets = []\nfor x in self.find():\n    nets.append(self.bert)\nnets.pop()\nfor m in nets:\n    m.train()"
    assert sure(tmp_path, work) == []
    assert sure(tmp_path, work.replace("self.bert", "self.head")) == HIGH


@pytest.mark.parametrize(
    "work",
    [
        "nets = dict(a=self.head)\nnets.setdefault('b', self.{name})\nfor m in nets.values():\n    m.train()",
        "nets = dict()\nnets.setdefault('b', []).append(self.{name})\nnets['b'][0].train()",
        "nets = dict()\nnets.setdefault(n, self.{name})\nnets['b'].train()",
        "nets = dict()\nnets.update([('b', self.{name})])\nnets['b'].train()",
        "nets = dict()\nnets.update(dict(b=self.{name}).items())\nnets['b'].train()",
        "nets = dict()\nnets.update(dict(a=self.head), b=self.{name})\nnets['b'].train()",
        "nets = dict(b=self.{name})\nfor key in nets.keys():\n    nets[key].train()",
        "nets = dict(a=self.head) | dict(b=self.{name})\nnets['b'].train()",
        "nets = dict(b=self.head)\nnets |= dict(b=self.{name})\nnets['b'].train()",
        "nets = defaultdict(list)\nnets['a'].append(self.{name})\nnets['a'][0].train()",
        "nets = defaultdict(list)\nnets['a'].append(self.{name})\nfor ms in nets.values():\n    ms[0].train()",
    ],
)
def test_a_dict(tmp_path: Path, work: str) -> None:
    assert sure(tmp_path, work.format(name="bert")) == []
    assert sure(tmp_path, work.format(name="head")) == HIGH


@pytest.mark.parametrize(
    ("made", "reads"),
    [
        ("nn.ModuleList([self.{name}])", "[0]"),
        ("nn.ModuleList([self.head]).append(self.{name})", "[1]"),
        ("nn.ModuleList([self.head])\n        self.nets.insert(0, self.{name})", "[0]"),
        ("nn.ModuleList([self.{name}])\n        self.nets.insert(0, self.head)", "[1]"),
        ("nn.ModuleList()\n        self.nets += [self.head, self.{name}]", "[1]"),
        ("nets = nn.ModuleList()\n        nets += [self.{name}]", "[0]"),
        ("nn.ModuleDict()\n        self.nets.update(dict(x=self.{name}))", "['x']"),
        ("nn.ModuleDict()\n        self.nets.update([('x', self.{name})])", "['x']"),
        ("nn.ModuleDict(dict(y=self.{name}))\n        self.nets.update(dict(x=self.head))", "['y']"),
        ("nn.ModuleDict(dict(x=self.{name}))\n        key, = self.nets.keys()", "['x']"),
        ("nn.ModuleDict(dict(x=self.head))\n        self.nets['x'] = self.{name}", "['x']"),
    ],
)
def test_one_of_torchs_containers(tmp_path: Path, made: str, reads: str) -> None:
    text = MODEL.replace("self.bert(**batch)", f"self.nets{reads}(**batch)")
    for name, expected in (("bert", HIGH), ("head", [])):
        work = f"        self.nets = {made.format(name=name)}"
        assert found(tmp_path, text.format(work=work)) == expected


def test_what_is_popped_from_one_of_torchs_containers(tmp_path: Path) -> None:
    for given, expected in (("self.head, self.bert", []), ("self.bert, self.head", HIGH)):
        assert sure(tmp_path, f"nets = nn.ModuleList([{given}])\nnets.pop(-1).train()") == expected


@pytest.mark.parametrize(
    "work",
    [
        "for m in self.children():\n    if m == self.{name}:\n        m.train()",
        "for m in self.children():\n    if m != self.{name}:\n        continue\n    m.train()",
        "for m in self.children():\n    if m in (self.{name},):\n        m.requires_grad_(False)",
        "others = [m for m in self.children() if m not in [self.{name}]]\nfor m in self.children():\n"
        "    if m not in others:\n        m.train()",
        "self.{name}.apply(nn.Module.train)",
        "for m in self.{name}.modules():\n    setattr(m, 'training', True)",
        "for p in self.{name}.parameters():\n    setattr(p, 'requires_grad', False)",
    ],
)
def test_which_module_it_is(tmp_path: Path, work: str) -> None:
    assert sure(tmp_path, work.format(name="bert")) == []
    assert sure(tmp_path, work.format(name="head")) == HIGH


@pytest.mark.parametrize(("layer", "expected"), [("nn.Linear", []), ("nn.Sequential", []), ("nn.Module", HIGH)])
def test_a_pretrained_model_is_none_of_the_layers_of_torch(
    tmp_path: Path, layer: str, expected: list[Confidence]
) -> None:
    assert (
        sure(tmp_path, f"for m in self.children():\n    if not isinstance(m, {layer}):\n        m.train()") == expected
    )


@pytest.mark.parametrize(
    "how",
    ["p.requires_grad = p in kept", "if p not in kept:\n        p.requires_grad = False", "p.requires_grad ^= True"],
)
def test_which_parameters_it_is_about_is_not_known(tmp_path: Path, how: str) -> None:
    work = f"kept = set(self.head.parameters())\nfor p in self.parameters():\n    {how}"
    assert sure(tmp_path, work) != HIGH


@pytest.mark.parametrize(
    "work",
    [
        "nets['frozen'].append(self.head)\nnets['tuned'].append(self.bert)\n",
        "nets['tuned'].append(self.bert)\n",
        "for kind, m in [('frozen', self.head), ('tuned', self.bert)]:\n    nets[kind].append(m)\n",
    ],
)
def test_each_key_of_a_defaultdict_has_a_list_of_its_own(tmp_path: Path, work: str) -> None:
    made = "nets = defaultdict(list)\n"
    assert sure(tmp_path, f"{made}{work}for m in nets['frozen']:\n    m.train()") == HIGH
    assert sure(tmp_path, f"{made}{work}for m in nets['tuned']:\n    m.train()") == []


def test_what_a_generator_gives_may_be_any_of_it(tmp_path: Path) -> None:
    work = "nets = nn.ModuleList(m for m in (self.bert, self.head))\na, b = nets\nb.train()"
    assert sure(tmp_path, work) == HIGH
