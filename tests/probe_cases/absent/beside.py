"""A file that cannot be imported where a package is missing, and that is imported by code that is ready for it."""

import absent_and_guarded


def helper():
    return absent_and_guarded
