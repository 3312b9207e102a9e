"""What a container is tried with: a folder for each channel, hyperparameters, a request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from pathlib import Path

HYPERPARAMETERS = "hyperparameters.json"
REQUEST = "request"
TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".txt": "text/plain",
}
LAYOUT = "a folder for each channel (train/, validation/), request.csv and, if need be, hyperparameters.json"


@dataclass(frozen=True)
class Sample:
    """`channels` are folders by name; `request` is a body of /invocations with its `content_type`.

    `accept` is the type that the answer has to have.
    """

    channels: dict[str, Path]
    hyperparameters: dict[str, str]
    request: bytes
    content_type: str
    accept: str


def read(folder: Path, content_type: str | None = None, accept: str | None = None) -> Sample:
    """Read a sample's folder; types are by default those of the request's file.

    Raises:
        SInfraError: something is missing, or can't be read.
    """
    if not folder.is_dir():
        raise _incomplete("there is no sample to try the container with", folder)
    channels = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir()}
    if not channels:
        raise _incomplete("the sample has no channel to train on", folder)
    requests = sorted(path for path in folder.iterdir() if path.is_file() and path.stem == REQUEST)
    if len(requests) != 1:
        raise _incomplete("the sample has no request, or several", folder)
    known = content_type or TYPES.get(requests[0].suffix)
    if known is None:
        raise SInfraError(
            f"nobody knows the type of {requests[0].name}", which=str(folder), next_step="add --content-type"
        )
    hyperparameters = _hyperparameters(folder / HYPERPARAMETERS)
    return Sample(channels, hyperparameters, requests[0].read_bytes(), known, accept or known)


def _hyperparameters(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in content.items()}
    except (ValueError, AttributeError) as error:
        raise SInfraError(
            f"the hyperparameters aren't a JSON object: {error}",
            which=str(path),
            next_step='write {"name": "value"}',
        ) from error


def _incomplete(what: str, folder: Path) -> SInfraError:
    return SInfraError(what, which=str(folder), next_step=f"a sample is {LAYOUT}; name it with --sample")
