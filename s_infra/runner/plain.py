"""Containers on a machine without namespaces: ordinary processes that are told where things lie.

SageMaker's own variables say it: SAGEMAKER_BASE_DIR for /opt/ml, SAGEMAKER_BIND_TO_PORT for port 8080.
"""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s_infra.runner.image import Image


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def located(image: Image, path: str) -> str:
    """Return where an absolute path of the image lies on this machine: in its laid-out root, or as it is."""
    inside = image.root / path.lstrip("/")
    return str(inside) if inside.exists() else path


def variables(image: Image, added: Mapping[str, str], base: Path, port: int) -> dict[str, str]:
    """Return the program's environment, paths of the image in it turned to where they lie."""
    own = image.variables(added)
    turned = {
        name: os.pathsep.join(
            located(image, part) if part.startswith("/") else part for part in value.split(":")
        )
        for name, value in own.items()
        if name in image.plan.environment or name == "PATH"
    }
    return {**own, **turned, "SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": str(port)}


def command(image: Image, arguments: tuple[str, ...]) -> list[str]:
    """Return the command line with its program looked up on the image's PATH."""
    first = located(image, arguments[0]) if arguments[0].startswith("/") else arguments[0]
    path = os.pathsep.join(located(image, part) for part in image.variables({})["PATH"].split(":"))
    # Not found: the name itself, so that the error names it.
    return [shutil.which(first, path=path) or first, *arguments[1:]]
