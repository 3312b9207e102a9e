"""IAM and STS as modules and programs use them, on the sandbox or on AWS."""

from __future__ import annotations

import boto3
import pytest
from cloud_support import Cloud, code, document

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::any/*"}
LIST = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::any"}


@pytest.mark.parity(
    "iam:CreatePolicy", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:CreatePolicyVersion",
    "iam:ListPolicyVersions", "iam:DeletePolicyVersion", "iam:AttachRolePolicy", "iam:DetachRolePolicy",
    "iam:ListAttachedRolePolicies", "iam:ListEntitiesForPolicy", "iam:DeletePolicy", "iam:ListPolicies",
    "iam:TagPolicy", "iam:UntagPolicy",
)  # fmt: skip
def test_a_policy_has_versions_and_roles(cloud: Cloud) -> None:
    iam, role = cloud.client("iam"), cloud.role("lambda").rpartition("/")[2]
    name = cloud.name()
    made = iam.create_policy(PolicyName=name, PolicyDocument=document(READ))["Policy"]
    arn = made["Arn"]
    cloud.later(iam.delete_policy, PolicyArn=arn)
    assert (made["DefaultVersionId"], arn) == ("v1", f"arn:aws:iam::{cloud.account_id}:policy/{name}")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(LIST), SetAsDefault=True)
    cloud.later(iam.delete_policy_version, PolicyArn=arn, VersionId="v1")
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {(one["VersionId"], one["IsDefaultVersion"]) for one in versions} == {("v1", False), ("v2", True)}
    kept = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert kept["Statement"] == [LIST]
    assert code(iam.delete_policy_version, PolicyArn=arn, VersionId="v2") == "DeleteConflict"
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "stage", "Value": "test"}, {"Key": "gone", "Value": "soon"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["gone"])
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == [{"Key": "stage", "Value": "test"}]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    cloud.later(iam.detach_role_policy, RoleName=role, PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": name, "PolicyArn": arn}]
    holders = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    assert [one["RoleName"] for one in holders] == [role]
    assert name in [one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]]
    assert code(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


@pytest.mark.parity(
    "iam:ListRoles", "iam:ListRolePolicies", "iam:ListInstanceProfilesForRole", "iam:GetRole",
    "iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy",
)  # fmt: skip
def test_a_role_keeps_its_own_policies(cloud: Cloud) -> None:
    iam, arn = cloud.client("iam"), cloud.role("lambda", READ)
    name = arn.rpartition("/")[2]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["own"]
    assert iam.get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"]["Statement"] == [READ]
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    pages = iam.get_paginator("list_roles").paginate()
    assert arn in [role["Arn"] for page in pages for role in page["Roles"]]
    assert code(iam.delete_role, RoleName=name) == "DeleteConflict"
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    assert code(iam.get_role_policy, RoleName=name, PolicyName="own") == "NoSuchEntity"
    assert code(iam.get_role, RoleName=cloud.name()) == "NoSuchEntity"
    bad = {"RoleName": name, "PolicyName": "bad", "PolicyDocument": "{"}
    assert code(iam.put_role_policy, **bad) == "MalformedPolicyDocument"


@pytest.mark.parity("sts:GetCallerIdentity", "sts:AssumeRole")
def test_a_role_is_assumed_under_a_name(cloud: Cloud) -> None:
    sts, iam = cloud.client("sts"), cloud.client("iam")
    assert sts.get_caller_identity()["Account"] == cloud.account_id
    name, principal = cloud.name(), {"AWS": f"arn:aws:iam::{cloud.account_id}:root"}
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    cloud.later(iam.delete_role, RoleName=name)
    made = cloud.once_allowed(sts.assume_role, RoleArn=role, RoleSessionName="me", DurationSeconds=900)
    expected = f"arn:aws:sts::{cloud.account_id}:assumed-role/{name}/me"
    assert made["AssumedRoleUser"]["Arn"] == expected
    keys = made["Credentials"]
    session = boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=cloud.region
    )
    assumed = session.client("sts", endpoint_url=cloud.endpoint)
    assert assumed.get_caller_identity()["Arn"] == expected
    assumed.close()
