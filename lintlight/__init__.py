"""lintlight: finds the mistakes in Lightning and transformers training code that train without an error, and proves them."""

__version__ = "0.1.0"
