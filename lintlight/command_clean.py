"""`lintlight clean`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lintlight.cache import FOLDER, is_ours
from lintlight.config import ConfigError, load_settings
from lintlight.console import say


def run_clean(given: Path | None) -> None:
    """Delete a cache folder, or else the one of the project; raises ConfigError for a folder that is not one."""
    folder = given or Path(os.path.relpath(load_settings(Path.cwd()).root / FOLDER))
    if not folder.exists():
        say(f"there is no cache at `{folder}`")
    elif not is_ours(folder):
        raise ConfigError(f"`{folder}` is no cache of lintlight, so nothing was deleted")
    elif folder.is_symlink():
        raise ConfigError(f"`{folder}` is a link to `{folder.resolve()}`; name the folder itself to delete it")
    else:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise ConfigError(f"`{folder}` cannot be deleted: {error.strerror or error}") from error
        say(f"deleted `{folder}`")
