"""Evidence written by hand, and what is said about it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import Claim, ProbeRequest, Strength, VerdictStatus
from lintlight.probe.verdict import judge
from tests.truth.claims import CLAIMS

REQUEST = ProbeRequest(Path("m.py"), "Net", "bert", Claim.TRAINED_IN_EVAL)


def moment(when: str = "epoch 0 step 0", **changes: Any) -> dict[str, Any]:
    return {
        "when": when,
        "modules": 48,
        "eval": 48,
        "eval_learning": changes.get("eval", 48),
        "parameters": 39,
        "requires_grad": 39,
        "in_optimizer": 39,
        **changes,
    }


def effect(**changes: Any) -> dict[str, Any]:
    return {"delta": 2.9, "delta_eval": 0.0, "drew_found": False, "drew_train": True, **changes}


def evidence(*moments: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A class that fitted strictly, with one part that is dropout in eval mode unless the changes say otherwise."""
    switches = {"dropout_modules": 7, "dropout_off": 7, "p": [0.1], "functional": [], "batch_norms": 0,
                "batch_norms_off": 0, "checkpointing": False}  # fmt: skip
    target = {"exists": True, "type": "BertModel", "snapshots": list(moments) or [moment()], "reached": None,
              "got_gradient": 39}  # fmt: skip
    fit = {"how": "strict", "failure": None, "steps_seen": 6, "step_ran": True, "step_error": None, "hooks_failed": [],
           "step_sets_mode": False, "unfreezes": False, "waits": False, "gradients": 41, "detaches": False,
           "optimizes_all": True}  # fmt: skip
    made = {"checkpoint": "bert", "model_type": "bert", "how": "local", "shrunk": ""}
    return {
        "fit": {**fit, **changes.pop("fit", {})},
        "targets": {
            "bert": {**target, "switches": {**switches, **changes.pop("switches", {})}, **changes.pop("target", {})}
        },
        "effects": {
            "bert": {
                "measured": [effect(**changes.pop("effect", {}))],
                "idle": changes.pop("idle", 0),
                "error": None,
            }
        },
        "pretrained": [{**made, **changes.pop("made", {})}],
        "arguments": [],
        "ended": "finished",
        **changes,
    }


def test_eval_and_dropout_off_is_confirmed() -> None:
    verdict = judge(REQUEST, evidence())
    assert (verdict.status, verdict.strength) == (VerdictStatus.CONFIRMED, Strength.FULL)
    assert verdict.reason == (
        "at the first training_step 48 of 48 submodules of `bert` are in eval mode; its output in the mode found "
        "differs from train mode by 2.9 under the same seed, so dropout (p=0.1, 7 modules) is off"
    )
    assert verdict.hint == ""


def test_nothing_that_eval_turns_off_is_harmless() -> None:
    seen = evidence(effect={"delta": 0.0, "drew_train": False}, switches={"dropout_off": 0, "dropout_modules": 0})
    assert judge(REQUEST, seen).status is VerdictStatus.HARMLESS


@pytest.mark.parametrize(
    ("inputs", "step_ran", "status"),
    [
        ("training step", True, VerdictStatus.HARMLESS),
        ("training step", False, VerdictStatus.CONFIRMED),
        ("made up", True, VerdictStatus.NOT_PROBED),
        ("made up", False, VerdictStatus.NOT_PROBED),
    ],
)
def test_dropout_that_nothing_ran_is_not_harmless(inputs: str, step_ran: bool, status: VerdictStatus) -> None:
    same = {"delta": 0.0, "drew_train": False, "inputs": inputs}
    verdict = judge(REQUEST, evidence(effect=same, idle=3, fit={"step_ran": step_ran}))
    assert verdict.status is status, verdict.reason
    assert verdict.strength is not Strength.FULL or status is VerdictStatus.HARMLESS
    assert judge(REQUEST, evidence(effect=same, fit={"step_ran": step_ran})).status is VerdictStatus.HARMLESS


def test_random_numbers_are_the_second_witness() -> None:
    assert judge(REQUEST, evidence(effect={"delta": None})).status is VerdictStatus.CONFIRMED


