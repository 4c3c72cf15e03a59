"""lintlight: finds the mistakes in Lightning and transformers training code that train without an error."""

__version__ = "0.1.0"
