"""Python cannot parse the file.

Nothing in such a file can be checked, and nothing that imports it can be followed into it. The run goes on with the
other files. Of a notebook only the cell is left out, unless something in it may bear on the classes in other cells
(`.train()`, `.fit()`, `requires_grad`, `Trainer`): then none of it is checked.

Code in a syntax newer than the Python that lintlight runs on is read all the same (type parameters, `type` statements,
f-strings with their own quotes inside, t-strings, `except` without parentheses); what is newer still needs a newer
Python there.

Bad:

    class Classifier(L.LightningModule)  # expect: LL001
        pass

Fixed:

    class Classifier(L.LightningModule):
        pass

Good: an empty file
"""

from lintlight.api import Rule


class SyntaxError_(Rule):
    """Reported while parsing, before any rule is asked."""

    code = "LL001"
    since = "0.1.0"
