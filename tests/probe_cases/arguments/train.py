"""A script that constructs and trains."""

import argparse

import lightning as L
from models import CalledElsewhere, CalledInTwoWays, CalledWithAParser, NeedsANameThatACallGives


def main(limit=3):
    kept = {}
    kept["freeze"] = bool(limit < 2)
    model = CalledElsewhere(**kept)
    L.Trainer(max_epochs=limit).fit(model)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--freeze", action="store_true")
    parser.add_argument("--harvested_width", type=int, default=3)
    options = parser.parse_args()
    L.Trainer().fit(CalledWithAParser(options.freeze))
    L.Trainer().fit(CalledInTwoWays(freeze=False))
    L.Trainer().fit(NeedsANameThatACallGives(model_name="google-bert/bert-base-uncased"))
