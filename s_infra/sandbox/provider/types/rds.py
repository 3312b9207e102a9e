"""RDS: instances, parameter groups and subnet groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags, Wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_TAGS = Tags("ListTagsForResource", "AddTagsToResource", "RemoveTagsFromResource")
_LOGS = ("postgresql", "upgrade")
# RDS takes no more parameters in a request.
_AT_ONCE = 20
# Only with apply_immediately do these change before the maintenance window, which the sandbox doesn't have.
_DEFERRED = (
    *(
        "allocated_storage",
        "backup_retention_period",
        "iam_database_authentication_enabled",
        "instance_class",
    ),
    *("iops", "multi_az", "storage_throughput", "storage_type"),
)


_PASSWORD = ("manage_master_user_password", "master_user_secret_kms_key_id", "password", "password_wo")
_MODIFIABLE = (
    *("identifier", "apply_immediately", "auto_minor_version_upgrade", "backup_window", "ca_cert_identifier"),
    *("copy_tags_to_snapshot", "database_insights_mode", "db_subnet_group_name", "deletion_protection"),
    *("enabled_cloudwatch_logs_exports", "engine_version", "license_model", "maintenance_window"),
    *("max_allocated_storage", "monitoring_interval", "monitoring_role_arn", "network_type"),
    *("parameter_group_name", "performance_insights_enabled", "performance_insights_kms_key_id"),
    *("performance_insights_retention_period", "port", "publicly_accessible", "vpc_security_group_ids"),
    *("engine_lifecycle_support", *_DEFERRED),
)


def _instance_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    if operation == "DeleteDBInstance":
        name = state.get("final_snapshot_identifier")
        return {} if state.get("skip_final_snapshot") or not name else {"FinalDBSnapshotIdentifier": name}
    if operation == "ModifyDBInstance":
        exported = state.get("enabled_cloudwatch_logs_exports") or []
        off = [one for one in _LOGS if one not in exported]
        return {"CloudwatchLogsExportConfiguration": {"DisableLogTypes": off}}
    return {}


def _instance_told(told: State, state: State) -> Mapping[str, Value]:
    version, asked = told.get("engine_version"), state.get("engine_version")
    within = bool(version and asked and f"{version}.".startswith(f"{asked}."))
    managed = state.get("manage_master_user_password")
    return {
        "engine_version": asked if within else version,
        "engine_version_actual": version,
        "manage_master_user_password": True if told.get("master_user_secret") else managed or None,
        "password": state.get("password"),
    }


def _instance_changes(session: Session, prior: State, planned: State) -> None:
    del session
    if prior.get("identifier") != planned.get("identifier"):
        raise SInfraError(
            "s-infra sandbox: aws_db_instance identifier isn't carried out: it can't change",
            which=str(prior.get("identifier")),
            next_step="make a new instance: terraform apply -replace=ADDRESS",
        )
    waiting = [name for name in _DEFERRED if prior.get(name) != planned.get(name)]
    if waiting and not planned.get("apply_immediately"):
        raise SInfraError(
            "s-infra sandbox: there is no maintenance window, in which this would change",
            which=", ".join(waiting),
            next_step="set apply_immediately = true",
        )


def _change_parameters(session: Session, prior: State, planned: State) -> None:
    before = {one["name"]: one for one in prior.get("parameter") or []}
    now = {one["name"]: one for one in planned.get("parameter") or []}
    gone = [_parameter(before[name], valued=False) for name in before.keys() - now.keys()]
    changed = [_parameter(one) for name, one in now.items() if before.get(name) != one]
    client, name = session.client("rds"), prior["name"]
    for first in range(0, len(gone), _AT_ONCE):
        client.reset_db_parameter_group(DBParameterGroupName=name, Parameters=gone[first : first + _AT_ONCE])
    for first in range(0, len(changed), _AT_ONCE):
        client.modify_db_parameter_group(
            DBParameterGroupName=name, Parameters=changed[first : first + _AT_ONCE]
        )


def _parameter(one: State, *, valued: bool = True) -> dict[str, Any]:
    told = {"ParameterName": one["name"], "ApplyMethod": one["apply_method"]}
    return {**told, "ParameterValue": one["value"]} if valued else told


RESOURCES = {
    "aws_db_instance": Resource(
        service="rds",
        id="{resource_id}",
        import_ids=("{identifier}",),
        generated="identifier",
        create=(Call("CreateDBInstance", returns={"resource_id": "DBInstance.DbiResourceId"}),),
        read=(Read("DescribeDBInstances", at="DBInstances.0", given=("identifier",)),),
        update=(
            Call("ModifyDBInstance", given=_MODIFIABLE),
            Call("ModifyDBInstance", when=_PASSWORD, given=("identifier", *_PASSWORD)),
        ),
        delete=(Call("DeleteDBInstance"),),
        wait=Wait(
            status="DBInstanceStatus",
            ready=("available",),
            failed=("failed", "incompatible-parameters", "storage-full"),
            reason="StatusInfos.0.Message",
            minutes=60,
        ),
        arguments=_instance_arguments,
        settle=_instance_told,
        change=_instance_changes,
        names={
            "address": "Endpoint.Address",
            "arn": ("DBInstanceArn", "ResourceName"),
            "backup_window": "PreferredBackupWindow",
            "ca_cert_identifier": "CACertificateIdentifier",
            "db_name": "DBName",
            "db_subnet_group_name": ("DBSubnetGroupName", "DBSubnetGroup.DBSubnetGroupName"),
            "enabled_cloudwatch_logs_exports": (
                "EnableCloudwatchLogsExports",
                "CloudwatchLogsExportConfiguration.EnableLogTypes",
                "EnabledCloudwatchLogsExports",
            ),
            "endpoint": "",
            "engine": ("Engine",),
            "engine_version_actual": "",
            "final_snapshot_identifier": "",
            "hosted_zone_id": "Endpoint.HostedZoneId",
            "iam_database_authentication_enabled": (
                "EnableIAMDatabaseAuthentication",
                "IAMDatabaseAuthenticationEnabled",
            ),
            "identifier": "DBInstanceIdentifier",
            "instance_class": "DBInstanceClass",
            "maintenance_window": "PreferredMaintenanceWindow",
            "master_user_secret_kms_key_id": ("MasterUserSecretKmsKeyId", "MasterUserSecret.KmsKeyId"),
            "parameter_group_name": ("DBParameterGroupName", "DBParameterGroups.0.DBParameterGroupName"),
            "password": "MasterUserPassword",
            "password_wo": "MasterUserPassword",
            "performance_insights_enabled": ("EnablePerformanceInsights", "PerformanceInsightsEnabled"),
            "port": ("Port", "DBPortNumber", "Endpoint.Port"),
            "replicas": "ReadReplicaDBInstanceIdentifiers",
            "resource_id": "DbiResourceId",
            "status": "DBInstanceStatus",
            "username": "MasterUsername",
            "vpc_security_group_ids": ("VpcSecurityGroupIds", "VpcSecurityGroups.*.VpcSecurityGroupId"),
        },
        derived={"endpoint": "{address}:{port}"},
        defaults={
            "auto_minor_version_upgrade": True,
            "copy_tags_to_snapshot": False,
            "dedicated_log_volume": False,
            "delete_automated_backups": True,
            "monitoring_interval": 0,
            "performance_insights_enabled": False,
            "publicly_accessible": False,
            "skip_final_snapshot": False,
        },
        blank={"dedicated_log_volume": False},
        local=(
            *("apply_immediately", "delete_automated_backups", "final_snapshot_identifier"),
            *("identifier_prefix", "password_wo_version", "skip_final_snapshot"),
        ),
        replace=(
            *(
                "availability_zone",
                "db_name",
                "engine",
                "identifier_prefix",
                "kms_key_id",
                "storage_encrypted",
            ),
            "username",
        ),
        sensitive=("password", "password_wo"),
        write_only=("password_wo",),
        refused={
            **dict.fromkeys(
                (
                    *("domain", "domain_auth_secret_arn", "domain_dns_ips", "domain_fqdn"),
                    *("domain_iam_role_name", "domain_ou", "custom_iam_instance_profile"),
                ),
                "The sandbox's databases belong to no domain.",
            ),
            **dict.fromkeys(
                (
                    *("allow_major_version_upgrade", "backup_target", "character_set_name"),
                    *("customer_owned_ip_enabled", "dedicated_log_volume", "nchar_character_set_name"),
                    *("option_group_name", "replica_mode", "timezone"),
                ),
                "The sandbox has one version of PostgreSQL, without this.",
            ),
        },
        tags=_TAGS,
    ),
    "aws_db_parameter_group": Resource(
        service="rds",
        id="{name}",
        create=(
            Call("CreateDBParameterGroup"),
            Call("ModifyDBParameterGroup", when=("parameter",)),
        ),
        read=(
            Read("DescribeDBParameterGroups", at="DBParameterGroups.0", given=("name",)),
            Read("DescribeDBParameters", given=("name",), constant={"Source": "user"}),
        ),
        delete=(Call("DeleteDBParameterGroup"),),
        change=_change_parameters,
        names={
            "arn": ("DBParameterGroupArn", "ResourceName"),
            "family": "DBParameterGroupFamily",
            "name": "DBParameterGroupName",
            "parameter": "Parameters",
            "parameter.name": "ParameterName",
            "parameter.value": "ParameterValue",
        },
        defaults={
            "description": "Managed by Terraform",
            "parameter.apply_method": "immediate",
            "skip_destroy": False,
        },
        local=("name_prefix",),
        replace=("name", "name_prefix", "family", "description"),
        tags=_TAGS,
    ),
    "aws_db_subnet_group": Resource(
        service="rds",
        id="{name}",
        create=(Call("CreateDBSubnetGroup"),),
        read=(Read("DescribeDBSubnetGroups", at="DBSubnetGroups.0", given=("name",)),),
        update=(Call("ModifyDBSubnetGroup"),),
        delete=(Call("DeleteDBSubnetGroup"),),
        names={
            "arn": ("DBSubnetGroupArn", "ResourceName"),
            "description": "DBSubnetGroupDescription",
            "name": "DBSubnetGroupName",
            "subnet_ids": ("SubnetIds", "Subnets.*.SubnetIdentifier"),
        },
        defaults={"description": "Managed by Terraform"},
        local=("name_prefix",),
        replace=("name", "name_prefix"),
        tags=_TAGS,
    ),
}
