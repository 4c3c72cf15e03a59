"""A project's YAML as data: what it builds, how Hydra composes it, and what it names."""
