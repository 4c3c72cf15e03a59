"""What an optimizer is given that is gathered first, and what is left out of it again."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.sources import net
from tests.test_picked import HIGH, LOW, found

NOT_IN_IT = {
    "a dict of what has a name": 'params = {n: p for n, p in self.named_parameters() if n.startswith("head")}.values()',
    "two sets": "params = set(self.head.parameters()) | set(self.proj.parameters())",
    "rows that are chained": "params = itertools.chain.from_iterable([self.head.parameters(), self.proj.parameters()])",
    "rows that are added up": "params = sum([list(m.parameters()) for m in (self.head, self.proj)], [])",
    "less than all": "params = set(self.parameters()) - set(self.bert.parameters())",
    "less and less": "params = set(self.parameters()); params -= set(self.bert.parameters())",
    "the difference": "params = set(self.parameters()).difference(self.bert.parameters())",
    "what is left after each is removed": """params = list(self.parameters())
        for p in self.bert.parameters():
            params.remove(p)""",
    "children but one": "params = [p for m in self.children() if m is not self.bert for p in m.parameters()]",
    "children but one, in a loop": """params = []
        for m in self.children():
            if m is self.bert:
                continue
            params += list(m.parameters())""",
    "children but one, by name": """params = []
        for n, m in self.named_children():
            if n == "bert":
                continue
            params.extend(m.parameters())""",
    "all but those that are known by their identity": """ids = set(map(id, self.bert.parameters()))
        params = filter(lambda p: id(p) not in ids, self.parameters())""",
    "all but those that are in a list of identities": """ids = [id(p) for p in self.bert.parameters()]
        params = [p for p in self.parameters() if id(p) not in ids]""",
    "all but those in a set": """others = set(self.bert.parameters())
        params = [p for _, p in self.named_parameters() if p.requires_grad and p not in others]""",
    "those that are known by their identity": """ids = {id(p) for p in self.head.parameters()}
        params = (p for p in self.parameters() if id(p) in ids)""",
    "one of the children": 'params = dict(self.named_children())["head"].parameters()',
}
WITHOUT_SOME = {
    "without a part of it": "params = set(self.parameters()) - set(self.bert.pooler.parameters())",
    "without some that are known by their identity": """ids = set(map(id, self.others()))
        params = filter(lambda p: id(p) not in ids, self.parameters())""",
    "without a part that is known by its identity": """ids = set(map(id, self.bert.pooler.parameters()))
        params = filter(lambda p: id(p) not in ids, self.parameters())""",
    "without what nobody knows": "params = set(self.parameters()).difference(self.others())",
    "what two sets share": "params = set(self.parameters()) & set(self.others())",
}
IN_IT = {
    "a dict of all": "params = {n: p for n, p in self.named_parameters()}.values()",
    "a dict of what has a name": 'params = {n: p for n, p in self.named_parameters() if n.startswith("bert")}.values()',
    "two sets": "params = set(self.head.parameters()) | set(self.bert.parameters())",
    "all but those that are known by their identity": """ids = set(map(id, self.head.parameters()))
        params = filter(lambda p: id(p) not in ids, self.parameters())""",
    "what is left, and the others": """ids = [id(p) for p in self.bert.parameters()]
        params = [p for p in self.parameters() if id(p) not in ids] + list(self.bert.parameters())""",
    "those that are known by their identity": """ids = {id(p) for p in self.bert.parameters()}
        params = (p for p in self.parameters() if id(p) in ids)""",
    "rows that are chained": "params = itertools.chain.from_iterable([self.head.parameters(), self.bert.parameters()])",
    "rows that are added up": "params = sum([list(m.parameters()) for m in (self.head, self.bert)], [])",
    "one more": "params = [p for p in self.head.parameters()]; params.extend(self.bert.parameters())",
    "one set more": "params = set(self.head.parameters()); params.update(self.bert.parameters())",
    "the union": "params = set(self.head.parameters()).union(self.bert.parameters())",
    "children but one": "params = [p for m in self.children() if m is not self.head for p in m.parameters()]",
    "children but one, in a loop": """params = []
        for n, m in self.named_children():
            if n == "head":
                continue
            params += list(m.parameters())""",
    "one of the children": 'params = dict(self.named_children())["bert"].parameters()',
    "less than all": "params = set(self.parameters()) - set(self.head.parameters())",
    "less and less": "params = set(self.parameters()); params -= set(self.head.parameters())",
    "the difference, twice": "params = set(self.parameters()).difference(self.head.parameters())\n"
    "        params = params.difference(self.proj.parameters())",
    "what is left after each is removed": """params = list(self.parameters())
        for p in self.head.parameters():
            params.remove(p)""",
    "all children": "params = [p for m in self.children() for p in m.parameters()]",
}


@pytest.mark.parametrize("way", NOT_IN_IT)
def test_what_is_not_in_it(way: str, tmp_path: Path) -> None:
    assert found(tmp_path, net(optimizers=NOT_IN_IT[way])) == []


@pytest.mark.parametrize("way", WITHOUT_SOME)
def test_what_is_taken_out_again_may_be_any_of_it(way: str, tmp_path: Path) -> None:
    assert found(tmp_path, net(optimizers=WITHOUT_SOME[way])) == LOW


@pytest.mark.parametrize("way", IN_IT)
def test_what_is_in_it(way: str, tmp_path: Path) -> None:
    assert found(tmp_path, net(optimizers=IN_IT[way])) == HIGH


def test_what_an_optimizer_is_given_that_nobody_knows_may_be_less(tmp_path: Path) -> None:
    text = net(optimizers="params = trainable(self.head)").replace("import itertools", "from other import trainable")
    assert found(tmp_path, text) == [Confidence.MEDIUM]


NAMED = "for n, p in self.named_parameters():\n            "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("for m in self.children(): m.train()", []),
        ('dict(self.named_children())["bert"].train()', []),
        ('dict(self.named_modules())["bert"].requires_grad_(False)', []),
        ('dict(self.named_modules())["head"].requires_grad_(False)', HIGH),
        ("for m in self.children():\n            if m is not self.head: m.train()", []),
        ("for m in self.children():\n            if m is self.head: m.train()", HIGH),
        ("for m in self.modules():\n            if not isinstance(m, L.LightningModule): m.train()", LOW),
        ("for p in itertools.chain.from_iterable(m.parameters() for m in [self.bert]): p.requires_grad = False", []),
        ("for p in itertools.chain.from_iterable(m.parameters() for m in [self.head]): p.requires_grad = False", HIGH),
        ("for m in list(self.children())[:1]:\n            m.requires_grad_(False)", []),
        ("for m in list(self.children())[1:]:\n            m.requires_grad_(False)", HIGH),
        ("for m in [self.head, self.bert, self.proj][-2:-1]:\n            m.requires_grad_(False)", []),
        (f'{NAMED}if "head" not in n.split("."): p.requires_grad = False', []),
        (f'{NAMED}if "bert" not in n.split("."): p.requires_grad = False', HIGH),
        (f'{NAMED}if not any([k in n for k in ["head"]]): p.requires_grad = False', []),
        (f'{NAMED}if any([k in n for k in ["head"]]): p.requires_grad = False', HIGH),
        (
            f"ids = set(map(id, self.head.parameters()))\n        {NAMED}if id(p) not in ids: p.requires_grad = 0",
            LOW,
        ),
    ],
)
def test_one_after_the_other(line: str, expected: list[str], tmp_path: Path) -> None:
    assert found(tmp_path, net(line)) == expected


LOOP = "for n, p in self.bert.named_parameters():\n            "


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for n, p in self.bert.named_parameters():\n            if freeze: p.requires_grad = False", LOW),
        ("for p in self.bert.parameters():\n            if freeze: p.requires_grad = False", LOW),
        (f"{NAMED}hits = [k for k in ['head'] if k in n]\n            if not hits: p.requires_grad = False", LOW),
        (f"{NAMED}keep = n.startswith('head')\n            if not keep: p.requires_grad = False", []),
        (f"{NAMED}keep = n.startswith('bert.pooler')\n            if not keep: p.requires_grad = False", LOW),
        (f"{NAMED}keep = self.learns(n)\n            if not keep: p.requires_grad = False", LOW),
        (f"{LOOP}if self.verbose: print(n)\n            if 'pooler' in n: p.requires_grad = False", HIGH),
        (f"{LOOP}if 'embed' in n:\n                if freeze: p.requires_grad = False", HIGH),
        (f"{LOOP}if freeze:\n                if 'embed' in n: p.requires_grad = False", HIGH),
        (f"{LOOP}part: str = n.split('.')[0]\n            if part == 'pooler': p.requires_grad = False", HIGH),
        (f"{LOOP}if freeze: continue\n            p.requires_grad = False", LOW),
    ],
)
def test_what_a_loop_asks_of_something_else_is_unsure(loop: str, expected: list[Confidence], tmp_path: Path) -> None:
    text = net(loop).replace("__init__(self)", "__init__(self, freeze)")
    assert found(tmp_path, text) == expected


LAYERS = "rows = [self.bert.embeddings, *self.bert.encoder.layer]"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"{LAYERS}\n        for m in rows[:6]: m.requires_grad_(False)", HIGH),
        (f"{LAYERS}\n        for m in nn.ModuleList(rows)[:6]: m.requires_grad_(False)", HIGH),
        (f"{LAYERS}\n        for m in rows[:]: m.requires_grad_(False)", []),
        (f"{LAYERS}\n        for m in rows[:13]: m.requires_grad_(False)", []),
        ("rows = [self.bert, build(), self.head]\n        for m in rows[:-1]: m.requires_grad_(False)", []),
        ("rows = [self.head, build(), self.bert]\n        for m in rows[:-1]: m.requires_grad_(False)", HIGH),
        ("rows = [self.bert, build()]\n        rows.insert(0, self.head); rows[1].requires_grad_(False)", []),
        ("rows = [self.head, self.bert]\n        for m in rows[1:]: m.requires_grad_(False)", []),
        ("rows = [self.head, self.bert]\n        for m in rows[::0]: m.requires_grad_(False)", []),
        ("rows = [self.head, self.bert]\n        for m in rows[: self.n]: m.requires_grad_(False)", []),
        ("rows = [self.bert, self.head]\n        while rows: rows.pop().requires_grad_(False)", []),
        ("rows = [self.bert, self.head]\n        for _ in range(2): rows.pop(0).train()", []),
        ("rows = [self.bert, self.head]\n        rows.pop().requires_grad_(False)", HIGH),
        ("rows = [self.head]\n        for _ in range(30): rows += rows\n        self.rows = nn.ModuleList(rows)", HIGH),
    ],
)
def test_what_stands_for_many(lines: str, expected: list[Confidence], tmp_path: Path) -> None:
    assert found(tmp_path, net(lines)) == expected
