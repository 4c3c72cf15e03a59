"""Limits that the system keeps for a child: no core files, and no more address space than its memory limit."""

from __future__ import annotations

import sys

SLACK_MB = 4000
"""Address space beyond the memory limit: thread stacks, mapped files and arenas that are never touched."""


def set_limits(memory_mb: float) -> None:
    """Limit this process and what it starts; on Linux only, where the kernel keeps these limits."""
    if sys.platform != "linux":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import torch

    if torch.cuda.is_available():
        # CUDA maps far more address space than it uses.
        return
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    most = mapped + int((memory_mb + SLACK_MB) * 1e6)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
