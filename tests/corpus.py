"""Score `lintlight check` against labelled places in real code: `python -m tests.corpus LABELS.csv CLONES`.

CLONES holds one folder per repository, `<owner>__<name>`, at the labelled commit and with a `.git` at its root. Each
repository is checked as a whole, from its root, without configuration. A place counts as reported when a finding of
its rule, or a place related to that finding, starts within three lines of it. A repository on which lintlight crashes
counts as wrong at every label.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

NEAR = 3
"""An alarm belongs to a site when one of its places starts at most so many lines away."""

CODES = {
    "LL101": ("LL101", "LL103", "LL104"),
    "LL201/LL202": ("LL201", "LL202"),
    "LL301/LL302": ("LL301", "LL302", "LL303", "LL304"),
}
CODES |= {rule: codes for cause, codes in CODES.items() for rule in cause.split("/")}
"""The codes that answer a label: one cause has one code, and which one is not the label's business."""

LEVELS = {"medium": ("high", "medium"), "low": ("high", "medium", "low")}
"""The confidences that are shown at each `--min-confidence`."""

SOURCE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Site:
    """One labelled place: the call, the step or the `def`, and what a perfect tool says there."""

    rule: str
    repository: str
    commit: str
    path: str
    line: int
    is_bug: bool | None
    """None where the reader was not sure: it is not counted, but an alarm there is no neighbour's."""
    needs: str
    reason: str


@dataclass(frozen=True)
class Alarm:
    """One finding as the JSON output has it; `places` are its own and its related ones, as path and row."""

    code: str
    severity: str
    confidence: str
    owner: str
    message: str
    places: tuple[tuple[str, int], ...]

    def distance(self, site: Site) -> int | None:
        """Lines between the site and the nearest of the alarm's places; None when it is not near or not its rule."""
        if self.code not in CODES[site.rule]:
            return None
        gaps = [abs(row - site.line) for path, row in self.places if path == site.path]
        return min((gap for gap in gaps if gap <= NEAR), default=None)


@dataclass(frozen=True)
class Run:
    """What lintlight said of one repository; `crash` is empty unless it died or its output was not JSON."""

    alarms: tuple[Alarm, ...] = ()
    crash: str = ""
    errors: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one site; `alarm` is the nearest one that was counted there."""

    site: Site
    alarm: Alarm | None
    crash: str = ""

    @property
    def is_right(self) -> bool:
        return not self.crash and self.site.is_bug == (self.alarm is not None)


def read_sites(path: Path) -> list[Site]:
    """The labels of a sheet with the columns rule, repo, commit, path, line, should_report, needs and reason."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Site(
                rule=row["rule"],
                repository=row["repo"],
                commit=row["commit"],
                path=row["path"],
                line=int(row["line"]),
                is_bug={"yes": True, "unsure": None}.get(row["should_report"], False),
                needs=row["needs"],
                reason=row["reason"],
            )
            for row in csv.DictReader(file)
        ]


def read_alarms(output: str) -> tuple[Alarm, ...]:
    """The findings in the output of `lintlight check --output-format json`; suppressed ones are left out."""
    return tuple(
        Alarm(
            code=item["code"],
            severity=item["severity"],
            confidence=item["confidence"],
            owner=".".join(name for name in (item["class"], item["attribute"]) if name),
            message=item["message"],
            places=tuple((place["filename"], place["location"]["row"]) for place in (item, *item["related"])),
        )
        for item in json.loads(output)
        if item["suppressed"] is None
    )


def check(folder: Path, paths: Iterable[str], limit: float) -> Run:
    """Run lintlight over a repository, and over the given files in it even where a walk leaves them out."""
    if not folder.is_dir():
        return Run(crash=f"no clone at {folder}")
    files = sorted({path for path in paths if (folder / path).is_file()})
    options = ["--output-format", "json", "--isolated", "--min-confidence", "low"]
    # NOTE: -P, because a clone may hold modules named like ours.
    command = [sys.executable, "-P", "-m", "lintlight", "check", *options, ".", *files]
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return Run(crash=f"not done after {limit:.0f} s")
    try:
        return Run(read_alarms(done.stdout), errors=done.stderr.strip())
    except json.JSONDecodeError:
        tail = done.stderr.strip().splitlines()[-1:] or ["no JSON"]
        return Run(crash=f"exit code {done.returncode}: {tail[0]}")


def judge(sites: Sequence[Site], run: Run, level: str) -> list[Outcome]:
    """What became of the sites of one repository when findings below the confidence level are hidden."""
    shown = [alarm for alarm in run.alarms if alarm.confidence in LEVELS[level]]
    counted = [site for site in sites if site.is_bug is not None]
    return [Outcome(site, None if run.crash else _alarm_at(site, sites, shown), run.crash) for site in counted]


