"""`lintlight clean`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lintlight.cache import FOLDER, written_in
from lintlight.config import ConfigError, load_settings
from lintlight.console import say


def run_clean(given: Path | None) -> None:
    """Delete a cache folder, or else the one of the project; what others keep in it stays.

    Raises ConfigError for a folder that is none.
    """
    folder = given or Path(os.path.relpath(load_settings(Path.cwd()).root / FOLDER))
    if not folder.exists():
        say(f"there is no cache at `{folder}`")
        return
    try:
        ours = written_in(folder)
        if not ours:
            raise ConfigError(f"`{folder}` is no cache of lintlight, so nothing was deleted")
        if folder.is_symlink():
            raise ConfigError(f"`{folder}` is a link to `{folder.resolve()}`; name the folder itself to delete it")
        for path in ours:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        others = any(folder.iterdir())
        if not others:
            folder.rmdir()
    except OSError as error:
        raise ConfigError(f"`{folder}` cannot be deleted: {error.strerror or error}") from error
    say(f"deleted the cache in `{folder}`, and nothing else in it" if others else f"deleted `{folder}`")
