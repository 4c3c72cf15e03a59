"""Stand-ins for PEFT adapters: a local folder is read for real, any other name is a LoRA adapter with its defaults."""

from __future__ import annotations

import os
import sys
from typing import Any

from safetensors.torch import save_file

from .standin import StandIns


def install(stand_ins: StandIns) -> None:
    """Redirect `PeftModel.from_pretrained`, once the user's code has imported peft; in this process only."""
    peft = sys.modules.get("peft")
    if peft is None or "adapter" in stand_ins.real or not hasattr(peft, "PeftModel"):
        return
    stand_ins.real["adapter"] = peft.PeftModel.from_pretrained.__func__

    def from_pretrained(cls: Any, model: Any, model_id: Any, *arguments: Any, **options: Any) -> Any:
        name = model_id
        path = stand_ins.folder_with(("adapter_config.json",), name)
        if path is None and stand_ins.real_weights:
            path = name
        elif path is None:
            path = write_adapter(peft, stand_ins, os.fspath(name))
            for key in ("revision", "token", "cache_dir", "subfolder"):
                options.pop(key, None)
        return stand_ins.real["adapter"](cls, model, path, *arguments, **options)

    peft.PeftModel.from_pretrained = classmethod(from_pretrained)


def write_adapter(peft: Any, stand_ins: StandIns, name: str) -> str:
    """A folder with the configuration of a LoRA adapter and no weights: peft then initialises them."""
    path = os.path.join(stand_ins.folder, "adapter--" + name.replace("/", "--"))
    os.makedirs(path, exist_ok=True)
    peft.LoraConfig(target_modules="all-linear").save_pretrained(path)
    save_file({}, os.path.join(path, "adapter_model.safetensors"), metadata={"format": "pt"})
    fact = {"checkpoint": name, "class": "PeftModel", "model_type": "LoRA adapter", "how": "assumed", "shrunk": "",
            "dropped_arguments": []}  # fmt: skip
    if fact not in stand_ins.adapters:
        stand_ins.adapters.append(fact)
    return path
