"""Loads a function's modules as Lambda does, from its own folder, for the tests beside it."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

FUNCTIONS = Path(__file__).parent
SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "PIPELINE": "demo",
    "TRAIN_PREFIX": "train/",
    "SCORE_PREFIX": "score/",
    "TRAINING_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:demo-training",
    "SCORING_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:demo-scoring",
    "METADATA_STORE": "demo-metadata-store-123456789012",
    "METADATA_PREFIX": "",
    "QUARANTINE_PREFIX": "quarantine/",
    "QUARANTINE_ERRORS": "TableError,BadInputError",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:demo-notifications",
}
OWN_MODULES = ("core", "handler", "quarantine")


@pytest.fixture
def function(request: pytest.FixtureRequest) -> Path:
    """The folder of the function that the test stands beside."""
    return Path(request.path).parent.parent


@pytest.fixture
def load(function: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the function, with its settings in the environment."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(function))
    for name in OWN_MODULES:
        sys.modules.pop(name, None)
    yield importlib.import_module
    for name in OWN_MODULES:
        sys.modules.pop(name, None)


@pytest.fixture
def recorded(function: Path) -> Callable[[str], dict[str, Any]]:
    """Reads a recorded event of the function by its file's name."""

    def read(name: str) -> dict[str, Any]:
        event: dict[str, Any] = json.loads((function / f"tests/data/events/{name}.json").read_text())
        return event

    return read
