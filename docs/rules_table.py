"""Writes the table of rules into README.md: `python docs/rules_table.py`."""

import re
from pathlib import Path

from lintlight.registry import load_rules
from lintlight.report.page import rules_markdown

README = Path(__file__).resolve().parent.parent / "README.md"
_TABLE = re.compile(r"(<!-- rules: .*?-->\n).*?(<!-- /rules -->)", re.DOTALL)


def with_table(readme: str) -> str:
    """The README with the table as the rules have it now."""
    table = rules_markdown([rule.info for rule in load_rules()], folder="docs/rules")
    return _TABLE.sub(lambda match: match[1] + table + match[2], readme)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
