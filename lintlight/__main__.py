"""`python -m lintlight` is the same as `lintlight`."""

from lintlight.cli import main

if __name__ == "__main__":
    main()
