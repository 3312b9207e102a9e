"""Where SageMaker's contract puts things in a container."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

# Without namespaces the sandbox says by this where /opt/ml lies.
BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
DATA = BASE / "input" / "data"
MODEL = BASE / "model"
OUTPUT = BASE / "output"
PORT = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))


def configuration(name: str) -> Any:
    """Return one of the files under input/config, `hyperparameters`."""
    return json.loads((BASE / "input" / "config" / f"{name}.json").read_text())


def fail(message: str) -> None:
    """Say why the training failed, where SageMaker looks for it; ends the program."""
    (OUTPUT / "failure").write_text(message)
    raise SystemExit(message)
