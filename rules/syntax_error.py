"""Python cannot parse the file.

Nothing in such a file can be checked, and nothing that imports it can be followed into it. The run goes on with the
other files. lintlight reads the Python that it runs on: code in a newer syntax needs a newer Python there.

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
