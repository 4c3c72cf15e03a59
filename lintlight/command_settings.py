"""What `--show-settings` prints."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum

from lintlight.settings import Settings


def settings_json(settings: Settings) -> str:
    """The settings as JSON, under the names that configuration files give them."""
    plain = {name.replace("_", "-"): value for name, value in asdict(settings).items()}
    return json.dumps(plain, indent=2, default=_plain) + "\n"


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)
