"""The operations on instances: create, describe, delete, reboot, stop and start."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds import checks, groups, snapshots, versions
from s_infra.sandbox.services.rds.errors import fault, invalid_combination, invalid_value
from s_infra.sandbox.services.rds.instance import Instance, new_password
from s_infra.sandbox.services.rds.tables import filtered, page, refuse_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.rds.tables import Rds

DEFAULT_PORT = 5432
# How members of Describe are called in requests.
RENAMED = {
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
}
COPIED = (
    *("AllocatedStorage", "AutoMinorVersionUpgrade", "AvailabilityZone", "BackupRetentionPeriod", "DBName"),
    *(
        "CopyTagsToSnapshot",
        "DatabaseInsightsMode",
        "DBInstanceClass",
        "DeletionProtection",
        "Iops",
        "KmsKeyId",
    ),
    *("EngineLifecycleSupport", "MasterUsername", "MaxAllocatedStorage", "MonitoringInterval", "MultiAZ"),
    *("MonitoringRoleArn", "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod", *RENAMED),
    *(
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "StorageEncrypted",
        "StorageThroughput",
        "StorageType",
    ),
)
# What RDS takes where nothing is said.
DEFAULTS: Mapping[str, Any] = {
    "AutoMinorVersionUpgrade": True,
    "BackupRetentionPeriod": 1,
    "CopyTagsToSnapshot": False,
    "DatabaseInsightsMode": "standard",
    "DeletionProtection": False,
    "EngineLifecycleSupport": "open-source-rds-extended-support",
    "IAMDatabaseAuthenticationEnabled": False,
    "MonitoringInterval": 0,
    "MultiAZ": False,
    "PerformanceInsightsEnabled": False,
    "PreferredBackupWindow": "07:10-07:40",
    "PreferredMaintenanceWindow": "sun:08:10-sun:08:40",
    "StorageEncrypted": False,
}
# What an instance can't be deleted in.
BUSY = {"creating": "created", "deleting": "deleted"}
LOG_TYPES = ("postgresql", "upgrade")
FILTERS = {
    "db-instance-id": lambda entry: str(entry["DBInstanceIdentifier"]),
    "dbi-resource-id": lambda entry: str(entry["DbiResourceId"]),
    "engine": lambda entry: str(entry["Engine"]),
}


def create(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """CreateDBInstance."""
    name = checks.identifier("DBInstanceIdentifier", request["DBInstanceIdentifier"])
    if name in service.instances:
        raise fault("DBInstanceAlreadyExistsFault", "DB instance already exists")
    described = _described(service, name, request)
    instance = Instance(
        service, described, checks.parameter_group(service, request.get("DBParameterGroupName"))
    )
    managed = bool(request.get("ManageMasterUserPassword"))
    password = new_password() if managed else request["MasterUserPassword"]
    if managed:
        described["MasterUserSecret"] = manage_password(
            instance, password, request.get("MasterUserSecretKmsKeyId")
        )
    service.instances[name] = instance
    service.keep_tags(described["DBInstanceArn"], request.get("Tags"))

    def work() -> None:
        instance.create(described["MasterUsername"], password, described.get("DBName"))
        if managed:
            described["MasterUserSecret"]["SecretStatus"] = "active"

    instance.do("creating", work)
    return {"DBInstance": instance.describe()}


def _described(service: Rds, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
    checks.user(request.get("MasterUsername"))
    checks.database(request.get("DBName"))
    checks.password(request, required=True)
    checks.numbers(request)
    log_types(request.get("EnableCloudwatchLogsExports") or ())
    versions.check_class(request["DBInstanceClass"])
    storage = request.get("StorageType", "io1" if request.get("Iops") else "gp3")
    if "AllocatedStorage" not in request:
        raise invalid_value("The parameter AllocatedStorage must be provided and must not be blank.")
    versions.check_storage(storage, request["AllocatedStorage"])
    given = {RENAMED.get(field, field): request[field] for field in COPIED if field in request}
    resource = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    subnets = request.get("DBSubnetGroupName")
    return {
        **DEFAULTS,
        "StorageType": storage,
        "AvailabilityZone": f"{service.base.region}a",
        **given,
        "DBInstanceIdentifier": name,
        "DBInstanceArn": service.arn("db", name),
        "DbiResourceId": f"db-{resource}",
        "DbInstancePort": request.get("Port", DEFAULT_PORT),
        "Engine": versions.ENGINE,
        "EngineVersion": versions.resolve(request.get("EngineVersion")),
        "LicenseModel": versions.LICENSE,
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "DBSecurityGroups": [],
        "VpcSecurityGroups": checks.security_groups(service, request.get("VpcSecurityGroupIds")),
        "OptionGroupMemberships": [
            {"OptionGroupName": f"default:postgres-{versions.major()}", "Status": "in-sync"}
        ],
        "NetworkType": "IPV4",
        "PubliclyAccessible": False,
        "ActivityStreamStatus": "stopped",
        "BackupTarget": "region",
        "CustomerOwnedIpEnabled": False,
        "DedicatedLogVolume": False,
        "MultiTenant": False,
        "DBInstanceStatus": "creating",
        **(
            {"DBSubnetGroup": groups.find_subnet_group(service, subnets)["DBSubnetGroupName"]}
            if subnets
            else {}
        ),
    }


def log_types(wanted: Any) -> None:
    """Raise RDS's error for logs that PostgreSQL doesn't have."""
    if unknown := [one for one in wanted if one not in LOG_TYPES]:
        raise invalid_combination(
            f"You cannot use the log types '{', '.join(unknown)}' with engine version postgres."
        )


def manage_password(instance: Instance, password: str, kms_key: str | None) -> dict[str, Any]:
    """Put the master user's password into a secret of RDS's own; return what Describe tells of it."""
    store = instance.service.base.installed["secretsmanager"]
    text = secret_text(instance, password)
    tags = {
        "aws:rds:primaryDBInstanceArn": instance.described["DBInstanceArn"],
        "aws:secretsmanager:owningService": "rds",
    }
    arn = store.add_owned(f"rds!db-{uuid.uuid4()}", "rds", text, tags)
    told = {"SecretArn": arn, "SecretStatus": "creating"}
    return {**told, "KmsKeyId": kms_key} if kms_key else told


def secret_text(instance: Instance, password: str) -> str:
    """Return what the secret holds."""
    return json.dumps({"username": instance.described["MasterUsername"], "password": password})


def describe(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDBInstances."""
    if "DBInstanceIdentifier" in request:
        found = [service.instance(request)]
    else:
        found = sorted(service.instances.values(), key=lambda one: one.name)
    return page("DBInstances", filtered([one.describe() for one in found], request, FILTERS), request)