def test_dropout_of_one_draws_nothing_and_is_still_seen() -> None:
    assert judge(REQUEST, evidence(effect={"drew_train": False})).status is VerdictStatus.CONFIRMED


def test_a_difference_as_small_as_the_noise_of_a_device_is_none() -> None:
    seen = {"delta": 3e-6, "noise": 2e-6, "largest": 1.0, "drew_train": False}
    assert judge(REQUEST, evidence(effect=seen)).status is VerdictStatus.HARMLESS
    assert judge(REQUEST, evidence(effect={**seen, "delta": 0.2})).status is VerdictStatus.CONFIRMED
    assert judge(REQUEST, evidence(effect={**seen, "drew_train": True})).status is VerdictStatus.CONFIRMED


def test_a_module_that_changes_from_forward_to_forward_is_not_judged_by_its_output() -> None:
    seen = {"delta": 0.5, "noise": 0.4, "largest": 1.0, "drew_train": False}
    verdict = judge(REQUEST, evidence(effect=seen))
    assert verdict.status is VerdictStatus.NOT_PROBED
    assert "two forwards of it in the same mode differ by 0.4" in verdict.reason
    assert judge(REQUEST, evidence(effect={**seen, "drew_train": True})).status is VerdictStatus.CONFIRMED


def test_dropout_inside_attention_is_told() -> None:
    seen = {"draws": {"_scaled_dot_product_flash_attention": 12, "native_dropout": 3}}
    reason = judge(REQUEST, evidence(effect=seen)).reason
    assert "so dropout (p=0.1, 7 modules) and dropout inside 12 attention kernels is off" in reason


def test_gradient_checkpointing_is_lost_though_the_output_is_the_same() -> None:
    seen = evidence(effect={"delta": 0.0, "drew_train": False}, switches={"checkpointing": True})
    assert judge(REQUEST, seen).status is VerdictStatus.CONFIRMED


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([{"name": "pretrained", "source": "default"}], VerdictStatus.NOT_PROBED),
        (
            [{"name": "pretrained", "source": "default"}, {"name": "lr", "source": "immaterial"}],
            VerdictStatus.NOT_PROBED,
        ),
        ([{"name": "pretrained", "source": "default"}, {"name": "lr", "source": "call"}], VerdictStatus.REFUTED),
        (
            [
                {"name": "pretrained", "source": "default"},
                {"name": "size", "source": "harvested", "place": "train.py:3"},
            ],
            VerdictStatus.REFUTED,
        ),
        ([], VerdictStatus.REFUTED),
    ],
)
def test_what_the_defaults_do_not_load_is_not_refuted(arguments: list[dict[str, Any]], status: VerdictStatus) -> None:
    in_train = moment(eval=0, eval_learning=0)
    seen = evidence(in_train, target={"from_pretrained": False}, arguments=arguments)
    assert judge(REQUEST, seen).status is status
    loaded = evidence(in_train, target={"from_pretrained": True}, arguments=arguments)
    assert judge(REQUEST, loaded).status is VerdictStatus.REFUTED


def test_train_mode_is_refuted() -> None:
    verdict = judge(REQUEST, evidence(moment(eval=0)))
    assert (verdict.status, verdict.strength) == (VerdictStatus.REFUTED, Strength.FULL)
    assert verdict.reason == "at the first training_step 48 of 48 submodules of `bert` are in train mode"


def test_a_mode_set_in_the_step_counts_from_the_first_forward_on() -> None:
    seen = evidence(target={"reached": {**moment(eval=0), "grad_enabled": True}})
    assert judge(REQUEST, seen).status is VerdictStatus.REFUTED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"requires_grad": 0}, "requires a gradient"),
        ({"in_optimizer": 0}, "is in an optimizer"),
    ],
)
def test_what_does_not_learn_is_refuted(changes: dict[str, int], why: str) -> None:
    verdict = judge(REQUEST, evidence(moment(**changes)))
    assert verdict.status is VerdictStatus.REFUTED
    assert why in verdict.reason


def test_a_forward_without_gradients_is_refuted() -> None:
    target = {"reached": {**moment(), "grad_enabled": False}, "got_gradient": 0}
    seen = evidence(moment(), moment("epoch 0 step 1"), target=target)
    assert judge(REQUEST, seen).reason == "`bert` does not learn: it runs without gradients in training_step"


