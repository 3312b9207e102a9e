"""IAM: roles, the policies within them, and policies of their own with their attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State
    from s_infra.sandbox.provider.session import Session

_DEPRECATED = "The real provider 6 still has it as deprecated; use aws_iam_role_policy or an attachment."


def _detach(session: Session, state: State) -> None:
    if not state.get("force_detach_policies"):
        return
    client = session.client("iam")
    for policy in client.list_attached_role_policies(RoleName=state["name"])["AttachedPolicies"]:
        client.detach_role_policy(RoleName=state["name"], PolicyArn=policy["PolicyArn"])
    for name in client.list_role_policies(RoleName=state["name"])["PolicyNames"]:
        client.delete_role_policy(RoleName=state["name"], PolicyName=name)


def _policy_arguments(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    client = session.client("iam")
    if operation == "GetPolicyVersion":
        return {"VersionId": client.get_policy(PolicyArn=state["arn"])["Policy"]["DefaultVersionId"]}
    if operation == "CreatePolicyVersion":
        _delete_versions(session, state, keep=4)  # AWS keeps five
    return {}


def _other_versions(session: Session, state: State) -> None:
    _delete_versions(session, state, keep=1)


def _delete_versions(session: Session, state: State, *, keep: int) -> None:
    client = session.client("iam")
    versions = client.list_policy_versions(PolicyArn=state["arn"])["Versions"]
    oldest = sorted(versions, key=lambda version: int(version["VersionId"].removeprefix("v")))
    for version in oldest[: max(0, len(versions) - keep)]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=state["arn"], VersionId=version["VersionId"])


RESOURCES = {
    "aws_iam_policy": Resource(
        service="iam",
        id="{arn}",
        create=(Call("CreatePolicy", returns={"arn": "Policy.Arn"}),),
        read=(Read("GetPolicy", at="Policy"), Read("GetPolicyVersion", at="PolicyVersion")),
        update=(Call("CreatePolicyVersion", when=("policy",), constant={"SetAsDefault": True}),),
        delete=(Call("DeletePolicy"),),
        arguments=_policy_arguments,
        before_delete=_other_versions,
        names={
            "arn": ("PolicyArn", "Arn"),
            "name": "PolicyName",
            "policy": ("PolicyDocument", "Document"),
        },
        defaults={"path": "/"},
        local=("name_prefix",),
        json=("policy",),
        replace=("name", "name_prefix", "path", "description"),
        refused={"delay_after_policy_creation_in_ms": "The sandbox's policies need no time to spread."},
        tags=Tags("ListPolicyTags", "TagPolicy", "UntagPolicy"),
    ),
    "aws_iam_role_policy_attachment": Resource(
        service="iam",
        id="{role}/{policy_arn}",
        create=(Call("AttachRolePolicy"),),
        read=(Read("ListAttachedRolePolicies", at="AttachedPolicies", match=("policy_arn", "PolicyArn")),),
        delete=(Call("DetachRolePolicy"),),
        names={"role": "RoleName"},
    ),
    "aws_iam_role": Resource(
        service="iam",
        id="{name}",
        create=(Call("CreateRole"),),
        read=(Read("GetRole", at="Role"),),
        update=(
            Call("UpdateRole"),
            Call("UpdateAssumeRolePolicy", when=("assume_role_policy",)),
            Call(
                "PutRolePermissionsBoundary",
                when=("permissions_boundary",),
                unset="DeleteRolePermissionsBoundary",
            ),
        ),
        delete=(Call("DeleteRole"),),
        before_delete=_detach,
        names={
            "name": "RoleName",
            "unique_id": "RoleId",
            "assume_role_policy": ("AssumeRolePolicyDocument", "PolicyDocument"),
            "permissions_boundary": (
                "PermissionsBoundary.PermissionsBoundaryArn",
                "PermissionsBoundary",
            ),
        },
        defaults={"path": "/", "max_session_duration": 3600, "force_detach_policies": False},
        local=("name_prefix", "force_detach_policies"),
        filled=("inline_policy",),
        json=("assume_role_policy",),
        replace=("name", "name_prefix", "path"),
        refused=dict.fromkeys(("inline_policy", "managed_policy_arns"), _DEPRECATED),
        tags=Tags("ListRoleTags", "TagRole", "UntagRole"),
    ),
    "aws_iam_role_policy": Resource(
        service="iam",
        id="{role}:{name}",
        create=(Call("PutRolePolicy"),),
        read=(Read("GetRolePolicy"),),
        update=(Call("PutRolePolicy"),),
        delete=(Call("DeleteRolePolicy"),),
        names={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
        local=("name_prefix",),
        json=("policy",),
        replace=("name", "name_prefix", "role"),
    ),
}

SOURCES = {"aws_iam_role": told_by("aws_iam_role", RESOURCES["aws_iam_role"])}