def delete(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteDBInstance; with a final snapshot, unless that is skipped."""
    instance = service.instance(request)
    skipped, snapshot = request.get("SkipFinalSnapshot", False), request.get("FinalDBSnapshotIdentifier")
    if instance.described["DeletionProtection"]:
        raise invalid_combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again."
        )
    if skipped and snapshot:
        raise invalid_combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot."
        )
    if not skipped and not snapshot:
        raise invalid_combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        )
    if instance.status in BUSY:
        raise fault(
            "InvalidDBInstanceStateFault",
            f"Instance {instance.name} is already being {BUSY[instance.status]}.",
        )
    if snapshot:
        if instance.status not in ("available", "stopped"):
            raise refuse_state(instance)
        snapshot = snapshots.checked_name(service, snapshot)

    def work() -> None:
        instance.close()
        if snapshot:
            snapshots.take(service, instance, snapshot)
        instance.cluster.remove()
        with service.lock:
            service.instances.pop(instance.name, None)
            service.tags.pop(instance.described["DBInstanceArn"], None)
        if secret := instance.described.get("MasterUserSecret"):
            service.base.installed["secretsmanager"].remove_owned(secret["SecretArn"])
        instance.tell("0003", "deletion", "DB instance deleted")

    instance.do("deleting", work, after="deleted")
    return {"DBInstance": instance.describe()}


def reboot(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """RebootDBInstance."""
    instance = _in_state(service, request, "available")
    instance.do("rebooting", instance.restart)
    return {"DBInstance": instance.describe()}


def stop(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """StopDBInstance."""
    instance = _in_state(service, request, "available")

    def work() -> None:
        instance.cluster.stop()
        instance.tell("0087", "notification", "DB instance has been stopped.")

    instance.do("stopping", work, after="stopped")
    return {"DBInstance": instance.describe()}


def start(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """StartDBInstance."""
    instance = _in_state(service, request, "stopped")

    def work() -> None:
        instance.start()
        instance.tell("0088", "notification", "DB instance has been started.")

    instance.do("starting", work)
    return {"DBInstance": instance.describe()}


def _in_state(service: Rds, request: Mapping[str, Any], wanted: str) -> Instance:
    instance = service.instance(request)
    if instance.status != wanted:
        raise refuse_state(instance, wanted)
    return instance
