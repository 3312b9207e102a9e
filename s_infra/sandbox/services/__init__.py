"""The services that the sandbox adds to its base or mends in it: a folder each, with `install(base)`."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base

# In the order of installation: a later one may wrap what an earlier one put in.
SERVICES = ("s3", "events", "sns", "sagemaker", "glue", "functions", "stepfunctions")


def install_all(base: Base) -> tuple[str, ...]:
    """Install each service whose folder exists; return their names. An error in one is raised, not hidden."""
    installed = []
    for name in SERVICES:
        module_name = f"{__name__}.{name}"
        spec = importlib.util.find_spec(module_name)
        if spec is None or spec.origin is None:
            continue
        importlib.import_module(module_name).install(base)
        installed.append(name)
    return tuple(installed)
