"""A rule's page and the tables of all rules."""

import io
import json

from rich.console import Console

from lintlight.report.page import draw_page, markdown_page, plain_page, rules_json, rules_markdown, rules_table
from tests.build import INFOS, info


def test_plain_page() -> None:
    assert plain_page(info()).splitlines()[:4] == [
        "LL101 pretrained-left-in-eval",
        "error, on by default, since 0.1.0, Lightning >=2.2",
        "",
        "A pretrained submodule is trained in eval mode.",
    ]
    assert "# expect" not in plain_page(info())


def test_markdown_page() -> None:
    assert markdown_page(info()) == (
        "# LL101 pretrained-left-in-eval\n"
        "\n"
        "error, on by default, since 0.1.0, Lightning >=2.2\n"
        "\n"
        "A pretrained submodule is trained in eval mode.\n"
        "\n"
        "It comes back from `from_pretrained()` that way.\n"
        "\n"
        "## Bad\n"
        "\n"
        "```python\n"
        "class Classifier(L.LightningModule):\n"
        "    x = 1\n"
        "\n"
        "    y = 2\n"
        "```\n"
        "\n"
        "## Good: frozen on purpose\n"
        "\n"
        "```python\n"
        "pass\n"
        "```\n"
    )


def test_a_rule_that_is_off_says_how_to_turn_it_on() -> None:
    assert "off; turn on with `--extend-select LL003`" in plain_page(INFOS[3])


def test_drawn_page_has_all_of_it() -> None:
    out = io.StringIO()
    draw_page(info(), Console(file=out, width=80))
    assert "pretrained-left-in-eval" in out.getvalue()
    assert "class Classifier(L.LightningModule):" in out.getvalue()


def test_tables() -> None:
    assert rules_table(INFOS).splitlines()[0] == (
        "LL101  pretrained-left-in-eval     error    on   A pretrained submodule is trained in eval mode."
    )
    assert rules_markdown(INFOS).splitlines()[2] == (
        "| LL101 | pretrained-left-in-eval | A pretrained submodule is trained in eval mode. | on | >=2.2 |"
    )
    assert json.loads(rules_json(INFOS))[3] == {
        "code": "LL003",
        "name": "suppression-without-reason",
        "summary": "A pretrained submodule is trained in eval mode.",
        "severity": "error",
        "default": False,
        "since": "0.1.0",
        "lightning": ">=2.2",
        "explanation": INFOS[3].page,
    }
