"""ModifyDBInstance: what changes at once, what waits, and what PostgreSQL must be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds import checks, groups, versions
from s_infra.sandbox.services.rds.errors import invalid_combination
from s_infra.sandbox.services.rds.instance import new_password
from s_infra.sandbox.services.rds.instances import RENAMED, log_types, manage_password, secret_text
from s_infra.sandbox.services.rds.tables import refuse_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.rds.instance import Instance
    from s_infra.sandbox.services.rds.tables import Rds

# These hold at once, whatever ApplyImmediately says.
AT_ONCE = (
    *("AutoMinorVersionUpgrade", "CopyTagsToSnapshot", "DatabaseInsightsMode", "DeletionProtection"),
    *("EnablePerformanceInsights", "MaxAllocatedStorage", "MonitoringInterval", "MonitoringRoleArn"),
    *("PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod", "PreferredBackupWindow"),
    *("PreferredMaintenanceWindow", "EngineLifecycleSupport"),
)
# These wait for the maintenance window, which the sandbox doesn't have, unless they are applied at once.
DEFERRED = (
    *("AllocatedStorage", "BackupRetentionPeriod", "DBInstanceClass", "EnableIAMDatabaseAuthentication"),
    *("Iops", "MultiAZ", "StorageThroughput", "StorageType"),
)
# In these states a change finds no server to talk to.
CHANGEABLE = ("available", "storage-full", "incompatible-parameters", "stopped")


def modify(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """ModifyDBInstance."""
    instance = service.instance(request)
    if instance.status not in CHANGEABLE:
        raise refuse_state(instance)
    _check(service, instance, request)
    changes = {RENAMED.get(field, field): request[field] for field in AT_ONCE if field in request}
    waiting = {
        RENAMED.get(field, field): request[field]
        for field in DEFERRED
        if field in request and instance.described.get(RENAMED.get(field, field)) != request[field]
    }
    steps = _steps(instance, request)
    grown = instance.status == "storage-full" and "AllocatedStorage" in waiting
    if request.get("ApplyImmediately"):
        changes |= {**instance.pending, **waiting}
        instance.pending.clear()
        if "Port" in changes:
            changes["DbInstancePort"] = changes.pop("Port")
    else:
        instance.pending.update(waiting)
    _groups(service, instance, request, changes)
    _logs(instance, request, changes)
    if "DBPortNumber" in request and request["DBPortNumber"] != instance.port:
        changes["DbInstancePort"] = request["DBPortNumber"]
    restarts = "DbInstancePort" in changes or (grown and request.get("ApplyImmediately"))
    _carry_out(instance, changes, steps, restarts=bool(restarts))
    return {"DBInstance": instance.describe()}


def _check(service: Rds, instance: Instance, request: Mapping[str, Any]) -> None:
    checks.password(request, required=False)
    checks.numbers(request)
    if "DBInstanceClass" in request:
        versions.check_class(request["DBInstanceClass"])
    if "EngineVersion" in request:
        versions.resolve(request["EngineVersion"])
    had = instance.described["AllocatedStorage"]
    gib = request.get("AllocatedStorage", had)
    versions.check_storage(request.get("StorageType", instance.described["StorageType"]), gib)
    if gib < had:
        raise invalid_combination(f"Requested storage size {gib} is smaller than the current size {had}")
    if name := request.get("DBParameterGroupName"):
        checks.parameter_group(service, name)
    secret = instance.described.get("MasterUserSecret")
    if request.get("MasterUserPassword") and secret and request.get("ManageMasterUserPassword") is not False:
        raise invalid_combination(
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
        )
    if request.get("ManageMasterUserPassword") is False and secret and not request.get("MasterUserPassword"):
        raise invalid_combination(
            "MasterUserPassword is required when ManageMasterUserPassword is turned off."
        )
    if request.get("RotateMasterUserPassword") and not (secret and request.get("ApplyImmediately")):
        raise invalid_combination(
            "RotateMasterUserPassword needs a password that RDS manages, and ApplyImmediately."
        )
    speaks = ("MasterUserPassword", "ManageMasterUserPassword", "RotateMasterUserPassword")
    if instance.status != "available" and any(request.get(field) for field in speaks):
        raise refuse_state(instance)


def _steps(instance: Instance, request: Mapping[str, Any]) -> list[Callable[[], None]]:
    """Return what PostgreSQL has to be told of passwords."""
    described, store = instance.described, instance.service.base.installed["secretsmanager"]
    secret = described.get("MasterUserSecret")
    if request.get("RotateMasterUserPassword"):
        return [lambda: _ignore(rotate(instance))]
    if request.get("ManageMasterUserPassword") and not secret:
        password = new_password()
        made = manage_password(instance, password, request.get("MasterUserSecretKmsKeyId"))
        described["MasterUserSecret"] = made
        return [lambda: instance.set_password(password), lambda: made.update(SecretStatus="active")]
    given = request.get("MasterUserPassword")
    if given is None:
        return []
    if secret:
        del described["MasterUserSecret"]
        store.remove_owned(secret["SecretArn"])
    return [lambda: instance.set_password(given)]


def rotate(instance: Instance) -> str:
    """Give the master user a new password, in PostgreSQL and in its secret; return the version's id."""
    store, secret = instance.service.base.installed["secretsmanager"], instance.described["MasterUserSecret"]
    password = new_password()
    secret["SecretStatus"] = "rotating"
    try:
        instance.set_password(password)
        version: str = store.put_owned(secret["SecretArn"], secret_text(instance, password))
    finally:
        secret["SecretStatus"] = "active"
    return version


def _groups(service: Rds, instance: Instance, request: Mapping[str, Any], changes: dict[str, Any]) -> None:
    if "VpcSecurityGroupIds" in request:
        changes["VpcSecurityGroups"] = checks.security_groups(service, request["VpcSecurityGroupIds"])
    if name := request.get("DBSubnetGroupName"):
        changes["DBSubnetGroup"] = groups.find_subnet_group(service, name)["DBSubnetGroupName"]
    if name := request.get("DBParameterGroupName"):
        instance.parameter_group = checks.parameter_group(service, name)
        instance.parameters_changed()


def _logs(instance: Instance, request: Mapping[str, Any], changes: dict[str, Any]) -> None:
    given = request.get("CloudwatchLogsExportConfiguration")
    if given is None:
        return
    on, off = given.get("EnableLogTypes") or [], given.get("DisableLogTypes") or []
    log_types([*on, *off])
    had = instance.described.get("EnabledCloudwatchLogsExports", [])
    changes["EnabledCloudwatchLogsExports"] = [one for one in dict.fromkeys([*had, *on]) if one not in off]


def _carry_out(
    instance: Instance, changes: dict[str, Any], steps: list[Callable[[], None]], *, restarts: bool
) -> None:
    after = instance.status

    def work() -> None:
        for step in steps:
            step()
        with instance.service.lock:
            instance.described.update(changes)
        if restarts:
            instance.restart()

    if after == "stopped" or not (steps or restarts or changes):
        instance.described.update(changes)
        return
    if after == "available" or restarts:
        instance.do("modifying", work, after="available")
    else:
        instance.described.update(changes)


def _ignore(value: object) -> None:
    del value
