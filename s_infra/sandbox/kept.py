"""What of a sandbox's data outlives a stop when that is asked for, and where it lies."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

OBJECTS = "s3"
BASE_STATE = "state"
OWN_STATE = "kept"
DATABASES = "rds"
KEPT = (OBJECTS, BASE_STATE, OWN_STATE, DATABASES)
# Written at the end of a clean stop: what the next start has to be like, and what was lost.
MARK = "stopped.json"


def read(data: Path, name: str) -> Any:
    """Return what was kept under that name, or None."""
    try:
        return json.loads((data / OWN_STATE / f"{name}.json").read_text())
    except FileNotFoundError:
        return None


def write(data: Path, name: str, content: object) -> None:
    """Keep `content` under that name, whole or not at all."""
    folder = data / OWN_STATE
    folder.mkdir(exist_ok=True)
    partial = folder / f"{name}.partial"
    partial.write_text(json.dumps(content))
    partial.rename(folder / f"{name}.json")


def is_there(data: Path) -> bool:
    """Tell whether something was kept below a sandbox's data."""
    return any((data / part).is_dir() for part in KEPT)


def clear_scratch(data: Path) -> None:
    """Remove all but what is kept: images and jobs' folders of the time before."""
    for entry in data.glob("*"):
        if entry.name in (*KEPT, MARK):
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
