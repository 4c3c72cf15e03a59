"""How the project makes one of the classes, with a Trainer that Lightning 1 had."""

from argparse import ArgumentParser

import lightning as L
from models import KeepsItsOptions, MadeAfterAReturn

if __name__ == "__main__":
    parser = ArgumentParser()
    parser = L.Trainer.add_argparse_args(parser)
    parser.add_argument("--classes", type=int, default=4)
    parser.add_argument("--max_epochs", type=int, default=2)
    args = parser.parse_args()
    trainer = L.Trainer.from_argparse_args(args)
    trainer.fit(KeepsItsOptions(args))


def late(kind="a"):
    try:
        name = {"a": "b"}[kind]
    except KeyError:
        print("no such kind")
        return
    return MadeAfterAReturn(name)
