"""Fix one mistake in each of many odd files, and count those where a byte outside the edit changed.

python -m tests.bench.fix_bytes [FILES [SKIPPED]]    (default 1000 0; the files are those of the installed packages)
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fixing import fix_files, odd_file, real_files, repaired


def main(count: int = 1000, skipped: int = 0) -> int:
    """Try all files; the exit code."""
    start, tried, wrong, number = time.monotonic(), Counter[str](), 0, -1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "m.py"
        for number, (name, data) in enumerate(real_files(skipped + count)):
            if number < skipped:
                continue
            oddities, odd = odd_file(data, number)
            tried.update(oddities.split("+"))
            file.write_bytes(odd)
            outcome = fix_files(file, select=("LL101",))
            if file not in outcome.after or outcome.after[file].data != repaired(odd):
                wrong += 1
                reasons = [refusal.reason for refusal in outcome.refused] or ["other bytes changed, or nothing found"]
                print(f"{name} ({oddities}): {reasons[0]}")
            if (number + 1) % 100 == 0:
                print(f"{number + 1} files, {time.monotonic() - start:.0f} s", flush=True)
    print(", ".join(f"{name} {times}" for name, times in tried.most_common()))
    print(f"{number + 1 - skipped} files, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
