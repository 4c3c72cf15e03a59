"""What people call things: names that tell, most likely, what is meant."""

from __future__ import annotations

import re

_COMMAND_LINE = r"opts?|options?|flags|namespace"
SETTINGS = rf"{_COMMAND_LINE}|cfg|conf|configs?|hparams|hps?|params|settings"
"""What holds the settings of a run, from wherever they are; also what ends in `args`."""
OF_SETTINGS = re.compile(rf"(?i)(?<![a-z])arg|args|hparam|^(?:{SETTINGS})$")
"""A name of something that holds settings."""
PARSED = re.compile(rf"(?i)args$|hparams$|^(?:{_COMMAND_LINE})$")
"""A name of the arguments of a command line, once they are parsed."""

BESIDE_MODELS = ("config", "pipeline", "processor", "scheduler", "tokeni")
"""In the names of what comes with a model, and is none. What else is one depends on what is asked."""
