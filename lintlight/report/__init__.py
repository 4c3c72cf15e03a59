"""Output formats: each a pure function of a Report."""
