"""RDS: instances of PostgreSQL that are servers on this machine. Other engines are refused by name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints, query
from s_infra.sandbox.carried import not_carried
from s_infra.sandbox.services.rds import (
    groups,
    instances,
    kept,
    modification,
    snapshots,
    told,
    versions,
)
from s_infra.sandbox.services.rds.carried import CARRIED
from s_infra.sandbox.services.rds.errors import RdsError, invalid_value, not_carried_out
from s_infra.sandbox.services.rds.postgres import PostgresError
from s_infra.sandbox.services.rds.tables import Rds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response

SERVICE = "rds"
AUTHORITY_PAGE = "/_s_infra/rds"
OPERATIONS: Mapping[str, Callable[[Rds, dict[str, Any]], dict[str, Any]]] = {
    "AddTagsToResource": told.add_tags,
    "CreateDBInstance": instances.create,
    "CreateDBParameterGroup": groups.create_parameter_group,
    "CreateDBSubnetGroup": groups.create_subnet_group,
    "DeleteDBInstance": instances.delete,
    "DeleteDBParameterGroup": groups.delete_parameter_group,
    "DeleteDBSnapshot": snapshots.delete,
    "DeleteDBSubnetGroup": groups.delete_subnet_group,
    "DescribeDBEngineVersions": versions.engine_versions,
    "DescribeDBInstances": instances.describe,
    "DescribeDBParameterGroups": groups.describe_parameter_groups,
    "DescribeDBParameters": groups.describe_parameters,
    "DescribeDBSnapshots": snapshots.describe,
    "DescribeDBSubnetGroups": groups.describe_subnet_groups,
    "DescribeEvents": told.describe_events,
    "DescribeOrderableDBInstanceOptions": versions.orderable_options,
    "ListTagsForResource": told.list_tags,
    "ModifyDBInstance": modification.modify,
    "ModifyDBParameterGroup": groups.modify_parameter_group,
    "ModifyDBSubnetGroup": groups.modify_subnet_group,
    "RebootDBInstance": instances.reboot,
    "RemoveTagsFromResource": told.remove_tags,
    "ResetDBParameterGroup": groups.reset_parameter_group,
    "StartDBInstance": instances.start,
    "StopDBInstance": instances.stop,
}


def install(base: Base) -> None:
    """Serve RDS in place of the base's, whose instances are available with nothing listening."""
    service = Rds(base)
    base.installed[SERVICE] = service
    base.keep_state(SERVICE, lambda: kept.dump(service), lambda content: kept.restore(service, content))
    base.installed["secretsmanager"].rotations[SERVICE] = lambda arn: _rotate(service, arn)

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, parameters: dict[str, list[str]]
    ) -> Response:
        del method, path, headers
        # In a thread: an operation asks for subnets and security groups, which this same server answers.
        return await asyncio.to_thread(_answer, service, query.form_of(body, parameters))

    base.add_page(
        AUTHORITY_PAGE, lambda: {"certificate_authority": service.authority.certificate.read_text()}
    )
    base.add_service(SERVICE, handle, host_patterns=[r"rds\."], reset=lambda: kept.forget(service))


def _answer(service: Rds, form: Mapping[str, str]) -> Response:
    operation = form.get("Action", "")
    headers = {"Content-Type": query.CONTENT_TYPE}
    try:
        result = _carry_out(service, operation, form)
    except RdsError as error:
        return error.status, headers, query.error(SERVICE, error.code, error.message)
    return 200, headers, query.answer(SERVICE, operation, result)


def _carry_out(service: Rds, operation: str, form: Mapping[str, str]) -> dict[str, Any]:
    if operation not in OPERATIONS:
        raise RdsError("NotImplemented", f"s-infra sandbox: rds:{operation} isn't carried out", 501)
    try:
        request = query.request(SERVICE, operation, form)
    except query.MalformedError as error:
        raise invalid_value(str(error)) from error
    if found := constraints.problems(SERVICE, operation, request):
        raise RdsError("ValidationError", constraints.message(found))
    if (field := not_carried(CARRIED[operation], request)) is not None:
        raise not_carried_out(operation, field)
    with service.lock:
        # Here, since the program that knows them takes a moment to be asked.
        groups.add_default(service)
        return OPERATIONS[operation](service, request)


def _rotate(service: Rds, arn: str) -> str:
    for instance in list(service.instances.values()):
        if instance.described.get("MasterUserSecret", {}).get("SecretArn") == arn:
            return modification.rotate(instance)
    raise PostgresError(f"no instance has the secret {arn}")
