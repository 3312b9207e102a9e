"""DB parameter groups and DB subnet groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds import parameters, versions
from s_infra.sandbox.services.rds.errors import fault, invalid_combination, invalid_identifier, invalid_value
from s_infra.sandbox.services.rds.tables import filtered, page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s_infra.sandbox.services.rds.tables import Rds

NAME = re.compile(r"[a-z](-?[a-z0-9.]+)*", re.IGNORECASE)
LONGEST_NAME = 255
MOST_PARAMETERS = 20
LEAST_ZONES = 2
# Kept beside what Describe tells: the values that a user gave, and how each was to be applied.
VALUES = "values"


def default_name() -> str:
    """Return the name of the group that an instance has when none is named."""
    return f"default.{versions.family()}"


def add_default(service: Rds) -> None:
    """Put RDS's own group into the table."""
    name = default_name()
    service.parameter_groups.setdefault(
        name, _group(service, name, f"Default parameter group for {versions.family()}")
    )


def _group(service: Rds, name: str, description: str) -> dict[str, Any]:
    return {
        "DBParameterGroupName": name,
        "DBParameterGroupFamily": versions.family(),
        "Description": description,
        "DBParameterGroupArn": service.arn("pg", name),
        VALUES: {},
    }


def find(service: Rds, name: str) -> dict[str, Any]:
    """Return a parameter group. Raises RDS's error when there is none."""
    found = service.parameter_groups.get(name.lower())
    if found is None:
        raise fault("DBParameterGroupNotFoundFault", f"DBParameterGroup not found: {name}")
    return found


def values(service: Rds, name: str) -> dict[str, str]:
    """Return what an instance with this group runs with."""
    return {parameters.FORCE_SSL: "1"} | {
        one: value for one, (value, _) in find(service, name)[VALUES].items()
    }


def create_parameter_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """CreateDBParameterGroup."""
    name = request["DBParameterGroupName"].lower()
    _check_name("DBParameterGroupName", name)
    if request["DBParameterGroupFamily"] != versions.family():
        raise invalid_value(
            f"ParameterGroupFamily {request['DBParameterGroupFamily']} is not a valid parameter group family:"
            f" the sandbox has {versions.family()}"
        )
    if name in service.parameter_groups:
        raise fault("DBParameterGroupAlreadyExistsFault", f"Parameter group {name} already exists")
    group = _group(service, name, request["Description"])
    service.parameter_groups[name] = group
    service.keep_tags(group["DBParameterGroupArn"], request.get("Tags"))
    return {"DBParameterGroup": group}


