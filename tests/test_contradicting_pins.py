"""Files of a project that pin different versions: nobody can follow all of them at once."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from lintlight.semantics.resolve.versions import declared_in
from tests.test_versions import found_in


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"setup.py": 'setup(install_requires=["lightning==2.2.1"])\n'}, "==2.2.1"),
        ({"setup.py": 'setup(install_requires=["lightning==1.9.5"])\n'}, "==2.0.4"),
        ({"pyproject.toml": '[project]\ndependencies = ["lightning==2.2.1"]\n'}, "==2.2.1"),
        ({"poetry.lock": '[[package]]\nname = "lightning"\nversion = "2.2.1"\n'}, "==2.2.1"),
        ({"requirements-dev.txt": "lightning==2.2.1 ; python_version > '3.8'\nlightning==2.1.0\n"}, "==2.2.1"),
        ({"setup.py": 'setup(install_requires=["lightning>=2.0,<2.5"])\n'}, "==2.0.4"),
        ({"setup.py": 'setup(install_requires=["lightning<=2.2.1"])\n'}, "==2.0.4"),
        ({"setup.py": 'setup(install_requires=["lightning==2.*"])\n'}, "==2.0.4"),
        ({"setup.py": 'setup(install_requires=["lightning==2.2.1"])\n', "req.txt": "lightning<2.2\n"}, "<2.2"),
    ],
)
def test_of_pins_that_contradict_each_other_the_newest_counts(
    tmp_path: Path, others: dict[str, str], said: str
) -> None:
    for name, text in {"requirements.txt": "lightning==2.0.4\n", **others}.items():
        (tmp_path / name).write_text(text)
    newest = declared_in(tmp_path)["lightning"]
    assert newest is not None
    assert newest.said == f"lightning{said}"


def test_what_the_newest_pin_makes_of_a_finding(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("lightning==2.0.4\n")
    assert found_in(tmp_path).severity is Severity.INFO
    (tmp_path / "setup.py").write_text('setup(install_requires=["lightning==2.2.1"])\n')
    assert found_in(tmp_path).severity is Severity.ERROR
