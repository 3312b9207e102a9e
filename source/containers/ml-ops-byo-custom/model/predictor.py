"""Answers SageMaker's two requests: `GET /ping` and `POST /invocations`."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
from flask import Flask, Response, request
from linear_model import LinearModel

MODEL = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model/model.json"

app = Flask(__name__)


@functools.cache
def model() -> LinearModel:
    """Return the model, read once a worker."""
    return LinearModel.load(MODEL)


@app.get("/ping")
def ping() -> Response:
    """Answer 200 when the model can be read."""
    model()
    return Response(status=200)


@app.post("/invocations")
def invocations() -> Response:
    """Answer a line for each line of features: class and probability of class 1, or the predicted value."""
    if request.mimetype != "text/csv":
        return Response(f"{request.mimetype or 'no content type'}: only text/csv is understood\n", status=415)
    expected = len(model().weights)
    try:
        features = np.array(
            [line.split(",") for line in request.get_data(as_text=True).splitlines()], dtype=float
        )
    except ValueError as error:
        return Response(f"not a table of numbers: {error}\n", status=400)
    if features.ndim != 2 or features.shape[1] != expected:
        return Response(f"shape {features.shape}: {expected} numbers a line are expected\n", status=400)
    if model().problem == "regression":
        lines = [f"{value:.6f}" for value in model().values(features)]
    else:
        lines = [f"{int(p >= 0.5)},{p:.6f}" for p in model().probabilities(features)]
    return Response("\n".join(lines) + "\n", mimetype="text/csv")
