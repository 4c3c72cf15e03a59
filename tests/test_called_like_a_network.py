"""Parts of unknown origin that are called: which of them a filter that names one surely takes weights from."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.sources import part
from tests.test_made_late import found

IMPORTS = """
import functools
import hydra
from collections.abc import Callable
from transformers import AutoTokenizer

class Plain:
    def __call__(self, batch):
        return batch
"""
MEDIUM, LOW = [Confidence.MEDIUM], [Confidence.LOW]


def told(
    folder: Path,
    made: str,
    *,
    name: str = "net",
    run: str = "",
    test: str = "",
    annotation: str = "",
    more: str = "pass",
) -> list[Confidence]:
    run, test = run or f"self.{name}(batch)", test or f'not k.startswith("{name}.")'
    init = f"self.{name} = {made}\n        {more}"
    save = f'checkpoint["state_dict"] = {{k: v for k, v in state.items() if {test}}}'
    return found(folder, part(init, save, run=run, arguments=f"cfg, given{annotation}", imports=IMPORTS))


ORIGINS = (
    "hydra.utils.instantiate(cfg.net)",
    "elsewhere.build(cfg)",
    "elsewhere.Thing(cfg)",
    "getattr(elsewhere, cfg.kind)(cfg)",
    "given",
)


@pytest.mark.parametrize("made", ORIGINS)
@pytest.mark.parametrize("name", ["net", "model", "text_encoder", "encoder_q", "net2", "teacher", "dec_unet"])
def test_a_network_by_name_that_is_called(tmp_path: Path, made: str, name: str) -> None:
    assert told(tmp_path, made, name=name) == MEDIUM


@pytest.mark.parametrize("made", ORIGINS)
@pytest.mark.parametrize(
    "more",
    ["self.thing.load_state_dict(torch.load(cfg.path))", "print(len(self.thing.state_dict()))", "self.thing.eval()"],
)
def test_what_is_asked_for_weights_has_some(tmp_path: Path, made: str, more: str) -> None:
    assert told(tmp_path, made, name="thing", more=more) == MEDIUM
    assert told(tmp_path, f"{made}.to('cuda')", name="thing") == LOW


@pytest.mark.parametrize("made", ORIGINS)
@pytest.mark.parametrize(
    "name", ["thing", "part", "model_fn", "encoder_factory", "crit", "netting", "operator", "encoder_tok"]
)
def test_of_another_name_little_is_known(tmp_path: Path, made: str, name: str) -> None:
    assert told(tmp_path, made, name=name) == LOW


@pytest.mark.parametrize("name", ["tokenizer", "model_loss", "net_loss", "encoder_config", "model_transform"])
def test_a_name_says_what_has_no_weights(tmp_path: Path, name: str) -> None:
    assert told(tmp_path, "elsewhere.build(cfg)", name=name) == []


@pytest.mark.parametrize(
    ("made", "run"),
    [
        ("functools.partial(given, 2)", ""),
        ("AutoTokenizer.from_pretrained('x')", ""),
        ("Plain()", ""),
        ("given", "batch"),
        ("given", "self.net.scale * batch"),
        ("elsewhere.build(cfg)", "self.net.get(batch)"),
        ("nn.Dropout(0.1)", ""),
        ("nn.functional.relu", ""),
        ("lambda batch: batch", ""),
    ],
)
def test_a_network_by_name_alone_is_none(tmp_path: Path, made: str, run: str) -> None:
    assert told(tmp_path, made, run=run) == []


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (": nn.Module", MEDIUM),
        (": elsewhere.Net", MEDIUM),
        (": 'elsewhere.Net'", MEDIUM),
        (": Callable[[torch.Tensor], torch.Tensor]", LOW),
        (": Callable", LOW),
        (": Plain", LOW),
    ],
)
def test_an_annotation_says_what_it_is(tmp_path: Path, annotation: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, "given", annotation=annotation) == expected


@pytest.mark.parametrize(
    "test", ["k.startswith('head.')", "not k.startswith('other.')", "k.startswith(('head.', 'net.'))"]
)
def test_a_filter_that_does_not_name_it(tmp_path: Path, test: str) -> None:
    assert told(tmp_path, "elsewhere.build(cfg)", test=test) == []


@pytest.mark.parametrize("made", ["given.forward", "torch.vmap(given)", "lambda x: given(x)"])
def test_what_makes_a_function_makes_no_network(tmp_path: Path, made: str) -> None:
    assert told(tmp_path, made, name="model") in (LOW, [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("self.thing = given(cfg).eval()", MEDIUM),
        ("self.thing=given(cfg)\\\n            .eval( )", MEDIUM),
        ("self.thing = given(cfg.eval())", LOW),
        ("self.text = 'self.thing.eval()'", LOW),
        ("for n, p in self.thing.named_parameters(): p.requires_grad=False", MEDIUM),
    ],
)
def test_what_is_asked_is_what_the_code_does(tmp_path: Path, more: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, "elsewhere.build(cfg)", name="thing", more=more) == expected
