"""Has ready what a machine's tasks need while its first states run: clients, the library that tunes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import search
from s_infra.sandbox.services.stepfunctions import integrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s_infra.sandbox.services.stepfunctions.execution import Machine

TUNING = ("sagemaker", "CreateHyperParameterTuningJob")


class Preparation:
    """Done once for each revision of a machine, by a thread that nobody waits for."""

    def __init__(self, client_in: Callable[[str], Callable[[str], Any]]) -> None:
        self._client_in = client_in
        self._done: set[tuple[str, float]] = set()

    def begin(self, machine: Machine) -> None:
        """Prepare what the machine's tasks call, if that wasn't done before."""
        key = (machine.arn, machine.update_date)
        if key not in self._done:
            self._done.add(key)
            threading.Thread(target=self._prepare, args=(machine,), name="prepare", daemon=True).start()

    def _prepare(self, machine: Machine) -> None:
        calls = dict.fromkeys(_calls(machine.definition))
        client_of = self._client_in(machine.role_arn)
        for service, _ in calls:
            client_of(service)
        if TUNING in calls:
            search.load()


def _calls(part: Any) -> Iterator[tuple[str, str]]:
    """Yield service and operation of each task in a definition or a part of one."""
    if isinstance(part, dict):
        resource = part.get("Resource")
        integration = integrations.find(resource) if isinstance(resource, str) else None
        if integration is not None:
            yield integration.service, integration.operation
        for value in part.values():
            yield from _calls(value)
    elif isinstance(part, list):
        for value in part:
            yield from _calls(value)
