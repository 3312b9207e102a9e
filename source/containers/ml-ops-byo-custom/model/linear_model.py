"""The model as it is stored and served: numbers in JSON, so that loading it can't run anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class LinearModel:
    """A model on standardised features: `means`, `scales`, `weights` (columns each) and a bias.

    `problem` is "classification", its sum the logit of class 1, or "regression", its sum the answer.
    """

    means: np.ndarray
    scales: np.ndarray
    weights: np.ndarray
    bias: float
    problem: str = "classification"

    def values(self, features: np.ndarray) -> np.ndarray:
        """Return the weighted sum (n) of features (n, columns)."""
        return ((features - self.means) / self.scales) @ self.weights + self.bias

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the probability (n) of the target being 1 for features (n, columns)."""
        return 1.0 / (1.0 + np.exp(-np.clip(self.values(features), -700, 700)))

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(
                {
                    "means": self.means.tolist(),
                    "scales": self.scales.tolist(),
                    "weights": self.weights.tolist(),
                    "bias": float(self.bias),
                    "problem": self.problem,
                }
            )
        )

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Read a model that `save` wrote."""
        stored = json.loads(path.read_text())
        return cls(
            means=np.asarray(stored["means"], dtype=float),
            scales=np.asarray(stored["scales"], dtype=float),
            weights=np.asarray(stored["weights"], dtype=float),
            bias=float(stored["bias"]),
            problem=str(stored["problem"]),
        )
