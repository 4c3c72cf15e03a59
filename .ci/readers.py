"""Reports read by libraries that others wrote: `python .ci/readers.py FOLDER`, with a report of each format in it.

Needs junitparser and markdown-it-py; every reader must count as many findings as the JSON has.
"""

import json
import sys
from pathlib import Path

from junitparser import Failure, JUnitXml
from markdown_it import MarkdownIt


def junit(report: Path, failing: int) -> int:
    """The test cases; those of findings that make a run fail are failures, as CI servers count them."""
    results = [result for suite in JUnitXml.fromfile(str(report)) for case in suite for result in case.result]
    assert sum(isinstance(result, Failure) for result in results) == failing
    assert all(result.message and result.text for result in results)
    return len(results)


def markdown(report: Path) -> int:
    """The rows of the table; nothing in them is markup but `code`."""
    tokens = MarkdownIt("commonmark").enable("table").parse(report.read_text("utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    markup = {child.content for child in inline if child.type == "html_inline"}
    assert markup <= {"<code>", "</code>"}, markup
    assert not {"link_open", "image", "strong_open", "em_open"} & {child.type for child in inline}
    return sum(token.type == "tr_open" for token in tokens) - 1


def lines(report: Path) -> int:
    """One JSON object a line."""
    return len([json.loads(line) for line in report.read_text("utf-8").splitlines()])


def main(folder: str) -> int:
    """Print how many findings each reader saw; the exit code is 1 when they differ."""
    root = Path(folder)
    findings = json.loads((root / "report.json").read_text("utf-8"))
    wanted, failing = len(findings), sum(finding["severity"] != "info" for finding in findings)
    seen = {
        "junit": junit(root / "report.junit", failing),
        "markdown": markdown(root / "report.markdown"),
        "jsonl": lines(root / "report.jsonl"),
    }
    print(f"json {wanted}", *(f"{name} {count}" for name, count in seen.items()))
    return int(set(seen.values()) != {wanted})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
