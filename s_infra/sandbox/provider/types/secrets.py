"""Secrets Manager: secrets and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, DataSource, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_WINDOW = 30


def _window(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    del session
    if operation != "DeleteSecret":
        return {}
    days = state.get("recovery_window_in_days")
    days = _WINDOW if days is None else days
    return {"RecoveryWindowInDays": int(days)} if days else {"ForceDeleteWithoutRecovery": True}


def _version_told(told: State, state: State) -> Mapping[str, Value]:
    # A configuration may give the secret's name or its ARN.
    return {
        "secret_id": state.get("secret_id"),
        "secret_arn": told.get("arn"),
        "has_secret_string_wo": False,
    }


def _move_labels(session: Session, prior: State, planned: State) -> None:
    before, now = set(prior.get("version_stages") or []), set(planned.get("version_stages") or [])
    client = session.client("secretsmanager")
    secret, version = planned["secret_id"], prior["version_id"]
    stages = client.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    for label in sorted(now - before):
        holder = next((one for one, labels in stages.items() if label in labels), None)
        taken = {"RemoveFromVersionId": holder} if holder else {}
        client.update_secret_version_stage(
            SecretId=secret, VersionStage=label, MoveToVersionId=version, **taken
        )
    left = client.describe_secret(SecretId=secret).get("VersionIdsToStages", {}).get(version, [])
    for label in sorted(set(left) & (before - now)):
        client.update_secret_version_stage(SecretId=secret, VersionStage=label, RemoveFromVersionId=version)


RESOURCES = {
    "aws_secretsmanager_secret": Resource(
        service="secretsmanager",
        id="{arn}",
        import_ids=("{arn}",),
        create=(Call("CreateSecret", returns={"arn": "ARN"}),),
        read=(Read("DescribeSecret", given=("arn",), gone={"DeletedDate": ()}),),
        update=(Call("UpdateSecret", when=("description", "kms_key_id")),),
        delete=(Call("DeleteSecret"),),
        arguments=_window,
        names={"arn": ("ARN", "SecretId"), "recovery_window_in_days": ""},
        defaults={"force_overwrite_replica_secret": False, "recovery_window_in_days": _WINDOW},
        local=("name_prefix", "recovery_window_in_days"),
        replace=("name", "name_prefix"),
        refused={
            "force_overwrite_replica_secret": "The sandbox has one Region.",
            "policy": "The sandbox holds no policy against a secret.",
            "replica": "The sandbox has one Region.",
            "type": "The sandbox rotates no partner's secret.",
        },
        tags=Tags("DescribeSecret", "TagResource", "UntagResource"),
    ),
    "aws_secretsmanager_secret_version": Resource(
        service="secretsmanager",
        id="{secret_id}|{version_id}",
        create=(Call("PutSecretValue", returns={"version_id": "VersionId"}),),
        read=(Read("GetSecretValue", given=("secret_id", "version_id")),),
        # A version can't be deleted: it goes with its secret.
        delete=(),
        settle=_version_told,
        change=_move_labels,
        names={"arn": "ARN", "secret_arn": ""},
        filled=("version_stages",),
        replace=("secret_id", "secret_string"),
        sensitive=("secret_string",),
        refused={
            "secret_binary": "The sandbox's provider writes text.",
            "secret_string_wo": "Give secret_string.",
            "secret_string_wo_version": "Give secret_string.",
        },
    ),
}


def _version(session: Session, config: State) -> State:
    given = {
        name: value
        for name, value in (
            ("SecretId", config.get("secret_id")),
            ("VersionId", config.get("version_id")),
            ("VersionStage", None if config.get("version_id") else config.get("version_stage")),
        )
        if value
    }
    found = session.client("secretsmanager").get_secret_value(**given)
    binary = found.get("SecretBinary")
    return {
        "id": f"{config['secret_id']}|{found['VersionId']}",
        "arn": found["ARN"],
        "secret_arn": found["ARN"],
        "created_date": found["CreatedDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "secret_string": found.get("SecretString"),
        "secret_binary": binary.decode() if binary is not None else None,
        "version_id": found["VersionId"],
        "version_stages": found["VersionStages"],
        "version_stage": config.get("version_stage") or "AWSCURRENT",
    }


SOURCES = {
    "aws_secretsmanager_secret_version": DataSource(_version, sensitive=("secret_binary", "secret_string")),
}
