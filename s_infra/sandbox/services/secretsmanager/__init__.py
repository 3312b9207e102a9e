"""Secrets Manager: secrets with versions and labels, and those that another service owns.

In place of the base's, which labels a version that has no value, and says that it rotated, replicated and
held a policy against something.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints
from s_infra.sandbox.carried import fields, not_carried
from s_infra.sandbox.services.secretsmanager import operations
from s_infra.sandbox.services.secretsmanager.errors import SecretsError
from s_infra.sandbox.services.secretsmanager.passwords import random_password
from s_infra.sandbox.services.secretsmanager.secrets import Secret, Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response

SERVICE = "secretsmanager"
CONTENT_TYPE = "application/x-amz-json-1.1"
NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
RESERVED = "rds!"
OPERATIONS: Mapping[str, Callable[[Secrets, dict[str, Any]], dict[str, Any]]] = {
    "CreateSecret": operations.create,
    "DeleteSecret": operations.delete,
    "DescribeSecret": operations.describe,
    "GetRandomPassword": random_password,
    "GetResourcePolicy": operations.policy,
    "GetSecretValue": operations.get_value,
    "ListSecretVersionIds": operations.list_versions,
    "ListSecrets": operations.list_secrets,
    "PutSecretValue": operations.put_value,
    "RestoreSecret": operations.restore,
    "RotateSecret": operations.rotate,
    "TagResource": operations.tag,
    "UntagResource": operations.untag,
    "UpdateSecret": operations.update,
    "UpdateSecretVersionStage": operations.move_stage,
}
_VALUE = "SecretString SecretBinary ClientRequestToken"
CARRIED = {
    # KMS isn't here: the key's name is kept and given back.
    "CreateSecret": fields(f"Name Description KmsKeyId Tags {_VALUE}", ForceOverwriteReplicaSecret=(False,)),
    "DeleteSecret": fields("SecretId RecoveryWindowInDays ForceDeleteWithoutRecovery"),
    "DescribeSecret": fields("SecretId"),
    "GetRandomPassword": fields(
        "PasswordLength ExcludeCharacters ExcludeNumbers ExcludePunctuation ExcludeUppercase "
        "ExcludeLowercase IncludeSpace RequireEachIncludedType"
    ),
    "GetResourcePolicy": fields("SecretId"),
    "GetSecretValue": fields("SecretId VersionId VersionStage"),
    "ListSecretVersionIds": fields("SecretId MaxResults NextToken IncludeDeprecated"),
    "ListSecrets": fields(
        "IncludePlannedDeletion MaxResults NextToken Filters SortOrder", SortBy=("created-date",)
    ),
    "PutSecretValue": fields(f"SecretId VersionStages {_VALUE}"),
    "RestoreSecret": fields("SecretId"),
    "RotateSecret": fields("SecretId ClientRequestToken RotateImmediately"),
    "TagResource": fields("SecretId Tags"),
    "UntagResource": fields("SecretId TagKeys"),
    "UpdateSecret": fields(f"SecretId Description KmsKeyId {_VALUE}"),
    "UpdateSecretVersionStage": fields("SecretId VersionStage RemoveFromVersionId MoveToVersionId"),
}


def install(base: Base) -> None:
    """Serve Secrets Manager in place of the base's."""
    service = Secrets(base.region, base.account_id)
    base.installed[SERVICE] = service
    base.keep_state(SERVICE, lambda: _dump(service), lambda content: _restore(service, content))

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        del method, path, query
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            answer = await asyncio.to_thread(_carry_out, service, operation, body)
        except SecretsError as error:
            content = {"__type": error.code, "Message": error.message}
            return error.status, _headers(error.code), json.dumps(content).encode()
        return 200, _headers(None), json.dumps(answer).encode()

    base.add_service(
        SERVICE,
        handle,
        target_prefixes=[SERVICE],
        host_patterns=[r"secretsmanager\."],
        reset=service.by_name.clear,
    )


def _carry_out(service: Secrets, operation: str, body: bytes) -> dict[str, Any]:
    if operation not in OPERATIONS:
        raise _refused(operation)
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise SecretsError("SerializationException", f"The request is no JSON: {error}") from error
    if found := constraints.problems(SERVICE, operation, request):
        raise SecretsError("ValidationException", constraints.message(found))
    if (field := not_carried(CARRIED[operation], request)) is not None:
        raise _refused(f"{operation} {field}")
    name = request.get("Name")
    if name is not None and (NAME.fullmatch(name) is None or name.startswith(RESERVED)):
        raise SecretsError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
            "-/_+=.@!",
        )
    request = {key: value for key, value in request.items() if value is not None}
    if operation == "RotateSecret":
        # Its owner's work takes a while, and asks for the secrets in turn.
        return operations.rotate(service, request)
    with service.lock:
        return OPERATIONS[operation](service, request)


def _refused(what: str) -> SecretsError:
    return SecretsError("NotImplemented", f"s-infra sandbox: {SERVICE}:{what} isn't carried out", 501)


def _headers(error: str | None) -> dict[str, str]:
    return {"Content-Type": CONTENT_TYPE, **({"x-amzn-ErrorType": error} if error else {})}


def _dump(service: Secrets) -> tuple[object, list[str]]:
    return [dataclasses.asdict(one) for one in service.by_name.values()], []


def _restore(service: Secrets, content: list[dict[str, Any]]) -> None:
    for entry in content:
        service.by_name[entry["name"]] = Secret(**entry)
