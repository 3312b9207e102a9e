"""The sandbox's own addresses for faults: one to show and to add them, one to take all back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox import gate
from s_infra.sandbox.faults.calls import MODELS
from s_infra.sandbox.faults.fault import parsed
from s_infra.sandbox.gate.naming import ALSO_SIGNED
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.faults.registry import Faults

PATH, CLEAR_PATH = "/_s_infra/faults", "/_s_infra/faults/clear"


def install(base: Base) -> None:
    """Answer at the addresses."""
    base.add_page(PATH, base.faults.shown)
    base.add_command(PATH, lambda given: added(base.faults, given))
    base.add_command(CLEAR_PATH, lambda _: cleared(base.faults))


def cleared(faults: Faults) -> Mapping[str, object]:
    """Take all faults back."""
    faults.clear()
    return {}


def added(faults: Faults, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Add a fault; return it with its number.

    Raises:
        UnknownFaultError: it can't be.
    """
    fault = parsed(given, operations())
    return {"id": faults.add(fault), **fault.described()}


def operations() -> dict[str, Sequence[str]]:
    """Return the operations that can be called in the sandbox, by service."""
    found: dict[str, Sequence[str]] = {}
    for service in sorted(gate.SERVICES):
        if service in gate.CARRIED:
            found[service] = sorted(gate.CARRIED[service])
            continue
        models = (MODELS.get(service, service), *ALSO_SIGNED.get(service, ()))
        names = {name for model in models for name in service_model(model).operation_names}
        found[service] = sorted(names)
    return found
