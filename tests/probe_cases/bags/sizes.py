"""A type that models.py needs for its annotations only."""

from dataclasses import dataclass


@dataclass
class Sizes:
    num_classes: int
    hidden_size: int
