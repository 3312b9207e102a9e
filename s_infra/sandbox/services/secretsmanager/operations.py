"""The operations on secrets."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.secretsmanager.errors import (
    SecretsError,
    invalid_parameter,
    invalid_request,
    not_found,
)
from s_infra.sandbox.services.secretsmanager.secrets import CURRENT, DAY_S, MOST_LABELS, VALUE_FIELDS, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.secretsmanager.secrets import Secrets

Request = dict[str, Any]
LONGEST_WINDOW, SHORTEST_WINDOW = 30, 7


def create(service: Secrets, request: Request) -> Request:
    """CreateSecret."""
    value = _value(request)
    token = request.get("ClientRequestToken") or str(uuid.uuid4())
    known = service.by_name.get(request["Name"])
    if known is not None and not known.deleted and value and known.has(token, value):
        return {**_named(known), "VersionId": token}
    made = service.add(request["Name"])
    made.description, made.kms_key = request.get("Description"), request.get("KmsKeyId")
    made.tags.update({tag["Key"]: tag.get("Value", "") for tag in request.get("Tags", ())})
    if not value:
        return _named(made)
    made.put(token, value, [CURRENT])
    return {**_named(made), "VersionId": token}


def get_value(service: Secrets, request: Request) -> Request:
    """GetSecretValue."""
    found = service.find(request["SecretId"])
    wanted, label = request.get("VersionId"), request.get("VersionStage")
    if wanted is None:
        wanted = found.labelled(label or CURRENT)
        if wanted is None:
            raise not_found(
                f"Secrets Manager can't find the specified secret value for staging label: {label or CURRENT}"
            )
    version = _version(found, wanted)
    if label is not None and label not in version["stages"]:
        raise invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
    found.accessed = time.time() // DAY_S * DAY_S
    answer = {
        "VersionId": wanted,
        "VersionStages": list(version["stages"]),
        "CreatedDate": version["created"],
    }
    return {**_named(found), **version["value"], **answer}


def describe(service: Secrets, request: Request) -> Request:
    """DescribeSecret."""
    return _described(service.find(request["SecretId"], deleted=True), "VersionIdsToStages")


def put_value(service: Secrets, request: Request) -> Request:
    """PutSecretValue."""
    found = _changeable(service, request)
    value = _value(request)
    if not value:
        raise invalid_parameter("You must provide either SecretString or SecretBinary.")
    token = request.get("ClientRequestToken") or str(uuid.uuid4())
    labels = request.get("VersionStages") or [CURRENT]
    found.put(token, value, labels)
    return {**_named(found), "VersionId": token, "VersionStages": list(found.versions[token]["stages"])}


def update(service: Secrets, request: Request) -> Request:
    """UpdateSecret."""
    found = _changeable(service, request)
    found.description = request.get("Description", found.description)
    found.kms_key = request.get("KmsKeyId", found.kms_key)
    found.changed = time.time()
    value = _value(request)
    if not value:
        return _named(found)
    token = request.get("ClientRequestToken") or str(uuid.uuid4())
    found.put(token, value, [CURRENT])
    return {**_named(found), "VersionId": token}


def delete(service: Secrets, request: Request) -> Request:
    """DeleteSecret: at once when forced, else when its recovery window is over."""
    force, window = request.get("ForceDeleteWithoutRecovery"), request.get("RecoveryWindowInDays")
    if force and window is not None:
        raise invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if window is not None and not SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
        raise invalid_parameter(
            f"The RecoveryWindowInDays value must be between {SHORTEST_WINDOW} and {LONGEST_WINDOW} days "
            "(inclusive)."
        )
    found = service.find(request["SecretId"], deleted=True)
    _refuse_owned(found)
    if found.deleted and not force:
        raise invalid_request(
            "You can't perform this operation on the secret because it was already scheduled for deletion."
        )
    now = time.time()
    found.deleted = now
    found.gone = now if force else now + (window or LONGEST_WINDOW) * DAY_S
    if force:
        del service.by_name[found.name]
    return {**_named(found), "DeletionDate": found.gone}


def restore(service: Secrets, request: Request) -> Request:
    """RestoreSecret."""
    found = service.find(request["SecretId"], deleted=True)
    found.deleted = found.gone = None
    return _named(found)


def list_secrets(service: Secrets, request: Request) -> Request:
    """ListSecrets."""
    found = sorted(service.by_name.values(), key=lambda one: one.created)
    found = [one for one in found if request.get("IncludePlannedDeletion") or not one.deleted]
    for one in request.get("Filters", ()):
        found = [secret for secret in found if _passes(secret, one["Key"], one["Values"])]
    if request.get("SortOrder") == "desc":
        found.reverse()
    return _page("SecretList", [_described(one, "SecretVersionsToStages") for one in found], request)


def list_versions(service: Secrets, request: Request) -> Request:
    """ListSecretVersionIds."""
    found = service.find(request["SecretId"], deleted=True)
    versions = [
        {"VersionId": one, "VersionStages": list(version["stages"]), "CreatedDate": version["created"]}
        for one, version in found.versions.items()
        if version["stages"] or request.get("IncludeDeprecated")
    ]
    return {**_named(found), **_page("Versions", versions, request)}


def move_stage(service: Secrets, request: Request) -> Request:
    """UpdateSecretVersionStage."""
    found = _changeable(service, request)
    label, to, out_of = (
        request["VersionStage"],
        request.get("MoveToVersionId"),
        request.get("RemoveFromVersionId"),
    )
    for one in (to, out_of):
        if one is not None:
            _version(found, one)
    holder = found.labelled(label)
    if out_of is not None and out_of != holder:
        raise invalid_parameter(f"The staging label {label} is not attached to version {out_of}.")
    if out_of is None and holder not in (None, to):
        raise invalid_parameter(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached "
            f"to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    if to is None and label == CURRENT:
        raise invalid_parameter(f"You can't remove the staging label {CURRENT}; move it to another version.")
    if to is not None and len(found.versions[to]["stages"]) >= MOST_LABELS:
        raise SecretsError("LimitExceededException", f"A version has at most {MOST_LABELS} staging labels.")
    found.move(label, to)
    found.changed = time.time()
    return _named(found)


def tag(service: Secrets, request: Request) -> Request:
    """TagResource."""
    found = service.find(request["SecretId"])
    found.tags.update({one["Key"]: one.get("Value", "") for one in request["Tags"]})
    return {}


def untag(service: Secrets, request: Request) -> Request:
    """UntagResource."""
    found = service.find(request["SecretId"])
    for key in request["TagKeys"]:
        found.tags.pop(key, None)
    return {}


def policy(service: Secrets, request: Request) -> Request:
    """GetResourcePolicy: there is none, since none can be put."""
    return _named(service.find(request["SecretId"], deleted=True))


def rotate(service: Secrets, request: Request) -> Request:
    """RotateSecret, of a secret whose owner rotates it; one by a function is refused by the table."""
    with service.lock:
        found = service.find(request["SecretId"])
    if found.owner is None:
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    if request.get("RotateImmediately") is False:
        return _named(found)
    return {**_named(found), "VersionId": service.rotations[found.owner](found.arn)}


def _named(secret: Secret) -> Request:
    return {"ARN": secret.arn, "Name": secret.name}


def _described(secret: Secret, stages: str) -> Request:
    told = {
        **_named(secret),
        "Description": secret.description,
        "KmsKeyId": secret.kms_key,
        "CreatedDate": secret.created,
        "LastChangedDate": secret.changed,
        "LastAccessedDate": secret.accessed,
        "LastRotatedDate": secret.rotated,
        "DeletedDate": secret.deleted,
        "OwningService": secret.owner,
        "RotationEnabled": True if secret.owner else None,
        "Tags": [{"Key": key, "Value": value} for key, value in secret.tags.items()],
        stages: secret.stages() or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _value(request: Mapping[str, Any]) -> Request:
    found = {name: request[name] for name in VALUE_FIELDS if request.get(name) is not None}
    if len(found) > 1:
        raise invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    return found


def _version(secret: Secret, version_id: str) -> dict[str, Any]:
    if version_id not in secret.versions:
        raise not_found(f"Secrets Manager can't find the specified secret value for VersionId: {version_id}")
    return secret.versions[version_id]


def _changeable(service: Secrets, request: Request) -> Secret:
    found = service.find(request["SecretId"])
    _refuse_owned(found)
    return found


def _refuse_owned(secret: Secret) -> None:
    if secret.owner:
        raise invalid_request(
            f"You can't perform this operation on a secret that is managed by {secret.owner}."
        )


def _passes(secret: Secret, key: str, values: list[str]) -> bool:
    texts = {
        "name": [secret.name],
        "description": [secret.description or ""],
        "tag-key": list(secret.tags),
        "tag-value": list(secret.tags.values()),
        "owning-service": [secret.owner or ""],
    }
    if key not in texts:
        raise SecretsError("NotImplemented", _refusal(f"ListSecrets Filters.Key {key}"), 501)
    wanted = [value for value in values if not value.startswith("!")]
    unwanted = [value[1:] for value in values if value.startswith("!")]
    starts = [any(text.startswith(value) for text in texts[key]) for value in wanted]
    ends = [any(text.startswith(value) for text in texts[key]) for value in unwanted]
    return (not wanted or any(starts)) and not any(ends)


def _refusal(what: str) -> str:
    return f"s-infra sandbox: secretsmanager:{what} isn't carried out"


def _page(name: str, entries: list[Any], request: Request) -> Request:
    token = request.get("NextToken") or "0"
    if not token.isdecimal():
        raise SecretsError("InvalidNextTokenException", "The NextToken value is invalid.")
    first, size = int(token), request.get("MaxResults") or 100
    page: Request = {name: entries[first : first + size]}
    if first + size < len(entries):
        page["NextToken"] = str(first + size)
    return page
