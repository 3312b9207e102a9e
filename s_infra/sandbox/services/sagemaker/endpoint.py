"""An endpoint: how it stands, and which of its variants' instances takes a request."""

from __future__ import annotations

import copy
import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.sagemaker.connections import Connections
    from s_infra.sandbox.services.sagemaker.instances import Instance

# How it stands while a thread is at work on it.
BUSY = frozenset({"Creating", "Updating", "RollingBack", "Deleting"})
LEAST_OUTSTANDING = "LEAST_OUTSTANDING_REQUESTS"


@dataclass(frozen=True)
class Variant:
    """A variant that takes requests: as its configuration has it (`settings`), with its weight now.

    `image` is the container's image with its digest.
    """

    settings: Mapping[str, Any]
    model: dict[str, Any]
    image: str
    weight: float
    instances: tuple[Instance, ...]

    @property
    def name(self) -> str:
        """The variant's name."""
        return str(self.settings["VariantName"])

    def take(self) -> tuple[Instance, Connections] | None:
        """Count a request in at one of the instances; None when none of them serves now."""
        order = random.sample(self.instances, len(self.instances))
        if self.settings.get("RoutingConfig", {}).get("RoutingStrategy") == LEAST_OUTSTANDING:
            order.sort(key=lambda one: one.taken)
        for instance in order:
            if (connections := instance.take()) is not None:
                return instance, connections
        return None


class Endpoint:
    """An endpoint of the sandbox. Several threads read it; one at a time works on it (`begin`).

    `tell` is called with its description whenever its status is set.
    """

    def __init__(
        self,
        name: str,
        arn: str,
        configuration: str,
        tell: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        now = time.time()
        self.name = name
        self.arn = arn
        self.forgotten = threading.Event()
        self._tell = tell
        self._lock = threading.Lock()
        self._variants: tuple[Variant, ...] = ()
        self._desired: Mapping[str, tuple[float, int]] = {}
        self._description: dict[str, Any] = {
            "EndpointName": name,
            "EndpointArn": arn,
            "EndpointConfigName": configuration,
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    @property
    def status(self) -> str:
        """The endpoint's status, `InService` for example."""
        return str(self._description["EndpointStatus"])

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants that take requests now; none before it is in service and after it is deleted."""
        return self._variants

    def begin(self, status: str, allowed: frozenset[str]) -> str | None:
        """Set a status if it stands at one of the allowed; return the one that forbids it, else None."""
        with self._lock:
            if self.status not in allowed:
                return self.status
            self._change({"EndpointStatus": status})
        self._say()
        return None

    def update(self, **fields: Any) -> None:
        """Change fields of the description; one that is None is taken out."""
        with self._lock:
            self._change(fields)
        if "EndpointStatus" in fields:
            self._say()

    def _change(self, fields: Mapping[str, Any]) -> None:
        changed = {**self._description, **fields, "LastModifiedTime": time.time()}
        self._description = {key: value for key, value in changed.items() if value is not None}

    def _say(self) -> None:
        if self._tell is not None:
            self._tell(self.describe())

    def want(self, desired: Mapping[str, tuple[float, int]]) -> None:
        """Say which weight and number of instances variants are on their way to, by their names."""
        with self._lock:
            self._desired = dict(desired)

    def swap(self, variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """Have these variants take the requests from now on; return those that took them before."""
        with self._lock:
            before, self._variants = self._variants, variants
            self._desired = {}
            return before

    def forget(self) -> None:
        """End all instances at once, whatever they have under way."""
        self.forgotten.set()
        for variant in self.swap(()):
            for instance in variant.instances:
                instance.retire(0)

    def describe(self) -> dict[str, Any]:
        """Return what DescribeEndpoint answers."""
        with self._lock:
            description = copy.deepcopy(self._description)
            variants, desired = self._variants, self._desired
        if variants:
            description["ProductionVariants"] = [_summary(one, desired.get(one.name)) for one in variants]
        return description


def _summary(variant: Variant, desired: tuple[float, int] | None) -> dict[str, Any]:
    count = len(variant.instances)
    weight, wanted = desired or (variant.weight, count)
    image = {"SpecifiedImage": variant.model["PrimaryContainer"]["Image"], "ResolvedImage": variant.image}
    summary: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [image],
        "CurrentWeight": variant.weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": wanted,
    }
    if "RoutingConfig" in variant.settings:
        summary["RoutingConfig"] = variant.settings["RoutingConfig"]
    return summary
