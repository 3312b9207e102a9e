"""IAM: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "AttachRolePolicy": "RoleName PolicyArn",
    "CreatePolicy": "PolicyName Path PolicyDocument Description Tags",
    "CreatePolicyVersion": "PolicyArn PolicyDocument SetAsDefault",
    "CreateRole": (
        "Path RoleName AssumeRolePolicyDocument Description MaxSessionDuration PermissionsBoundary Tags"
    ),
    "DeletePolicy": "PolicyArn",
    "DeletePolicyVersion": "PolicyArn VersionId",
    "DeleteRole": "RoleName",
    "DeleteRolePermissionsBoundary": "RoleName",
    "DeleteRolePolicy": "RoleName PolicyName",
    "DetachRolePolicy": "RoleName PolicyArn",
    "GetPolicy": "PolicyArn",
    "GetPolicyVersion": "PolicyArn VersionId",
    "GetRole": "RoleName",
    "GetRolePolicy": "RoleName PolicyName",
    "ListAttachedRolePolicies": "RoleName PathPrefix",
    "ListEntitiesForPolicy": "PolicyArn EntityFilter PathPrefix PolicyUsageFilter",
    "ListInstanceProfilesForRole": "RoleName",
    "ListPolicies": "Scope PathPrefix PolicyUsageFilter",
    "ListPolicyTags": "PolicyArn",
    "ListPolicyVersions": "PolicyArn",
    "ListRolePolicies": "RoleName",
    "ListRoleTags": "RoleName",
    "ListRoles": "PathPrefix",
    "PutRolePermissionsBoundary": "RoleName PermissionsBoundary",
    "PutRolePolicy": "RoleName PolicyName PolicyDocument",
    "TagPolicy": "PolicyArn Tags",
    "TagRole": "RoleName Tags",
    "UntagPolicy": "PolicyArn TagKeys",
    "UntagRole": "RoleName TagKeys",
    "UpdateAssumeRolePolicy": "RoleName PolicyDocument",
    "UpdateRole": "RoleName Description MaxSessionDuration",
}
