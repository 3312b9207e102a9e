#!/usr/bin/env python
# ruff: noqa: T201
"""The program that `docker run IMAGE train` starts."""

import json
from pathlib import Path

import model
import numpy as np

ML = Path("/opt/ml")

hyperparameters = json.loads((ML / "input/config/hyperparameters.json").read_text())
files = sorted((ML / "input/data/train").rglob("*.csv"))
rows = np.vstack([np.loadtxt(file, delimiter=",", ndmin=2) for file in files])
fitted = model.fit(rows, float(hyperparameters["penalty"]))
np.savez(ML / "model/model.npz", **fitted)
held_out = np.loadtxt(ML / "input/data/validation/held.csv", delimiter=",", ndmin=2)
probability = np.array([float(line) for line in model.lines(fitted, held_out[:, 1:])])
loss = -np.mean(np.log(np.where(held_out[:, 0] == 1, probability, 1 - probability)))
print(f"rows={len(rows)}")
print(f"validation:loss={loss:.9f};")