def test_what_begins_to_learn_later_is_judged_there() -> None:
    seen = evidence(moment(requires_grad=0), moment("epoch 1 step 0"))
    verdict = judge(REQUEST, seen)
    assert verdict.status is VerdictStatus.CONFIRMED
    assert verdict.reason.startswith("at epoch 1 step 0, where it begins to learn, 48 of 48 submodules")


def test_what_may_begin_to_learn_after_the_probe_is_not_refuted() -> None:
    seen = evidence(moment(requires_grad=0), fit={"unfreezes": True})
    assert judge(REQUEST, seen).status is VerdictStatus.NOT_PROBED


def test_a_hook_that_comes_too_late_is_told() -> None:
    seen = evidence(moment(), moment("epoch 0 step 1", eval=0))
    assert "(in train mode only from epoch 0 step 1 on)" in judge(REQUEST, seen).reason


@pytest.mark.parametrize("code", ["LL101", "LL103", "LL104", "LL201", "LL301", "LL302", "LL303", "LL304"])
@pytest.mark.parametrize(
    "changes",
    [
        {"made": {"how": "name"}},
        {"arguments": [{"name": "encoder", "value": "?", "source": "made up"}]},
    ],
)
def test_guesses_neither_confirm_nor_refute(code: str, changes: dict[str, Any]) -> None:
    for part in (moment(), moment(eval=0)):
        verdict = judge(replace(REQUEST, claim=CLAIMS[code]), evidence(part, **changes))
        assert verdict.status is VerdictStatus.NOT_PROBED
        assert verdict.hint


def test_a_default_configuration_does_not_make_an_effect_certain() -> None:
    verdict = judge(REQUEST, evidence(made={"how": "table"}))
    assert (verdict.status, verdict.strength) == (VerdictStatus.CONFIRMED, Strength.DEFAULT_CONFIG)
    assert verdict.reason.endswith("(`bert` stood in for: bert with its default configuration)")


@pytest.mark.parametrize("how", ["local", "table"])
def test_assumed_arguments_are_told_at_every_strength(how: str) -> None:
    harvested = [{"name": "lr", "value": "1", "source": "harvested"}]
    verdict = judge(REQUEST, evidence(made={"how": how}, arguments=harvested))
    assert (verdict.status, verdict.strength) == (VerdictStatus.CONFIRMED, Strength.ASSUMED)
    assert verdict.reason.endswith(" (`lr` assumed)")


def test_a_tolerant_fit_never_takes_a_finding_out_of_the_exit_code() -> None:
    assert judge(REQUEST, evidence(moment(eval=0), fit={"how": "tolerant"})).strength is Strength.TOLERANT


def test_a_failed_hook_that_sets_a_mode_decides_nothing() -> None:
    failed = {"stage": "on_fit_start", "type": "KeyError", "message": "'x'", "sets_mode": True}
    verdict = judge(REQUEST, evidence(fit={"hooks_failed": [failed]}))
    assert verdict.reason == "`on_fit_start` sets a mode and failed: KeyError: 'x'"


