"""LightningModules of other people's projects through the probe: `python -m tests.bench.probe_real FOLDER PYTHON`.

FOLDER holds one project in each folder below it; PYTHON is an interpreter that has what they need. Lightning's own
classes are found as `check` finds them: every class with a `training_step` that is no test. Printed: how many are
constructed without help, and with the arguments in `--init FILE` (`{"project/path.py:Class": {"name": value}}`); why
the others are not; and what becomes of the findings of LL101 on those that are.

A package that PYTHON lacks is counted apart: it says nothing about the probe.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lintlight.check import check
from lintlight.model import Finding, Verdict
from lintlight.probe.plan import Job
from lintlight.probe.runner import run
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.verdict import judge
from lintlight.registry import load_rules
from lintlight.semantics.lightning import lightning_classes
from lintlight.semantics.resolve.project import Project
from lintlight.settings import Settings
from lintlight.source.files import read_source
from lintlight.source.parse import SyntaxFault

CODE = "LL101"
MARK = b"LightningModule"
MISSING, OLD, ABSTRACT = "a package is missing", "made for other versions of its libraries", "an abstract class"


@dataclass(frozen=True)
class Subject:
    """A class of a project, and the findings about it."""

    project: Path
    path: Path
    name: str
    findings: tuple[Finding, ...]

    @property
    def label(self) -> str:
        """`project/path.py:Class`."""
        return f"{self.project.name}/{self.path.relative_to(self.project)}:{self.name}"


def main(arguments: Sequence[str]) -> None:
    """Probe and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("--most", type=int, default=6, help="classes of one project")
    parser.add_argument("--projects", nargs="*", default=(), help="only these")
    parser.add_argument("--init", type=Path)
    parser.add_argument("--evidence", type=Path, help="write what was seen here")
    options = parser.parse_args(arguments)
    helped = json.loads(options.init.read_text()) if options.init else {}
    folders = sorted(path for path in options.folder.iterdir() if path.is_dir())
    chosen = [folder for folder in folders if not options.projects or folder.name in options.projects]
    subjects = [subject for folder in chosen for subject in islice(subjects_of(folder), options.most)]
    jobs = [job(subject, helped.get(subject.label, {})) for subject in subjects]
    settings = ProbeSettings(python=options.python, root=options.folder)
    seen = list(zip(subjects, run(jobs, settings, progress), strict=True))
    if options.evidence:
        options.evidence.write_text(json.dumps([[one.label, evidence] for one, evidence in seen], default=str))
    report(seen)


def progress(done: int, total: int, name: str) -> None:
    """A line for every class."""
    print(f"{done}/{total} {name}", file=sys.stderr, flush=True)


def subjects_of(folder: Path) -> Iterator[Subject]:
    """The classes of a project that can be trained, those with findings first."""
    files = sorted(path for path in folder.rglob("*.py") if "test" not in str(path.relative_to(folder)).lower())
    files = [path for path in files if path.is_file() and MARK in path.read_bytes()]
    project = Project(folder, (), read_source)
    found = check(files, Settings(root=folder), load_rules(), root=folder).findings
    by_class: dict[tuple[Path, str], list[Finding]] = {}
    for finding in found:
        if finding.code == CODE and finding.probe is not None:
            by_class.setdefault((finding.probe.path, finding.probe.class_name), []).append(finding)
    trained = [
        (cls.definition.module.path, cls.definition.qualname)
        for path in files
        for cls in classes_in(project, path)
        if cls.definition.find_method("training_step") is not None
    ]
    for path, name in dict.fromkeys([*by_class, *trained]):
        if path.is_relative_to(folder):
            yield Subject(folder, path, name, tuple(by_class.get((path, name), ())))


def classes_in(project: Project, path: Path) -> Sequence[Any]:
    """The LightningModules of a file; none where it cannot be read."""
    try:
        return lightning_classes(project, path)
    except SyntaxFault:
        return ()


