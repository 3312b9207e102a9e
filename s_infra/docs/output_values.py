"""The values of a module's outputs, from `terraform output -json` or a file with what it printed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from s_infra.docs.model import Value


def output_values(directory: str, file: str) -> dict[str, tuple[Value, bool]]:
    """Return each output's value and whether it is sensitive.

    They come from `file`, a path from where the command runs; without one from `terraform` in `directory`.
    """
    text = _from_file(Path(file)) if file else _from_terraform(directory)
    try:
        raw = json.loads(text)
        return {name: (entry["value"], bool(entry["sensitive"])) for name, entry in raw.items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise SInfraError(
            "the outputs' values are not what `terraform output -json` prints",
            which=file or str(directory),
        ) from error


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SInfraError(f"can't read the outputs' values: {error}", which=str(path)) from error


def _from_terraform(directory: str) -> str:
    try:
        done = subprocess.run(
            ["terraform", "output", "-json"], cwd=directory, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise SInfraError(
            "there is no `terraform` on the PATH to ask for the outputs' values",
            which=str(directory),
            next_step="save what `terraform output -json` prints and name it with --output-values-from",
        ) from error
    if done.returncode:
        raise SInfraError(f"terraform output failed: {done.stderr.strip()}", which=str(directory))
    return done.stdout
