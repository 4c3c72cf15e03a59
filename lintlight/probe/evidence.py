"""What the worker saw of one class, as JSON data, and words in it that it writes and the verdicts read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Evidence = Mapping[str, Any]
Seen = Mapping[str, Any]
"""A part of it: what was seen in one experiment, of one attribute, at one moment."""

DEFAULT, HARVESTED, IMMATERIAL, MADE_UP = "default", "harvested", "immaterial", "made up"
"""Where an argument comes from that nobody gave; inputs that no batch gave are made up, too."""
NOT_GIVEN = (HARVESTED, IMMATERIAL, MADE_UP)
CLOSED = "the network is closed while lintlight probes"
"""What an exception says that is raised for a connection."""
REMOVED_HOOK = "RemovedHook"
"""The type of failure of a hook that Lightning no longer calls, and that was left out therefore."""