def job(subject: Subject, init: Mapping[str, Any]) -> Job:
    """What is asked about a class."""
    attributes = [finding.probe.attribute for finding in subject.findings if finding.probe is not None]
    return Job(subject.path, subject.name, tuple(dict.fromkeys(attributes)), ("mode", "effect"), init)


def report(seen: Sequence[tuple[Subject, Mapping[str, Any]]]) -> None:
    """The table."""
    causes = {subject.label: cause(evidence) for subject, evidence in seen}
    there = [name for name, why in causes.items() if why != MISSING]
    built = [name for name, why in causes.items() if not why]
    fitting = [name for name in there if causes[name] not in (OLD, ABSTRACT)]
    projects = {subject.project.name for subject, _ in seen}
    print(f"classes: {len(seen)} of {len(projects)} projects; {MISSING}: {len(seen) - len(there)}")
    share, own = len(built) / max(1, len(there)), len(built) / max(1, len(fitting))
    print(f"constructed: {len(built)} of {len(there)} ({share:.0%})")
    print(f"  {own:.0%} of the {len(fitting)} that are neither {OLD} nor {ABSTRACT}")
    for why, count in Counter(causes.values()).most_common():
        print(f"  {count:4} {why or 'constructed'}")
    verdicts = [
        (subject, verdict, causes[subject.label])
        for subject, evidence in seen
        for finding in subject.findings
        if finding.probe is not None
        for verdict in [judge(finding.probe, evidence)]
    ]
    for title, chosen in (
        ("on constructed classes", [verdict for _, verdict, why in verdicts if not why]),
        ("on all", [verdict for _, verdict, _ in verdicts]),
    ):
        print(f"{CODE} {title}:", dict(Counter(verdict.status.value for verdict in chosen)))
    print("traceback instead of a reason:", sum(bare(verdict) for _, verdict, _ in verdicts))
    print("a reason without a thing to do:", sum(unsaid(verdict) for _, verdict, _ in verdicts))
    for subject, evidence in seen:
        failure = evidence.get("failure") or {}
        print(f"{subject.label}: {causes[subject.label] or 'constructed'}: {failure.get('message', '')[:150]}")
    for subject, verdict, _ in verdicts:
        print(f"{subject.label}: {verdict.status.value}: {verdict.reason[:200]} -> {verdict.hint}")


def cause(evidence: Mapping[str, Any]) -> str:
    """Why a class was not constructed, in a few words; empty when it was."""
    failure = evidence.get("failure")
    if not failure:
        return "" if evidence.get("stage") in ("fit", "effect") else f"ended: {evidence.get('ended')}"
    kind, said, where = str(failure["type"]), str(failure["message"]), str(failure["stage"])
    # A module that a package once had, or a name that it no longer has, is another thing than a package that is absent.
    if is_absent(failure) or kind == "PackageNotFoundError" or (kind == "ImportError" and "requires the" in said):
        return MISSING
    if kind in ("ImportError", "ModuleNotFoundError") or (kind == "AttributeError" and where == "import"):
        return OLD
    if where == "construct" and kind == "MissingArguments":
        # What the project itself would have done ended at a package that is not here.
        theirs = [each for each in failure.get("tried", ()) if each["from"] != "made up" and "test" not in each["from"]]
        return MISSING if any(is_absent(each) for each in theirs) else "arguments that nobody gives"
    if where == "construct" and kind in ("NotImplementedError", "TypeError") and (not said or "abstract" in said):
        return ABSTRACT
    return f"{where}: {kind}"


def is_absent(failure: Mapping[str, Any]) -> bool:
    """Whether a whole package is missing."""
    return failure["type"] == "ModuleNotFoundError" and "." not in str(failure.get("name"))


def bare(verdict: Verdict) -> bool:
    """Whether the reason is the probe's own failure."""
    return "the probe itself failed" in verdict.reason or "Traceback" in verdict.reason


def unsaid(verdict: Verdict) -> bool:
    """Whether nothing is said that could be done."""
    return verdict.status.value == "not-probed" and not verdict.hint


if __name__ == "__main__":
    main(sys.argv[1:])
