"""JUnit XML: one test case for each finding, failed when it counts, skipped when it was silenced or disproved."""

from __future__ import annotations

import html
import re
from itertools import groupby

from lintlight.model import FileError, Finding, Report, counts
from lintlight.report.shown import place, shown_path

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """One test suite for each file with findings, one for what could not be checked."""
    suites = [
        _suite(shown_path(path, report.root), [_case(finding, report) for finding in found])
        for path, found in groupby(report.findings, key=lambda finding: finding.span.path)
    ]
    suites += [_suite(shown_path(error.path, report.root), [_error(error)]) for error in report.errors]
    body = "".join(suites) or _suite("lintlight", [f"    <testcase name={_quoted('nothing found')}/>\n"])
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="lintlight">\n{body}</testsuites>\n'


def _suite(name: str, cases: list[str]) -> str:
    failures = sum("<failure" in case for case in cases)
    errors = sum("<error" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    totals = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return f"  <testsuite name={_quoted(name)} {totals}>\n{''.join(cases)}  </testsuite>\n"


def _case(finding: Finding, report: Report) -> str:
    where = place(finding.span, report)
    kind = "failure" if counts(finding) else "skipped"
    lines = [f"{where}: {finding.code} {finding.message}", finding.help]
    if finding.verdict is not None:
        lines.append(f"{finding.verdict.status.value}: {finding.verdict.reason}")
    typed = f" type={_quoted(finding.severity.value)}" if kind == "failure" else ""
    return (
        f"    <testcase name={_quoted(f'{finding.code} {finding.name}')} classname={_quoted(where)}>\n"
        f"      <{kind} message={_quoted(finding.message)}{typed}>{_text(chr(10).join(filter(None, lines)))}</{kind}>\n"
        f"    </testcase>\n"
    )


def _error(error: FileError) -> str:
    return f"    <testcase name={_quoted('check')}>\n      <error message={_quoted(error.message)}/>\n    </testcase>\n"


def _text(text: str) -> str:
    return html.escape(_NOT_XML.sub("\ufffd", text), quote=False)


def _quoted(text: str) -> str:
    # A line end in an attribute would be read back as a blank.
    return '"' + html.escape(_NOT_XML.sub("\ufffd", text)).replace("\n", "&#10;").replace("\r", "&#13;") + '"'
