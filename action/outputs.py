"""The action's outputs, from the JSON report: `python outputs.py findings.json [report.sarif]`."""

import json
import sys
from pathlib import Path
from typing import Any


def counts(finding: dict[str, Any]) -> bool:
    """Whether the finding makes a run fail, as `lintlight check` decides it."""
    verdict = finding["verdict"] or {}
    disproved = verdict.get("status") == "refuted" and verdict.get("strength") == "full"
    return finding["suppressed"] is None and finding["severity"] != "info" and not disproved


def main(report: str, sarif: str = "") -> None:
    """Print `name=value` lines for GITHUB_OUTPUT."""
    standing = [finding for finding in json.loads(Path(report).read_text("utf-8")) if counts(finding)]
    confirmed = [finding for finding in standing if (finding["verdict"] or {}).get("status") == "confirmed"]
    print(f"findings={len(standing)}")
    print(f"confirmed={len(confirmed)}")
    # A line end in the name would start another output.
    print(f"sarif-file={sarif.splitlines()[0] if sarif else ''}")


if __name__ == "__main__":
    main(*sys.argv[1:])
