"""The services that the sandbox adds to its base or mends in it: a folder each, with `install(base)`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base

# In the order of installation: a later one may wrap what an earlier one put in.
SERVICES = (
    "s3",
    "kms",
    "logs",
    "ecr",
    "events",
    "sns",
    "sagemaker",
    "glue",
    "functions",
    "stepfunctions",
    "ec2",
    "secretsmanager",
    "rds",
    "cloudwatch",
    "schedules",
    "codebuild",
)


def install_all(base: Base) -> tuple[str, ...]:
    """Install each service; return their names."""
    for name in SERVICES:
        importlib.import_module(f"{__name__}.{name}").install(base)
    return SERVICES
