"""Which modules of a library have a name that is taken for a number's: `attribute_names.py FOLDER...`."""

import re
import sys
from collections import Counter
from pathlib import Path

from lintlight.semantics.knowledge.members import OF_A_NUMBER

MODULE = re.compile(r"self\.(\w+)(?:: [\w.]+)? = (?:\(?\s*)(nn\.(?!Buffer|Parameter)\w+|[A-Z]\w+)\(")

for folder in map(Path, sys.argv[1:]):
    texts = [path.read_text("utf-8", errors="replace") for path in sorted(folder.rglob("*.py"))]
    made = Counter(pair for text in texts for pair in MODULE.findall(text))
    print(f"{folder.name}: {len(texts)} files, {len(made)} names with what they are given")
    for name, given in sorted(made):
        if OF_A_NUMBER.fullmatch(name):
            print(f"  self.{name} = {given}(...)")
