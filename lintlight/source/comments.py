"""Code without the lines that are comments, for all that must not change with them: digests, and looking for words."""

from __future__ import annotations

import re

# NOTE: a line of a longer string that begins with `#` is taken for a comment, too: nobody looks for words there, and a
# string in which only such lines change is still no class's name. Where a string may end on it, code may stand behind:
# it is left as it is, and so is what may name the encoding, be code inside a long f-string, or is no text (NUL).
_COMMENT = r"""\n(?<!\\\n)(?<!\\\r\n)[ \t]*#(?![^\r\n]*(?:coding[:=]|\"{3}|'{3}|[{}\0]))[^\r\n]*"""
_IN_BYTES = re.compile(_COMMENT.encode())
_IN_TEXT = re.compile(_COMMENT)


def without_comments(code: bytes) -> bytes:
    """`code` with nothing on the lines that are comments only, nor behind its last statement; lines keep their numbers.

    The first line is left as it is, and so is the end where the last line goes on.
    """
    left = _IN_BYTES.sub(b"\n", code)
    stripped = left.rstrip()
    return left if stripped.endswith(b"\\") else stripped


def text_without_comments(text: str) -> str:
    """The same for text."""
    left = _IN_TEXT.sub("\n", text)
    stripped = left.rstrip()
    return left if stripped.endswith("\\") else stripped
