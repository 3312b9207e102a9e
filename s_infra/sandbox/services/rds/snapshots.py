"""Final snapshots: the data directory as a stopped server left it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds.errors import fault, invalid_value
from s_infra.sandbox.services.rds.tables import filtered, now, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.rds.instance import Instance
    from s_infra.sandbox.services.rds.tables import Rds

NAME = re.compile(r"[a-z](-?[a-z0-9])*")
LONGEST_NAME = 255
COPIED = (
    *(
        "AllocatedStorage",
        "AvailabilityZone",
        "DBInstanceIdentifier",
        "DbiResourceId",
        "Engine",
        "EngineVersion",
    ),
    *("IAMDatabaseAuthenticationEnabled", "InstanceCreateTime", "Iops", "KmsKeyId", "LicenseModel"),
    *("MasterUsername", "StorageThroughput", "StorageType"),
)


def checked_name(service: Rds, name: str) -> str:
    """Return a snapshot's name as RDS keeps it. Raises its error for one that is wrong or taken."""
    kept = name.lower()
    if len(kept) > LONGEST_NAME or NAME.fullmatch(kept) is None:
        raise invalid_value(f"The parameter FinalDBSnapshotIdentifier is not a valid identifier: {name}")
    if kept in service.snapshots:
        raise fault(
            "DBSnapshotAlreadyExistsFault",
            f"Cannot create the snapshot because a snapshot with the identifier {kept} already exists.",
        )
    return kept


def take(service: Rds, instance: Instance, name: str) -> None:
    """Keep the data directory of an instance whose server has been stopped."""
    folder = _folder(service, name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(instance.cluster.directory, folder)
    described = instance.described
    made = {field: described[field] for field in COPIED if field in described}
    made |= {
        "DBSnapshotIdentifier": name,
        "DBSnapshotArn": service.arn("snapshot", name),
        "SnapshotCreateTime": now(),
        "OriginalSnapshotCreateTime": now(),
        "SnapshotType": "manual",
        "SnapshotTarget": "region",
        "Status": "available",
        "PercentProgress": 100,
        "Port": instance.port,
        "Encrypted": described["StorageEncrypted"],
    }
    with service.lock:
        service.snapshots[name] = made
        if described["CopyTagsToSnapshot"]:
            service.tags[made["DBSnapshotArn"]] = dict(service.tags.get(described["DBInstanceArn"], {}))
    service.tell("snapshot", name, "0042", "creation", "Manual snapshot created")


def describe(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDBSnapshots."""
    wanted = request.get("DBSnapshotIdentifier")
    if wanted is not None and wanted.lower() not in service.snapshots:
        raise fault("DBSnapshotNotFoundFault", f"DBSnapshot {wanted} not found.")
    fields = ("DBSnapshotIdentifier", "DBInstanceIdentifier", "DbiResourceId")
    found = [
        {**one, "TagList": service.tag_list(one["DBSnapshotArn"])}
        for one in service.snapshots.values()
        if all(one[field].lower() == request[field].lower() for field in fields if field in request)
    ]
    known = {
        "db-instance-id": lambda one: str(one["DBInstanceIdentifier"]),
        "db-snapshot-id": lambda one: str(one["DBSnapshotIdentifier"]),
        "engine": lambda one: str(one["Engine"]),
        "snapshot-type": lambda one: str(one["SnapshotType"]),
    }
    return page("DBSnapshots", filtered(found, request, known), request)


def delete(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteDBSnapshot."""
    name = request["DBSnapshotIdentifier"].lower()
    if name not in service.snapshots:
        raise fault("DBSnapshotNotFoundFault", f"DBSnapshot {name} not found.")
    gone = service.snapshots.pop(name)
    service.tags.pop(gone["DBSnapshotArn"], None)
    shutil.rmtree(_folder(service, name), ignore_errors=True)
    return {"DBSnapshot": {**gone, "Status": "deleted"}}


def _folder(service: Rds, name: str) -> Any:
    return service.directory / "snapshots" / name
