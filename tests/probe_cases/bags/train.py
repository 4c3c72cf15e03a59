"""A script whose functions get from their callers what they construct with."""

import argparse

import hydra
import lightning as L
from models import CalledByAFunction, ComposedByHydra


def train(freeze, options):
    L.Trainer(max_epochs=options.max_epochs).fit(CalledByAFunction(freeze))


def start(options):
    train(options.option_width > 100, options)


@hydra.main(config_path="conf", config_name="main.yaml")
def composed(cfg):
    L.Trainer().fit(ComposedByHydra(cfg.model.freeze))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--option_width", type=int, default=3)
    parser.add_argument("--max_epochs", type=int, default=3)
    start(parser.parse_args())
    composed()