@pytest.mark.parametrize(
    ("seen", "reason", "hint"),
    [
        (
            {"stage": "construct", "ended": "timeout"},
            "constructing `Net` took longer than the time limit",
            "make it shorter, or raise `timeout` in [tool.lintlight.probe]",
        ),
        (
            {"stage": "import", "ended": "signal 11"},
            "importing the file of `Net` ended the process with signal 11",
            "run that part by itself: compiled code crashes in it",
        ),
        (
            {"stage": "import", "ended": "exit 3"},
            "importing the file of `Net` ended the process (exit 3)",
            "keep calls that end the process out of the module",
        ),
        (
            {
                "failure": {"stage": "import", "type": "ModuleNotFoundError", "message": "no", "name": "cv2"},
                "python": "py",
            },
            "cannot import `cv2`",
            "install `opencv-python` for py, or give another interpreter with --python",
        ),
        (
            {
                "failure": {
                    "stage": "import",
                    "type": "ImportError",
                    "message": "cannot import name 'AdamW' from 'transformers'",
                    "name": "transformers",
                }
            },
            "`Net` imports what this version of `transformers` does not have: cannot import name 'AdamW' from "
            "'transformers'",
            "give an interpreter with the version of `transformers` that the project asks for, with --python",
        ),
        (
            {"failure": {"stage": "construct", "type": "MissingArguments", "message": "", "names": ["a", "b"]}},
            "`Net` needs `a`, `b`",
            "give --init a=VALUE --init b=VALUE",
        ),
        (
            {"failure": {"stage": "construct", "type": "KeyError", "message": "'lr'", "file": "/x/m.py", "row": 7}},
            "constructing `Net` raised KeyError: 'lr' (m.py:7)",
            "give the arguments that it needs with --init NAME=VALUE",
        ),
        (
            {"failure": {"stage": "start", "type": "ImportError", "message": "no", "name": "torch"}, "python": "py"},
            "py has no torch",
            "give the project's interpreter with --python",
        ),
    ],
)
def test_what_stopped_says_why_and_what_to_do(seen: dict[str, Any], reason: str, hint: str) -> None:
    verdict = judge(REQUEST, seen)
    assert (verdict.status, verdict.reason, verdict.hint) == (VerdictStatus.NOT_PROBED, reason, hint)


def test_one_heir_does_not_refute_for_all() -> None:
    verdict = judge(REQUEST, evidence(moment(eval=0), heir="Concrete"))
    assert (verdict.status, verdict.strength) == (VerdictStatus.REFUTED, Strength.ASSUMED)
    assert verdict.reason.endswith(" (as its heir `Concrete`; other heirs may differ)")


@pytest.mark.parametrize(("module", "package"), [("Bio", "biopython"), ("git", "GitPython"), ("wandb", "wandb")])
def test_a_missing_module_is_named_by_its_package(module: str, package: str) -> None:
    failure = {"stage": "import", "type": "ModuleNotFoundError", "message": "no", "name": module}
    assert judge(REQUEST, {"failure": failure, "python": "py"}).hint.startswith(f"install `{package}` for py")


GIVE = "give --init a=VALUE"


@pytest.mark.parametrize(
    ("tried", "said", "hint"),
    [
        (
            {"type": "ModuleNotFoundError", "message": "No module named 'wandb'", "name": "wandb"},
            "; `train.py:22` constructs it, and raised ModuleNotFoundError: No module named 'wandb'",
            "install `wandb` for py, or give another interpreter with --python",
        ),
        (
            {"type": "FileNotFoundError", "message": "[Errno 2] No such file or directory: 'data/train.npy'"},
            "; `train.py:22` constructs it, and raised FileNotFoundError: [Errno 2] No such file or directory: "
            "'data/train.npy'",
            "put `data/train.npy` where it looks for it, or name it by its whole path",
        ),
        (
            {"type": "ConnectionError", "message": "Couldn't reach 'glue' on the Hub (OfflineModeIsEnabled)"},
            "; `train.py:22` constructs it, and raised ConnectionError: Couldn't reach 'glue' on the Hub "
            "(OfflineModeIsEnabled)",
            "put what it loads on this machine, or load it later than that",
        ),
        ({"type": "KeyError", "message": "'lr'"}, "; `train.py:22` constructs it, and raised KeyError: 'lr'", GIVE),
        ({"type": "KeyError", "message": "'lr'", "from": "test_train.py:22"}, "", GIVE),
        ({"type": "KeyError", "message": "'lr'", "from": "made up"}, "", GIVE),
        ({"type": "NotThisCall", "message": "the call in train.py:22 is of another class"}, "", GIVE),
    ],
)
def test_what_the_projects_own_call_raised_is_told(tried: dict[str, str], said: str, hint: str) -> None:
    attempts = [{"stage": "call", "from": "train.py:22", **tried}]
    failure = {"stage": "construct", "type": "MissingArguments", "message": "", "names": ["a"], "tried": attempts}
    verdict = judge(REQUEST, {"failure": failure, "python": "py"})
    assert (verdict.reason, verdict.hint) == ("`Net` needs `a`" + said, hint)


GUESSED = [
    {"name": "width", "value": "16", "source": "made up"},
    {"name": "config", "value": "{}", "source": "made up", "settings": ["task", "vocabulary.size"]},
]


