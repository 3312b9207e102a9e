"""IAM: roles and the policies within them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
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


RESOURCES = {
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
