"""Holds what the roles' own policies grant against the calls that were made."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def unused(iam: Any, calls: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the grants that no recorded call needed: role and action, as its policies have it."""
    needed: dict[str, set[str]] = {}
    for call in calls:
        _, found, rest = str(call["principal"]).partition(":assumed-role/")
        if found:
            needed.setdefault(rest.partition("/")[0], set()).update(call["actions"])
    return sorted(
        (role, action)
        for role, action in set(granted(iam))
        # An action is compared as IAM does: whatever its case, and with wildcards.
        if not any(fnmatch.fnmatch(one.lower(), action.lower()) for one in needed.get(role, ()))
    )


def granted(iam: Any) -> Iterator[tuple[str, str]]:
    """Give the actions that the account's roles are granted by their own and attached policies."""
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            for document in _documents(iam, role["RoleName"]):
                yield from ((role["RoleName"], action) for action in _allowed(document))


def _documents(iam: Any, role: str) -> Iterator[Mapping[str, Any]]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        yield iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _allowed(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", ())
        if statement["Effect"] == "Allow":
            yield from [actions] if isinstance(actions, str) else actions
