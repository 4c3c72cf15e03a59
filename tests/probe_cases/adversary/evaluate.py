"""Modes that are set once the training is over."""

import lightning as L
from models import EvaluatedAfterwards


def fit_and_evaluate(data):
    model = EvaluatedAfterwards()
    trainer = L.Trainer()
    trainer.fit(model, data)
    model.eval()
    return model
