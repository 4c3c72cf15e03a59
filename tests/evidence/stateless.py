"""Which classes of torch.nn, and of torchmetrics as far as they are installed, have nothing in their state dict."""

import inspect
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
WEIGHTED = ("weight", "pos_weight")


def made(cls: type[nn.Module]) -> nn.Module | None:
    for given in ((), (2,), (2, 2), ((1, 1),), (2, 2, 2)):
        try:
            return cls(*given)
        except (TypeError, ValueError, AssertionError):
            continue
    return None


print(f"torch {torch.__version__}")
plain, weighted = [], []
for name in dir(nn):
    cls = getattr(nn, name)
    if not (inspect.isclass(cls) and issubclass(cls, nn.Module)) or issubclass(
        cls, nn.modules.instancenorm._InstanceNorm
    ):
        continue
    module = made(cls)
    if module is None or module.state_dict() or isinstance(module, (nn.ModuleList, nn.ModuleDict, nn.Sequential)):
        continue
    if isinstance(module, (nn.ParameterList, nn.ParameterDict, nn.DataParallel, nn.Container)):
        continue
    takes = [each for each in inspect.signature(cls).parameters if each in WEIGHTED]
    (weighted if takes else plain).append(name)
print("nothing:", *plain)
print("nothing without a weight:", *weighted)
for name in weighted:
    given = {each: torch.ones(2) for each in inspect.signature(getattr(nn, name)).parameters if each in WEIGHTED}
    print(f"{name}({', '.join(given)}):", *getattr(nn, name)(**given).state_dict())
