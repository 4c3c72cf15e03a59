"""What Hydra composes: `_self_` without a word, groups, packages, overrides, what is not there. Needs hydra-core."""

import tempfile
from pathlib import Path

import hydra
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

FILES = {
    "model/small.yaml": "size: 1\nopt:\n  lr: ${lr}\n",
    "model/large.yaml": "defaults:\n  - small\n  - _self_\nsize: 9\n",
    "data/text.yaml": "batch: 4\n",
    "extra.yaml": "seed: 1\nlr: 5\n",
    "experiment/all.yaml": "# @package _global_\nmodel:\n  size: 7\n",
    "net/inner.yaml": "defaults:\n  - /model: small\n  - _self_\ndepth: 2\n",
    "net/shared.yaml": "# @package _global_\ndefaults:\n  - /model: small\n  - _self_\ndepth: 2\n",
    "part/whole.yaml": "defaults:\n  - text/small\n  - /model/small\n  - _self_\n",
    "part/text/small.yaml": "kind: text\n",
    "experiment/big.yaml": "# @package _global_\ndefaults:\n  - override /model: large\nlr: 3\n",
}
MAIN = [
    "defaults:\n  - model: small\n  - _self_\nlr: 2\n",
    "defaults:\n  - model: large\nlr: 2\n",
    "defaults:\n  - /model: small\nmodel:\n  size: 3\nlr: 2\n",
    "defaults:\n  - _self_\n  - model: small\nmodel:\n  size: 3\nlr: 2\n",
    "defaults:\n  - model@net.first: small\n  - extra\n",
    "defaults:\n  - model: small\n  - experiment: all\n  - optional data: null\nlr: 2\n",
    "defaults:\n  - model: small\n  - override model: large\nlr: 2\n",
    "defaults:\n  - model: small\n  - experiment: big\nlr: 2\n",
    "defaults:\n  - experiment: big\n  - model: small\nlr: 2\n",
    "defaults:\n  - optional local: mine\nlr: 2\n",
    "defaults:\n  - data: [text]\nname: ${data.batch}\n",
    "defaults:\n  - nowhere\nlr: 2\n",
    "defaults:\n  - net: inner\nlr: 2\n",
    "defaults:\n  - net@deep.er: inner\nlr: 2\n",
    "defaults:\n  - net: shared\nlr: 2\n",
    "defaults:\n  - model@net.first: small\n  - override model@net.first: large\nlr: 2\n",
    "defaults:\n  - part: whole\nlr: 2\n",
    "defaults:\n  - part/text/small\n  - part/text: small\n",
]
ADDED = [
    ("defaults:\n  - model: small\nlr: 2\n", "+experiment=big"),
    ("lr: 2\n", "+experiment=alone"),
    ("lr: 2\n", "+experiment/deep=alone"),
]
FILES["experiment/alone.yaml"] = (
    "# @package _global_\ndefaults:\n  - /model: small\n  - /data@model.data: text\nlr: 4\n"
)
FILES["experiment/deep/alone.yaml"] = FILES["experiment/alone.yaml"]
print("hydra", hydra.__version__)
for text, *added in [*((text,) for text in MAIN), *ADDED]:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**FILES, "train.yaml": text}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        print(text.replace("\n", "; "), *added)
        try:
            with initialize_config_dir(folder, version_base=None):
                print("   ", OmegaConf.to_container(compose("train", added), resolve=True))
        except Exception as error:  # noqa: BLE001
            print("   ", type(error).__name__, str(error).splitlines()[0].replace(folder, "FOLDER"))
