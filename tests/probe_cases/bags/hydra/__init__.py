"""As much of Hydra as the probe asks for: it composes the one file, without defaults and overrides."""

import contextlib
import pathlib
import types

import yaml

FOLDER = []


def main(**options):
    return lambda function: function


@contextlib.contextmanager
def initialize_config_dir(folder, version_base=None):
    FOLDER.append(pathlib.Path(folder))
    yield
    FOLDER.pop()


def compose(name):
    data = yaml.safe_load((FOLDER[-1] / f"{name}.yaml").read_text())
    return types.SimpleNamespace(**{key: types.SimpleNamespace(**value) for key, value in data.items()})
