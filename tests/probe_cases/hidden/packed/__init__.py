from packed.packed import WIDTH

__all__ = ["WIDTH"]
