"""Writes a page for each rule and a list of them: `python docs/rule_pages.py`; `--check` only says what differs."""

import sys
from pathlib import Path

from lintlight.registry import load_rules
from lintlight.report.page import markdown_page, rules_markdown

FOLDER = Path(__file__).resolve().parent / "rules"


def pages() -> dict[str, str]:
    """File name -> content, the list under `README.md`."""
    infos = [rule.info for rule in load_rules()]
    found = {f"{info.code}.md": markdown_page(info) for info in infos}
    found["README.md"] = "# Rules\n\n" + rules_markdown(infos, folder=".")
    return found


def outdated() -> list[str]:
    """The names of the pages that are not what the rules say, or that no rule has any more."""
    wanted = pages()
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))


def main(arguments: list[str]) -> int:
    """Write the pages; the exit code is 1 when `--check` finds one that is not current."""
    names = outdated()
    if arguments == ["--check"]:
        print("\n".join(f"docs/rules/{name} is not current" for name in names) or "the pages are current")
        return int(bool(names))
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for name in names:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    print(f"{len(names)} of {len(wanted)} pages written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
