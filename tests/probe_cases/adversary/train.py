"""Scripts that do more than construct and fit."""

import lightning as L
from models import SwitchedByACallback, SwitchedByTheScript


class TrainMode(L.Callback):
    def on_fit_start(self, trainer, pl_module):
        pl_module.bert.train()


def by_script(data):
    model = SwitchedByTheScript()
    model.bert.train()
    L.Trainer().fit(model, data)


def by_callback(data):
    trainer = L.Trainer(callbacks=[TrainMode()])
    model = SwitchedByACallback()
    trainer.fit(model, data)