def test_made_up_arguments_are_named_where_they_may_be_the_cause() -> None:
    told = "it was given made-up `width`, `config.task`, `config.vocabulary.size`"
    failure = {"stage": "construct", "type": "KeyError", "message": "'lr'"}
    verdict = judge(REQUEST, {"failure": failure, "arguments": GUESSED})
    assert verdict.reason == f"constructing `Net` raised KeyError: 'lr' ({told})"
    hook = {"stage": "setup", "type": "ValueError", "message": "no", "sets_mode": False}
    seen = evidence(target={"snapshots": []}, arguments=GUESSED, fit={"hooks_failed": [hook]})
    verdict = judge(REQUEST, seen)
    assert verdict.reason.endswith(f" ({told}; `setup` failed: ValueError: no)")


FAILED = {"stage": "configure_optimizers", "type": "E", "message": "x", "sets_mode": False}


@pytest.mark.parametrize(
    ("seen", "status", "strength"),
    [
        (evidence(moment(eval=6, eval_learning=0)), VerdictStatus.REFUTED, Strength.FULL),
        (evidence(moment(eval=0), moment("epoch 1 step 0")), VerdictStatus.REFUTED, Strength.TOLERANT),
        (evidence(target={"got_gradient": 0}), VerdictStatus.REFUTED, Strength.TOLERANT),
        (evidence(target={"got_gradient": 0}, fit={"gradients": 0}), VerdictStatus.CONFIRMED, Strength.FULL),
        (
            evidence(moment(requires_grad=0, eval_learning=0), moment("epoch 1 step 0"), target={"got_gradient": 0}),
            VerdictStatus.CONFIRMED,
            Strength.FULL,
        ),
        (evidence(fit={"detaches": True}), VerdictStatus.CONFIRMED, Strength.FULL),
        (evidence(fit={"detaches": True, "step_ran": False}), VerdictStatus.NOT_PROBED, Strength.FLAGS_ONLY),
        (evidence(set_outside=["train.py:3"]), VerdictStatus.NOT_PROBED, Strength.FLAGS_ONLY),
        (evidence(fit={"hooks_failed": [FAILED]}), VerdictStatus.CONFIRMED, Strength.FULL),
        (
            evidence(fit={"hooks_failed": [FAILED], "optimizes_all": False}),
            VerdictStatus.NOT_PROBED,
            Strength.FLAGS_ONLY,
        ),
        (
            evidence(moment(in_optimizer=0), fit={"hooks_failed": [{**FAILED, "optimizers": 1}]}),
            VerdictStatus.NOT_PROBED,
            Strength.FLAGS_ONLY,
        ),
    ],
    ids=[
        "only what is frozen",
        "later",
        "no gradient",
        "no gradient anywhere",
        "unfrozen later",
        "detached elsewhere",
        "perhaps detached",
        "outside",
        "all",
        "unknown which",
        "not in the one that was made",
    ],
)
def test_what_may_not_decide(seen: dict[str, Any], status: VerdictStatus, strength: Strength) -> None:
    verdict = judge(REQUEST, seen)
    assert (verdict.status, verdict.strength) == (status, strength), verdict.reason


def steps(**changes: Any) -> dict[str, Any]:
    return {"batches": 8, "automatic": False, "optimizer_steps": 8, "global_step": 0, "checkpoints": 0, "moved": 2,
            "uncounted_batches": 8, "failure": None, **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, VerdictStatus.CONFIRMED),
        ({"global_step": 8, "checkpoints": 8, "uncounted_batches": 0}, VerdictStatus.REFUTED),
        ({"global_step": 4, "checkpoints": 4, "uncounted_batches": 4}, VerdictStatus.NOT_PROBED),
        ({"global_step": 4, "checkpoints": 4, "uncounted_batches": 0}, VerdictStatus.REFUTED),
        ({"optimizer_steps": 0, "moved": 0}, VerdictStatus.NOT_PROBED),
        ({"optimizer_steps": 0, "moved": 0, "automatic": True}, VerdictStatus.NOT_PROBED),
        ({"automatic": True, "failure": {"type": "RuntimeError", "message": "x"}}, VerdictStatus.NOT_PROBED),
    ],
)
def test_steps(changes: dict[str, Any], status: VerdictStatus) -> None:
    assert judge(replace(REQUEST, claim=Claim.NO_STEP_COUNTS), evidence(steps=steps(**changes))).status is status


