"""Packs of rules: installed ones are named in the settings, folders on the command line only."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.command import lintlight, write
from tests.sources import BAD

RULE = '''\
"""A pretrained part has no name of its own.

Nobody finds it again.
"""

from lintlight.api import Rule
{imports}

class ShortName(Rule):
    code = "{code}"
    since = "1.0"

    def check_class(self, cls):
        for part in cls.pretrained():
            yield self.found(part.span, f"`{{part.shown}}` is a short name", cls=cls)
'''
MARK = 'from pathlib import Path\nPath("ran").touch()\n'
"""What a file leaves behind when it has been run."""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, "m.py", BAD.format(comment=""))
    return folder


def rule(code: str = "ACME101", imports: str = "") -> str:
    return RULE.format(code=code, imports=imports)


def install(site: Path, name: str = "acme", value: str = "acme_lint.rules") -> None:
    """A distribution as pip leaves it, with one pack; whoever imports the package itself fails."""
    write(site, f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    write(site, f"{name}-1.0.dist-info/entry_points.txt", f"[lintlight.rules]\n{name} = {value}\n")
    write(site, "acme_lint/__init__.py", "raise RuntimeError")
    write(site, "acme_lint/rules/short_name.py", rule(imports="from ._helper import HELPED"))
    write(site, "acme_lint/rules/_helper.py", "HELPED = True\n")


def codes(folder: Path, *arguments: str | Path, **environment: str) -> list[str]:
    done = lintlight("check", "--output-format", "concise", "-q", *arguments, cwd=folder, environment=environment)
    assert done.stderr == ""
    return sorted({line.split()[2] for line in done.stdout.splitlines()})


def refused(folder: Path, *arguments: str | Path, **environment: str) -> str:
    done: subprocess.CompletedProcess[str] = lintlight("check", *arguments, cwd=folder, environment=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_installed_pack_runs_when_it_is_named(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site")
    path = str(tmp_path / "site")
    assert codes(bad, PYTHONPATH=path) == ["LL101"]
    write(bad, "lintlight.toml", 'packs = ["acme"]\n')
    assert codes(bad, PYTHONPATH=path) == ["ACME101", "LL101"]
    assert codes(bad, "--select", "ACME", PYTHONPATH=path) == ["ACME101"]
    assert codes(bad, "--ignore", "short-name", PYTHONPATH=path) == ["LL101"]


def test_a_pack_in_the_virtual_environment_of_the_project_is_installed(bad: Path) -> None:
    site = bad / ".venv/lib/python3/site-packages"
    install(site)
    assert codes(bad, "--config", "packs=['acme']", PYTHONPATH=str(site)) == ["ACME101", "LL101"]


def test_a_pack_runs_where_the_nearest_configuration_names_it(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site")
    write(bad, "lintlight.toml", "")
    write(bad, "part/lintlight.toml", 'packs = ["acme"]\n')
    write(bad, "part/n.py", BAD.format(comment=""))
    done = lintlight("check", "--output-format", "sarif", cwd=bad, environment={"PYTHONPATH": str(tmp_path / "site")})
    (run,) = json.loads(done.stdout)["runs"]
    found = [
        (one["ruleId"], one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for one in run["results"]
    ]
    assert sorted(found) == [("ACME101", "part/n.py"), ("LL101", "m.py"), ("LL101", "part/n.py")]
    assert "ShortName" in {one["name"] for one in run["tool"]["driver"]["rules"]}


def test_worker_processes_run_the_packs(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site")
    write(tmp_path / "rules", "other_name.py", rule("OUR101"))
    for number in range(40):
        write(bad, f"m{number}.py", BAD.format(comment=""))
    arguments = ("check", "--output-format", "concise", "--config", "packs=['acme']", "--rules", tmp_path / "rules")
    one, many = (
        lintlight(*arguments, "-j", jobs, cwd=bad, environment={"PYTHONPATH": str(tmp_path / "site")})
        for jobs in ("1", "4")
    )
    assert one.stdout == many.stdout
    assert [one.stdout.count(code) for code in ("ACME101", "OUR101", "LL101")] == [41, 41, 41]


def test_a_folder_of_rules_runs_when_the_command_line_names_it(bad: Path) -> None:
    write(bad, "own/rules/short_name.py", rule("OUR101"))
    assert codes(bad, "m.py") == ["LL101"]
    assert codes(bad, "m.py", "--rules", "own/rules") == ["LL101", "OUR101"]
    assert codes(bad, "m.py", "--rules", "own/rules", "--rules", bad / "own/rules") == ["LL101", "OUR101"]


@pytest.mark.parametrize("name", ["./rules", "rules/", "/rules", "~rules", "..", "rules\\\\x", "short_name.py"])
def test_a_path_in_the_configuration_is_refused(bad: Path, name: str) -> None:
    write(bad, "rules/short_name.py", MARK + rule())
    write(bad, "lintlight.toml", f'select = ["ALL"]\npacks = ["{name}"]\n')
    said = refused(bad)
    assert f"{bad}/lintlight.toml:2: `packs` names " in said
    assert "which is a path: only installed packs are named here, a folder is given with `--rules FOLDER`" in said
    assert not (bad / "ran").exists()


@pytest.mark.parametrize("path", ["", "{project}", "{project}/src"], ids=["cwd", "PYTHONPATH", "below it"])
def test_a_project_cannot_bring_its_own_pack(bad: Path, path: str) -> None:
    path = path.format(project=bad)
    site = Path(path or bad)
    install(site)
    write(site, "acme_lint/rules/short_name.py", MARK + rule())
    write(bad, "lintlight.toml", 'packs = ["acme"]\n')
    assert "`packs` names `acme`, which is no installed pack" in refused(bad, PYTHONPATH=path)
    assert not (bad / "ran").exists()


def test_a_project_cannot_hide_an_installed_pack(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site")
    write(bad, "acme_lint/__init__.py", "")
    write(bad, "acme_lint/rules/short_name.py", MARK + rule("EVIL101"))
    write(bad, "lintlight.toml", 'packs = ["acme"]\n')
    path = os.pathsep.join((str(bad), str(tmp_path / "site")))
    assert codes(bad, "m.py", PYTHONPATH=path) == ["ACME101", "LL101"]
    assert not (bad / "ran").exists()


def test_an_editable_installation_leads_into_the_project(bad: Path, tmp_path: Path) -> None:
    site, source = tmp_path / "site", bad / "src"
    install(source)
    (source / "acme-1.0.dist-info").rename(write(site, "sitecustomize.py", "").parent / "acme-1.0.dist-info")
    write(bad, "lintlight.toml", 'packs = ["acme"]\n')
    path = os.pathsep.join((str(site), str(source)))
    assert refused(bad, "m.py", PYTHONPATH=path) == "lintlight: the pack `acme` has no folder of rules\n"
    write(site, "sitecustomize.py", f"import sys\nsys.path.append({str(source)!r})\n")  # as a `.pth` file does
    assert codes(bad, "m.py", PYTHONPATH=str(site)) == ["ACME101", "LL101"]


def test_an_unknown_pack_is_told_with_its_line_and_the_nearest(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site")
    write(bad, "pyproject.toml", '[tool.lintlight]\nselect = ["ALL"]\npacks = ["acne"]\n')
    said = refused(bad, PYTHONPATH=str(tmp_path / "site"))
    problem = "`packs` names `acne`, which is no installed pack of rules; did you mean `acme`?"
    assert said == f"lintlight: {bad}/pyproject.toml:3: {problem}\n"
    said = refused(bad, "--isolated", "--config", "packs=['zzz']")
    problem = "`packs` names `zzz`, which is no installed pack of rules; install the package that brings it"
    assert said == f"lintlight: `--config`: {problem}\n"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("short_name.py", rule("LL101"), "short_name.py: LL101 is already the code of pretrained-left-in-eval"),
        ("pretrained_left_in_eval.py", rule(), "pretrained-left-in-eval is already the name of LL101"),
        ("short_name.py", rule("x"), "short_name.py: a rule has a `code` such as `ABC101`"),
        ("short_name.py", rule(imports="import nowhere_at_all"), "short_name.py: cannot be imported: ModuleNotFound"),
        ("short_name.py", "x = 1\n", "short_name.py: a rule file defines one subclass of Rule"),
        ("_helper.py", "x = 1\n", "rules: a folder of rules, and there is no rule in it"),
    ],
    ids=["a code twice", "a name twice", "no code", "an import fails", "no rule", "nothing"],
)
def test_a_broken_pack_is_told_with_its_file(bad: Path, tmp_path: Path, file: str, text: str, said: str) -> None:
    write(tmp_path / "rules", file, text)
    assert said in refused(bad, "--rules", tmp_path / "rules")


def test_a_pack_without_its_folder_is_told(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site", value="acme_lint.gone")
    said = refused(bad, "--config", "packs=['acme']", PYTHONPATH=str(tmp_path / "site"))
    assert said == "lintlight: the pack `acme` has no folder of rules\n"


@pytest.mark.parametrize("versions", [">=1.8,<3", ">=2.2", "<3", ""])
def test_a_rule_about_some_versions(bad: Path, versions: str) -> None:
    write(bad, "pack/short_name.py", rule().replace('"1.0"', f'"1.0"\n    lightning = "{versions}"'))
    assert codes(bad, "--rules", "pack", "--select", "ACME", "m.py") == ["ACME101"]


def test_versions_that_are_no_condition(bad: Path) -> None:
    write(bad, "pack/short_name.py", rule().replace('"1.0"', '"1.0"\n    lightning = "2"'))
    assert "`lightning` is a condition such as `>=2.2` or `>=1.8,<2`, not '2'" in refused(
        bad, "--rules", "pack", "m.py"
    )


def test_a_comment_for_another_packs_rule(bad: Path) -> None:
    write(bad, "pack/short_name.py", rule())
    write(bad, "m.py", BAD.format(comment="  # noqa: E501, ACME101 -- why"))
    assert codes(bad, "--rules", "pack", "m.py") == ["LL101"]
    write(bad, "m.py", BAD.format(comment="  # noqa: ACME101, LL101 -- why"))
    assert codes(bad, "--rules", "pack", "m.py") == []


def test_rules_of_a_pack_are_explained_and_listed(bad: Path) -> None:
    write(bad, "pack/short_name.py", rule())
    for command in (("explain", "ACME101"), ("rules",)):
        assert "A pretrained part has no name" in lintlight(*command, "--rules", "pack", cwd=bad).stdout
        assert "ACME101" not in lintlight(*command, cwd=bad).stdout


def test_rules_of_an_installed_pack_are_explained_where_the_settings_name_it(bad: Path, tmp_path: Path) -> None:
    install(tmp_path / "site")
    here = {"PYTHONPATH": str(tmp_path / "site")}
    assert lintlight("explain", "ACME101", cwd=bad, environment=here).returncode == 2
    write(bad, "lintlight.toml", 'packs = ["acme"]')
    assert "Nobody finds it again." in lintlight("explain", "ACME101", cwd=bad, environment=here).stdout


def test_a_comment_for_another_tool_is_none_for_a_pack(bad: Path) -> None:
    write(bad, "pack/short_name.py", rule("PL001"))
    write(bad, "m.py", BAD.format(comment="  # noqa: PLR0913, PL001, LL101 -- why"))
    assert codes(bad, "--rules", "pack", "m.py") == []
