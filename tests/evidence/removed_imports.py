"""Which modules and names of Lightning 1 cannot be imported any more, in any of the Lightning 2 that are installed.

Run `python -m tests.evidence.removed_imports > tests/evidence/removed_imports.out`. For an older one beside the
environment's own: `PYTHONPATH=FOLDER python -m tests.evidence.removed_imports pytorch_lightning`.
"""

import importlib
import sys
import warnings

MODULES = """
callbacks.base callbacks.gpu_stats_monitor callbacks.xla_stats_monitor core.decorators core.lightning core.memory
core.module lite loggers.base loggers.test_tube loops.base metrics metrics.functional
overrides.data_parallel plugins.training_type profiler profiler.base profilers strategies.dp strategies.sharded
trainer.connectors.checkpoint_connector trainer.data_loading trainer.supporters trainer.training_io
utilities.apply_func utilities.auto_restart utilities.cli utilities.cloud_io utilities.data utilities.device_parser
utilities.enums utilities.metrics utilities.seed utilities.xla_device
"""
NAMES = """
callbacks.Callback callbacks.GPUStatsMonitor callbacks.ProgressBarBase callbacks.XLAStatsMonitor
loggers.LightningLoggerBase loggers.TestTubeLogger plugins.ApexMixedPrecisionPlugin plugins.DDP2Plugin
plugins.DDPFullyShardedPlugin plugins.DDPPlugin plugins.DDPShardedPlugin plugins.DDPSpawnPlugin
plugins.DataParallelPlugin plugins.DeepSpeedPlugin plugins.HorovodPlugin plugins.NativeMixedPrecisionPlugin
plugins.SingleDevicePlugin plugins.TPUSpawnPlugin plugins.TrainingTypePlugin strategies.BaguaStrategy
strategies.CollaborativeStrategy strategies.DDP2Strategy strategies.DDPFullyShardedNativeStrategy
strategies.DDPFullyShardedStrategy strategies.DDPShardedStrategy strategies.DDPSpawnStrategy strategies.DDPStrategy
strategies.DataParallelStrategy strategies.HorovodStrategy strategies.TPUSpawnStrategy utilities.AMPType
utilities._APEX_AVAILABLE utilities.distributed.rank_zero_only utilities.rank_zero_only utilities.types.EPOCH_OUTPUT
utilities.types.STEP_OUTPUT
"""


def told(package: str, dotted: str) -> str:
    """What importing a module, or a name out of one, comes to."""
    owner, _, name = f"{package}.{dotted}".rpartition(".")
    try:
        if dotted in MODULES.split():
            importlib.import_module(f"{owner}.{name}")
        else:
            getattr(importlib.import_module(owner), name)
    except (ImportError, AttributeError) as error:
        return type(error).__name__
    return "known"


def main() -> None:
    """Print one line for each."""
    warnings.simplefilter("ignore")
    package = sys.argv[1] if len(sys.argv) > 1 else "lightning.pytorch"
    print(f"Lightning {importlib.import_module(package).__version__}")
    for dotted in sorted({*MODULES.split(), *NAMES.split()}):
        print(f"{dotted}: {told(package, dotted)}")


if __name__ == "__main__":
    main()
