"""Databases that outlive a stop: their data directories stay, and their descriptions are written down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.rds.tables import Rds

TABLES = ("parameter_groups", "subnet_groups", "snapshots", "tags")
AT_ONCE = 8
# What an instance is after a start that was in one of these before the stop.
RUNS_AGAIN = ("available", "modifying", "rebooting", "starting")
UNFINISHED = ("creating", "deleting")


def dump(service: Rds) -> tuple[object, list[str]]:
    """Stop all servers in order; return the tables and the instances, and what of them is lost."""
    with service.lock:
        instances = list(service.instances.values())
    lost = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda one: one.cluster.stop(), instances))
    kept = []
    for one in instances:
        if one.status in UNFINISHED:
            lost.append(f"DB instance {one.name}: it was {one.status}, and is gone now")
            one.cluster.remove()
            continue
        kept.append(
            {
                "described": one.described,
                "parameter_group": one.parameter_group,
                "pending": one.pending,
                "endpoint": one.endpoint,
            }
        )
    tables = {name: getattr(service, name) for name in TABLES}
    return {"tables": tables, "instances": kept, "events": list(service.events)}, lost


def restore(service: Rds, content: Mapping[str, Any]) -> None:
    """Fill the tables of a service that has just begun, and start the servers that ran."""
    for name, entries in content["tables"].items():
        getattr(service, name).update(entries)
    service.events.extend(content["events"])
    for entry in content["instances"]:
        one = Instance(service, entry["described"], entry["parameter_group"])
        one.pending, one.endpoint = entry["pending"], entry["endpoint"]
        service.instances[one.name] = one
        if one.status in RUNS_AGAIN:
            one.do("starting", one.start)


def forget(service: Rds) -> None:
    """Stop all servers and forget everything."""
    with service.lock:
        instances = list(service.instances.values())
        for table in (service.instances, service.snapshots, service.parameter_groups, service.subnet_groups):
            table.clear()
        service.tags.clear()
        service.events.clear()
    for one in instances:
        one.become("deleting")
        one.close()
        one.cluster.remove()