def roundtrip(**changes: Any) -> dict[str, Any]:
    return {"failure": None, "trained": True, "strict_loading": True, "tensors": 4, "missing": [], "missing_count": 0,
            "moved": 4, "resume": None, "restored": True, "lost": [], "lost_count": 0, "still_to_learn": [],
            "load_from_checkpoint": None,
            **changes}  # fmt: skip


KEYS = {"type": "RuntimeError", "message": "Missing key(s) in state_dict"}
EMPTIED = {"type": "KeyError", "message": "'pytorch-lightning_version'"}


@pytest.mark.parametrize(
    ("code", "changes", "status"),
    [
        ("LL301", {}, VerdictStatus.REFUTED),
        ("LL301", {"missing": ["vae.weight"], "missing_count": 1, "resume": KEYS}, VerdictStatus.CONFIRMED),
        ("LL301", {"resume": EMPTIED}, VerdictStatus.CONFIRMED),
        ("LL301", {"resume": {"type": "KeyError", "message": "'settings'"}}, VerdictStatus.NOT_PROBED),
        ("LL303", {"load_from_checkpoint": KEYS}, VerdictStatus.CONFIRMED),
        ("LL301", {"resume": {"type": "OSError", "message": "disk"}}, VerdictStatus.NOT_PROBED),
        ("LL302", {"lost": ["vae.weight"], "lost_count": 1}, VerdictStatus.CONFIRMED),
        ("LL302", {}, VerdictStatus.REFUTED),
        ("LL302", {"still_to_learn": ["vae.weight"]}, VerdictStatus.NOT_PROBED),
        ("LL302", {"moved": 0}, VerdictStatus.NOT_PROBED),
        ("LL302", {"moved": 0, "trained": False}, VerdictStatus.NOT_PROBED),
        ("LL302", {"restored": False, "resume": KEYS}, VerdictStatus.NOT_PROBED),
        ("LL304", {"strict_loading": False}, VerdictStatus.CONFIRMED),
        ("LL304", {"strict_loading": False, "missing": ["vae.weight"], "missing_count": 1}, VerdictStatus.REFUTED),
        ("LL304", {}, VerdictStatus.REFUTED),
        ("LL301", {"failure": {"type": "OSError", "message": "disk"}}, VerdictStatus.NOT_PROBED),
    ],
)
def test_checkpoints(code: str, changes: dict[str, Any], status: VerdictStatus) -> None:
    assert judge(replace(REQUEST, claim=CLAIMS[code]), evidence(checkpoint=roundtrip(**changes))).status is status


@pytest.mark.parametrize(
    ("counted", "status"), [(4, VerdictStatus.CONFIRMED), (8, VerdictStatus.REFUTED), (0, VerdictStatus.CONFIRMED)]
)
def test_some_steps_that_are_not_counted(counted: int, status: VerdictStatus) -> None:
    asked = ProbeRequest(Path("m.py"), "Classifier", "", Claim.NOT_EVERY_STEP_COUNTS)
    seen = steps(global_step=counted, uncounted_batches=0 if counted else 8)
    assert judge(asked, evidence(steps=seen)).status is status


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"left_in": 4}, VerdictStatus.CONFIRMED, "after validation 4 of 4 parameters of `Classifier` are not what"),
        ({}, VerdictStatus.REFUTED, "after validation every parameter of `Classifier` is what it was before"),
        ({"validations": 0}, VerdictStatus.NOT_PROBED, "training did not go on after a validation that calls"),
        ({"failure": {"type": "E", "message": "m"}}, VerdictStatus.NOT_PROBED, "calls `train(False)`: E: m"),
    ],
)
def test_weights_left_in_after_validation(changes: dict[str, Any], status: VerdictStatus, said: str) -> None:
    seen = {"parameters": 4, "left_in": 0, "validations": 1, "failure": None, **changes}
    told = judge(ProbeRequest(Path("m.py"), "Classifier", "", Claim.WEIGHTS_LEFT_IN), evidence(steps=seen))
    assert told.status is status
    assert said in told.reason