def unlabelled(sites: Sequence[Site], alarms: Iterable[Alarm]) -> list[Alarm]:
    """The alarms that are near no labelled place of their rule."""
    return [alarm for alarm in alarms if all(alarm.distance(site) is None for site in sites)]


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Lines with recall, precision and false alarms for each rule, each kind of need, and both together."""
    lines = [
        f"{'rule':12} {'needs':24} {'bugs':>5} {'found':>5} {'recall':>7} {'quiet':>6} {'false':>6} {'precision':>9}"
    ]
    for rule in CODES:
        of_rule = [outcome for outcome in outcomes if outcome.site.rule == rule]
        needs = list(dict.fromkeys(outcome.site.needs for outcome in of_rule))
        for need in sorted(needs, key=lambda text: (text != "this file", text == "configuration or a run", text)):
            lines.append(_row(rule, need, [outcome for outcome in of_rule if outcome.site.needs == need]))
        if of_rule:
            lines.append(_row(rule, "all", of_rule))
    return lines


def _alarm_at(site: Site, sites: Sequence[Site], alarms: Iterable[Alarm]) -> Alarm | None:
    """The nearest alarm at a site; a quiet site does not answer for the alarm of a nearer bug."""
    found: tuple[int, Alarm] | None = None
    for alarm in alarms:
        gap = alarm.distance(site)
        if gap is None or (not site.is_bug and _is_explained(alarm, sites, gap)):
            continue
        if found is None or gap < found[0]:
            found = gap, alarm
    return found[1] if found else None


def _is_explained(alarm: Alarm, sites: Sequence[Site], gap: int) -> bool:
    gaps = [alarm.distance(site) for site in sites if site.is_bug is not False]
    return any(other is not None and other <= gap for other in gaps)


def _row(rule: str, need: str, outcomes: Sequence[Outcome]) -> str:
    bugs = [outcome for outcome in outcomes if outcome.site.is_bug]
    quiet = [outcome for outcome in outcomes if not outcome.site.is_bug]
    found = sum(outcome.is_right for outcome in bugs)
    false = sum(not outcome.is_right for outcome in quiet)
    recall = f"{found / len(bugs):7.2f}" if bugs else f"{'-':>7}"
    precision = f"{found / (found + false):9.2f}" if found + false else f"{'-':>9}"
    return f"{rule:12} {need:24} {len(bugs):5} {found:5} {recall} {len(quiet):6} {false:6} {precision}"


def _listing(outcomes: Iterable[Outcome]) -> list[str]:
    lines = []
    for outcome in outcomes:
        site, alarm = outcome.site, outcome.alarm
        if outcome.is_right:
            continue
        kind = "CRASH" if outcome.crash else "MISSED" if site.is_bug else "FALSE"
        lines.append(f"{kind:6} {site.rule} {site.repository} {site.path}:{site.line} [{site.needs}] {site.reason}")
        if alarm is not None:
            path, row = alarm.places[0]
            lines.append(f"       {alarm.code} {alarm.confidence} {alarm.severity} {path}:{row} {alarm.message}")
    return lines


def _write_findings(path: Path, rows: Iterable[tuple[str, str, Alarm]]) -> int:
    """Write one line for each alarm that needs a reader's judgement; returns how many there are."""
    columns = ("repo", "commit", "path", "line", "code", "severity", "confidence", "owner", "related", "message")
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*columns, "judgement", "why"))
        for repository, commit, alarm in rows:
            (own, row), *others = alarm.places
            related = " ".join(f"{name}:{line}" for name, line in others)
            facts = (alarm.code, alarm.severity, alarm.confidence, alarm.owner, related, alarm.message)
            writer.writerow((repository, commit, own, row, *facts, "", ""))
            count += 1
    return count


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("labels", type=Path, help="the sheet of labelled places")
    parser.add_argument("clones", type=Path, help="the folder with <owner>__<name> for each repository")
    parser.add_argument("--list", action="store_true", help="print each missed place and each false alarm")
    parser.add_argument("--findings", type=Path, metavar="OUT.csv", help="write every finding at an unlabelled place")
    parser.add_argument("--repository", action="append", help="only this one, as owner/name; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=600, help="seconds for each repository")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score a sheet; returns 1 when a repository could not be checked."""
    chosen = _arguments(arguments)
    by_repository: dict[str, list[Site]] = {}
    for site in read_sites(chosen.labels):
        if not chosen.repository or site.repository in chosen.repository:
            by_repository.setdefault(site.repository, []).append(site)

    def run(repository: str) -> Run:
        folder = chosen.clones.resolve() / repository.replace("/", "__")
        return check(folder, [site.path for site in by_repository[repository]], chosen.limit)

    with ThreadPoolExecutor(chosen.jobs) as pool:
        runs = dict(zip(by_repository, pool.map(run, by_repository), strict=True))
    for repository, result in runs.items():
        for text in filter(None, (result.crash, result.errors)):
            print(f"{repository}: {text}", file=sys.stderr)
    for level in LEVELS:
        outcomes = [out for repository, sites in by_repository.items() for out in judge(sites, runs[repository], level)]
        print(f"at {level}:", *table(outcomes), *(_listing(outcomes) if chosen.list else ()), "", sep="\n")
    if chosen.findings:
        rows = [
            (repository, sites[0].commit, alarm)
            for repository, sites in by_repository.items()
            for alarm in unlabelled(sites, runs[repository].alarms)
        ]
        print(f"{_write_findings(chosen.findings, rows)} findings at unlabelled places: {chosen.findings}")
    return int(any(result.crash for result in runs.values()))


if __name__ == "__main__":
    raise SystemExit(main())
