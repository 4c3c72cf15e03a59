"""A suppression names no rule that exists, and so silences nothing.

The code is mistyped or was removed. A bare `# lintlight: ignore` names none at all: it would hide whatever comes
later, so it is not honoured.

The fix takes the unknown code out of the comment; no code changes, so it is safe. One that looks like a mistyped code
is left for its author to mend.

Bad:

    LEARNING_RATE = 2e-5  # lintlight: ignore[LL999] -- frozen below  # expect: LL004

Fixed:

    LEARNING_RATE = 2e-5

Good:

    LEARNING_RATE = 2e-5  # noqa: E501
"""

from lintlight.api import Rule, Severity


class UnknownCodeInSuppression(Rule):
    """Reported after all other rules have spoken."""

    code = "LL004"
    severity = Severity.WARNING
    since = "0.1.0"
