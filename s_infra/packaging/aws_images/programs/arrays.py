"""NumPy arrays as the scikit-learn image takes and gives them where the script has no function for it."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"


class ContentTypeError(Exception):
    """A Content-Type or Accept that only a script's own function could deal with."""


def decode(body: bytes, content_type: str) -> Any:
    """Return the array of a request's body.

    One record of CSV, or one column, is an array of one dimension, as it is in the image.
    """
    name = content_type.partition(";")[0].strip().lower()
    if name == JSON:
        return np.array(json.loads(body)).astype(np.float32)
    if name == CSV:
        return np.genfromtxt(io.StringIO(body.decode()), delimiter=",").astype(np.float32)
    if name == NPY:
        return np.load(io.BytesIO(body), allow_pickle=False)
    raise ContentTypeError(f"the content type {content_type or '(none)'} has no default input_fn")


def encode(prediction: Any, accept: str) -> bytes:
    """Return a prediction as the body of an answer."""
    if accept == JSON:
        return json.dumps(np.asarray(prediction).tolist()).encode()
    out = io.BytesIO()
    if accept == CSV:
        np.savetxt(out, np.asarray(prediction), delimiter=",", fmt="%s")
    elif accept == NPY:
        np.save(out, np.asarray(prediction), allow_pickle=False)
    else:
        raise ContentTypeError(f"Accept {accept} has no default output_fn")
    return out.getvalue()
