"""Fits and applies the model; the tests import it to do the same by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


def fit(rows: np.ndarray, penalty: float) -> dict[str, np.ndarray]:
    """Return the parameters of a model of the first column by the others."""
    scaler = StandardScaler().fit(rows[:, 1:])
    fitted = LogisticRegression(C=penalty, max_iter=2000).fit(scaler.transform(rows[:, 1:]), rows[:, 0])
    return {
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "weights": fitted.coef_[0],
        "bias": fitted.intercept_,
    }


def lines(model: dict[str, np.ndarray], features: np.ndarray) -> list[str]:
    """Return a line for each row: the probability of class 1."""
    logits = (features - model["mean"]) / model["scale"] @ model["weights"] + model["bias"]
    return [f"{p:.9f}" for p in 1 / (1 + np.exp(-logits))]


def load(path: Path) -> dict[str, np.ndarray]:
    """Read a model."""
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}
