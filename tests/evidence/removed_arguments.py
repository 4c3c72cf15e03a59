"""What Lightning does with arguments and methods that its Trainer had in Lightning 1.

Run `python -m tests.evidence.removed_arguments > tests/evidence/removed_arguments.out`.
"""

import lightning as L

from lintlight.semantics.knowledge.catalog import REMOVED_ARGUMENTS, REMOVED_METHODS

STILL_THERE = ("accelerator", "callbacks", "max_epochs", "precision", "strategy", "use_distributed_sampler")


def told(argument: str) -> str:
    """What the Trainer raises for an argument; that it takes it otherwise."""
    try:
        L.Trainer(**{"logger": False, argument: None})
    except TypeError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 -- it knows the argument, and does not like the value
        return f"known ({type(error).__name__})"
    return "known"


def main() -> None:
    """Print one line for each argument."""
    print(f"Lightning {L.__version__}")
    for argument in sorted({*REMOVED_ARGUMENTS, *STILL_THERE}):
        print(f"{argument}: {told(argument)}")
    for method in sorted({*REMOVED_METHODS, "fit"}):
        print(f"Trainer.{method}: {'known' if hasattr(L.Trainer, method) else 'no attribute'}")


if __name__ == "__main__":
    main()
