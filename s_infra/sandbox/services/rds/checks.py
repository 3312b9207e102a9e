"""What RDS refuses of an instance's fields before it makes or changes one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds import groups, versions
from s_infra.sandbox.services.rds.errors import invalid_combination, invalid_identifier, invalid_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.rds.tables import Rds

IDENTIFIER = re.compile(r"[a-z](-?[a-z0-9])*")
LONGEST_IDENTIFIER = 63
USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
RESERVED_USERS = frozenset(
    {"admin", "rdsadmin", "rds_superuser", "rdsrepladmin", "rds_replication", "public", "none", "user"}
)
DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
RESERVED_DATABASES = frozenset({"postgres", "rdsadmin", "template0", "template1"})
PASSWORD = re.compile(r"[!-~]+")
PASSWORD_LENGTHS = (8, 128)
PORTS = (1150, 65535)
LONGEST_RETENTION = 35
INTERVALS = (0, 1, 5, 10, 15, 30, 60)


def identifier(field: str, name: str) -> str:
    """Return an identifier as RDS keeps it, in small letters."""
    if len(name) > LONGEST_IDENTIFIER or IDENTIFIER.fullmatch(name.lower()) is None:
        raise invalid_identifier(field)
    return name.lower()


def user(name: str | None) -> None:
    """Check the master user's name."""
    if not name:
        raise invalid_value("The parameter MasterUsername must be provided and must not be blank.")
    if USER.fullmatch(name) is None:
        raise invalid_value(f"The parameter MasterUsername is not a valid identifier: {name}")
    if name.lower() in RESERVED_USERS or name.lower().startswith("pg_"):
        raise invalid_value(
            f"MasterUsername {name} cannot be used as it is a reserved word used by the engine"
        )


def database(name: str | None) -> None:
    """Check the name of the first database."""
    if name is None:
        return
    if name in RESERVED_DATABASES:
        raise invalid_value(f"DBName {name} cannot be used. It is a reserved word for this engine")
    if DATABASE.fullmatch(name) is None:
        raise invalid_value("DBName must begin with a letter and contain only alphanumeric characters.")


def password(request: Mapping[str, Any], *, required: bool) -> None:
    """Check the master user's password, and that it isn't given where RDS manages it."""
    given = request.get("MasterUserPassword")
    managed = request.get("ManageMasterUserPassword")
    if given is not None and managed:
        raise invalid_combination(
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled."
        )
    if request.get("MasterUserSecretKmsKeyId") and managed is False:
        raise invalid_combination("MasterUserSecretKmsKeyId needs ManageMasterUserPassword.")
    if given is None:
        if required and not managed:
            raise invalid_value("The parameter MasterUserPassword must be provided and must not be blank.")
        return
    least, most = PASSWORD_LENGTHS
    problem = "shorter than 8" if len(given) < least else "longer than 128" if len(given) > most else None
    if problem:
        raise invalid_value(
            f"The parameter MasterUserPassword is not a valid password because it is {problem} characters."
        )
    if PASSWORD.fullmatch(given) is None or set(given) & set('/@"'):
        raise invalid_value(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters "
            "besides '/', '@', '\"', ' ' may be used."
        )


def numbers(request: Mapping[str, Any]) -> None:
    """Check port, retention and interval."""
    port = request.get("Port", request.get("DBPortNumber"))
    if port is not None and not PORTS[0] <= port <= PORTS[1]:
        raise invalid_value(f"Invalid endpoint port {port}, valid ports are {PORTS[0]}-{PORTS[1]}")
    days = request.get("BackupRetentionPeriod", 0)
    if not 0 <= days <= LONGEST_RETENTION:
        raise invalid_value(
            f"Invalid backup retention period: {days}. Must be between 0 and {LONGEST_RETENTION}."
        )
    interval = request.get("MonitoringInterval", 0)
    if interval not in INTERVALS:
        raise invalid_value(
            f"Invalid MonitoringInterval: {interval}. Valid values: {', '.join(map(str, INTERVALS))}"
        )
    if interval and not request.get("MonitoringRoleArn"):
        raise invalid_combination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )


def parameter_group(service: Rds, name: str | None) -> str:
    """Return the parameter group that is meant. Raises RDS's error when there is none."""
    if name is None:
        return groups.default_name()
    found = groups.find(service, name)
    has, wanted = found["DBParameterGroupFamily"], versions.family()
    if has != wanted:
        raise invalid_combination(
            f"The parameter group {name} with DBParameterGroupFamily {has} can't be used for this instance. "
            f"Please use a Parameter Group with DBParameterGroupFamily {wanted}"
        )
    return str(found["DBParameterGroupName"])


def security_groups(service: Rds, wanted: list[str] | None) -> list[dict[str, str]]:
    """Return the security groups as Describe tells them: those that are named, else the VPC's own."""
    from botocore.exceptions import ClientError

    ec2 = service.base.client("ec2")
    if wanted is None:
        found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])[
            "SecurityGroups"
        ][:1]
    else:
        try:
            found = ec2.describe_security_groups(GroupIds=wanted)["SecurityGroups"] if wanted else []
        except ClientError as error:
            raise invalid_value(
                f"Invalid security group , groupId= {', '.join(wanted)}, groupName=."
            ) from error
    return [{"VpcSecurityGroupId": group["GroupId"], "Status": "active"} for group in found]
