"""What is detached after a function of torch has worked on it trains nothing; what is used beside it does."""

from pathlib import Path

import pytest

from tests.sources import net
from tests.test_picked import HIGH, found

DETACHED = [
    "return self.head(torch.cat([out.pooler_output, out.pooler_output]).detach()).sum()",
    "return self.head(torch.stack((out.pooler_output, -out.pooler_output)).detach()).sum()",
    "return self.head(F.normalize(out.pooler_output).detach()).sum()",
    "return self.head((-out.pooler_output).detach()).sum()",
    "return self.head(torch.tanh(out.pooler_output.mean(1)).detach()).sum()",
    "z = torch.nn.functional.normalize(out.pooler_output)\n        return self.head(z.detach()).sum()",
    "z = 2 * torch.sqrt(-out.pooler_output + 1)\n        return self.head(z.detach()).sum()",
]
USED = [
    "return self.head(torch.cat([out.pooler_output, out.pooler_output.detach()])).sum()",
    "z = [out.pooler_output]\n        self.log('x', torch.cat(z).detach())\n        return torch.stack(z).sum()",
    "parts = [out.pooler_output]\n        self.log('x', torch.cat(parts).detach())\n        return sum(parts)",
    "return self.head(F.normalize(out.pooler_output)).sum()",
    "loss = F.relu(out.pooler_output)\n        self.log('loss', loss.detach())\n        return loss",
    "loss = F.relu(out.pooler_output)\n        print(loss.item())\n        return {'loss': loss}",
    "loss = -torch.mean(out.pooler_output)\n        self.log('loss', loss.detach())\n        return loss",
    "loss = torch.mean(out.pooler_output) + F.relu(out.pooler_output).detach().sum()\n        return loss",
    "z = F.normalize(out.pooler_output)\n        return self.head(z).sum() - self.head(z.detach()).sum()",
    "z = torch.softmax(out.pooler_output, 1)\n        self.seen = z.detach()\n        return torch.stack([z]).sum()",
]


@pytest.mark.parametrize("rest", DETACHED)
def test_detached(rest: str, tmp_path: Path) -> None:
    assert found(tmp_path, net(step=rest)) == []


@pytest.mark.parametrize("rest", USED)
def test_used(rest: str, tmp_path: Path) -> None:
    assert found(tmp_path, net(step=rest)) == HIGH