def describe_parameter_groups(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDBParameterGroups."""
    name = request.get("DBParameterGroupName")
    found = [find(service, name)] if name else sorted(service.parameter_groups.values(), key=_name)
    return page("DBParameterGroups", filtered(found, request, {}), request)


def _name(group: Mapping[str, Any]) -> str:
    return str(group["DBParameterGroupName"])


def delete_parameter_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteDBParameterGroup."""
    name = request["DBParameterGroupName"].lower()
    if name.startswith("default."):
        raise invalid_value(f"The parameter DBParameterGroupName is not a valid identifier: {name}")
    group = find(service, name)
    if any(one.parameter_group == name for one in service.instances.values()):
        raise fault(
            "InvalidDBParameterGroupStateFault",
            "One or more database instances are still members of this parameter group"
            f" {name}, so the group cannot be deleted",
        )
    del service.parameter_groups[name]
    service.tags.pop(group["DBParameterGroupArn"], None)
    return {}


def describe_parameters(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDBParameters."""
    given = find(service, request["DBParameterGroupName"])[VALUES]
    entries = [one.described(*given.get(name, ())) for name, one in parameters.known().items()]
    if source := request.get("Source"):
        entries = [one for one in entries if one["Source"] == source]
    return page(
        "Parameters",
        filtered(entries, request, {"parameter-name": lambda one: str(one["ParameterName"])}),
        request,
    )


def modify_parameter_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """ModifyDBParameterGroup: what is dynamic and immediate holds in running instances at once."""
    group = _changeable(service, request["DBParameterGroupName"])
    given = request["Parameters"]
    if len(given) > MOST_PARAMETERS:
        raise invalid_value(f"At most {MOST_PARAMETERS} parameters can be modified in a single request")
    changes = {}
    for one in given:
        name, value, method = (one.get(key) for key in ("ParameterName", "ParameterValue", "ApplyMethod"))
        if name is None or value is None or method is None:
            raise invalid_value("ParameterName, ParameterValue and ApplyMethod are required")
        parameters.checked(name, value, method)
        changes[name] = (value, method)
    group[VALUES].update(changes)
    _applied(service, group, {name for name, (_, method) in changes.items() if method == "immediate"})
    return {"DBParameterGroupName": group["DBParameterGroupName"]}


def reset_parameter_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """ResetDBParameterGroup."""
    group = _changeable(service, request["DBParameterGroupName"])
    listed = request.get("Parameters") or []
    if bool(listed) == bool(request.get("ResetAllParameters", not listed)):
        raise invalid_combination("Give either Parameters or ResetAllParameters")
    methods = {one["ParameterName"]: one.get("ApplyMethod") for one in listed} or {
        name: "pending-reboot" if parameters.known()[name].static else "immediate" for name in group[VALUES]
    }
    for name in methods:
        if name not in parameters.known():
            raise invalid_value(f"Could not find parameter with name: {name}")
        group[VALUES].pop(name, None)
    _applied(service, group, {name for name, method in methods.items() if method == "immediate"})
    return {"DBParameterGroupName": group["DBParameterGroupName"]}


def _changeable(service: Rds, name: str) -> dict[str, Any]:
    group = find(service, name)
    if group["DBParameterGroupName"].startswith("default."):
        raise fault("InvalidDBParameterGroupStateFault", "The default parameter groups cannot be modified")
    return group


def _applied(service: Rds, group: Mapping[str, Any], now: set[str]) -> None:
    for instance in service.instances.values():
        if instance.parameter_group == group["DBParameterGroupName"]:
            instance.parameters_changed(now)


def create_subnet_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """CreateDBSubnetGroup."""
    name = request["DBSubnetGroupName"].lower()
    _check_name("DBSubnetGroupName", name)
    if name == "default":
        raise invalid_value("The DB subnet group name default is reserved")
    if name in service.subnet_groups:
        raise fault("DBSubnetGroupAlreadyExistsFault", f"The DB subnet group '{name}' already exists.")
    group = {
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": request["DBSubnetGroupDescription"],
        "SubnetGroupStatus": "Complete",
        "DBSubnetGroupArn": service.arn("subgrp", name),
        "SupportedNetworkTypes": ["IPV4"],
        **_subnets(service, request["SubnetIds"]),
    }
    service.subnet_groups[name] = group
    service.keep_tags(str(group["DBSubnetGroupArn"]), request.get("Tags"))
    return {"DBSubnetGroup": group}


def find_subnet_group(service: Rds, name: str) -> dict[str, Any]:
    """Return a subnet group. Raises RDS's error when there is none."""
    found = service.subnet_groups.get(name.lower())
    if found is None:
        raise fault("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    return found


def describe_subnet_groups(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeDBSubnetGroups."""
    name = request.get("DBSubnetGroupName")
    found = [find_subnet_group(service, name)] if name else [*service.subnet_groups.values()]
    return page("DBSubnetGroups", filtered(found, request, {}), request)


def modify_subnet_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """ModifyDBSubnetGroup."""
    group = find_subnet_group(service, request["DBSubnetGroupName"])
    made = _subnets(service, request["SubnetIds"])
    used = any(
        one.described.get("DBSubnetGroup") == group["DBSubnetGroupName"] for one in service.instances.values()
    )
    if used and made["VpcId"] != group["VpcId"]:
        raise fault("InvalidSubnet", "The new Subnets are not in the same Vpc as the existing subnet group")
    group.update(made)
    if "DBSubnetGroupDescription" in request:
        group["DBSubnetGroupDescription"] = request["DBSubnetGroupDescription"]
    return {"DBSubnetGroup": group}


def delete_subnet_group(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteDBSubnetGroup."""
    group = find_subnet_group(service, request["DBSubnetGroupName"])
    name = group["DBSubnetGroupName"]
    if any(one.described.get("DBSubnetGroup") == name for one in service.instances.values()):
        raise fault(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{name}' because at least one database instance is still using "
            "it.",
        )
    del service.subnet_groups[name]
    service.tags.pop(group["DBSubnetGroupArn"], None)
    return {}


def _subnets(service: Rds, wanted: Sequence[str]) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        found = service.base.client("ec2").describe_subnets(SubnetIds=list(wanted))["Subnets"]
    except ClientError as error:
        raise fault("InvalidSubnet", f"Some input subnets in :[{', '.join(wanted)}] are invalid.") from error
    if len({subnet["VpcId"] for subnet in found}) > 1:
        raise fault("InvalidSubnet", "Subnets are not all in the same VPC")
    zones = {subnet["AvailabilityZone"] for subnet in found}
    if len(zones) < LEAST_ZONES:
        raise fault(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
            f"Current AZ coverage: {', '.join(sorted(zones))}. "
            f"Add subnets to cover at least {LEAST_ZONES} AZs.",
        )
    subnets = [
        {
            "SubnetIdentifier": subnet["SubnetId"],
            "SubnetAvailabilityZone": {"Name": subnet["AvailabilityZone"]},
            "SubnetOutpost": {},
            "SubnetStatus": "Active",
        }
        for subnet in found
    ]
    return {"VpcId": found[0]["VpcId"], "Subnets": subnets}


def _check_name(field: str, name: str) -> None:
    if len(name) > LONGEST_NAME or NAME.fullmatch(name) is None or name.endswith("-"):
        raise invalid_identifier(field)
