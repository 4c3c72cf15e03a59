from .sizes import WIDTH

__all__ = ["WIDTH"]
