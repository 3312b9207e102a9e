"""KMS, Parameter Store and CloudWatch Logs as modules and programs use them, on the sandbox or on AWS."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from cloud_support import Cloud, code, document

OWN = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}


def key(cloud: Cloud) -> str:
    kms, owner = cloud.client("kms"), {"AWS": f"arn:aws:iam::{cloud.account_id}:root"}
    policy = document({**OWN, "Principal": owner})
    arn = str(kms.create_key(Description="first", Policy=policy)["KeyMetadata"]["Arn"])
    cloud.later(kms.schedule_key_deletion, KeyId=arn, PendingWindowInDays=7)
    return arn


@pytest.mark.parity(
    "kms:CreateKey", "kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation",
    "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListKeys",
    "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdateKeyDescription",
)  # fmt: skip
def test_a_key_is_switched_turned_and_given_up(cloud: Cloud) -> None:
    kms = cloud.client("kms")
    one: dict[str, Any] = {"KeyId": key(cloud)}

    def told(field: str) -> Any:
        return kms.describe_key(**one)["KeyMetadata"][field]

    pages = kms.get_paginator("list_keys").paginate()
    assert one["KeyId"] in [listed["KeyArn"] for page in pages for listed in page["Keys"]]
    kms.disable_key(**one)
    cloud.until(lambda: told("KeyState") == "Disabled")
    kms.enable_key(**one)
    cloud.until(lambda: told("KeyState") == "Enabled")
    kms.enable_key_rotation(**one)
    cloud.until(lambda: kms.get_key_rotation_status(**one)["KeyRotationEnabled"])
    kms.disable_key_rotation(**one)
    cloud.until(lambda: not kms.get_key_rotation_status(**one)["KeyRotationEnabled"])
    kms.update_key_description(**one, Description="second")
    cloud.until(lambda: told("Description") == "second")
    policy = json.loads(kms.get_key_policy(**one)["Policy"])
    assert policy["Statement"][0]["Action"] == "kms:*"
    kms.put_key_policy(**one, Policy=json.dumps({**policy, "Id": "changed"}))
    cloud.until(lambda: json.loads(kms.get_key_policy(**one)["Policy"]).get("Id") == "changed")
    assert code(kms.put_key_policy, **one, Policy="{") == "MalformedPolicyDocumentException"
    assert kms.schedule_key_deletion(**one, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    cloud.gone("KMSInvalidStateException", kms.enable_key, **one)
    kms.cancel_key_deletion(**one)
    cloud.until(lambda: told("KeyState") == "Disabled")


@pytest.mark.parity("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias", "kms:ListAliases")
def test_an_alias_leads_to_its_key(cloud: Cloud) -> None:
    kms, keys, alias = cloud.client("kms"), [key(cloud), key(cloud)], f"alias/{cloud.name()}"
    kms.create_alias(AliasName=alias, TargetKeyId=keys[0])
    cloud.later(kms.delete_alias, AliasName=alias)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == keys[0]
    assert code(kms.create_alias, AliasName=alias, TargetKeyId=keys[1]) == "AlreadyExistsException"
    kms.update_alias(AliasName=alias, TargetKeyId=keys[1])

    def target() -> str | None:
        pages = kms.get_paginator("list_aliases").paginate()
        listed = (one for page in pages for one in page["Aliases"])
        return next((str(one.get("TargetKeyId")) for one in listed if one["AliasName"] == alias), None)

    cloud.until(lambda: target() == keys[1].rpartition("/")[2])
    kms.delete_alias(AliasName=alias)
    cloud.gone("NotFoundException", kms.describe_key, KeyId=alias)


@pytest.mark.parity(
    "ssm:DeleteParameter", "ssm:DeleteParameters", "ssm:DescribeParameters", "ssm:GetParameter",
    "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:PutParameter",
)  # fmt: skip
def test_parameters_are_set_found_and_deleted(cloud: Cloud) -> None:
    ssm, root = cloud.client("ssm"), f"/{cloud.name()}"
    one, deep, other = f"{root}/app/one", f"{root}/app/deep/two", f"{root}/other"
    cloud.later(ssm.delete_parameters, Names=[one, deep, other])
    for name, kind in ((one, "String"), (deep, "SecureString"), (other, "StringList")):
        ssm.put_parameter(Name=name, Type=kind, Value=f"a,{name}")
    assert ssm.get_parameter(Name=one)["Parameter"]["Value"] == f"a,{one}"
    assert deep not in ssm.get_parameter(Name=deep)["Parameter"]["Value"]
    assert ssm.get_parameter(Name=deep, WithDecryption=True)["Parameter"]["Value"] == f"a,{deep}"
    assert code(ssm.put_parameter, Name=one, Type="String", Value="b") == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name=one, Value="b", Overwrite=True)["Version"] == 2
    found = ssm.get_parameters(Names=[one, f"{root}/nowhere"])
    values = [told["Value"] for told in found["Parameters"]]
    assert (values, found["InvalidParameters"]) == (["b"], [f"{root}/nowhere"])

    def under(**more: Any) -> set[str]:
        return {told["Name"] for told in ssm.get_parameters_by_path(Path=f"{root}/app", **more)["Parameters"]}

    assert under() == {one}
    assert under(Recursive=True) == {deep, one}
    named = [{"Key": "Name", "Option": "Equals", "Values": [deep]}]
    listed = cloud.until(lambda: ssm.describe_parameters(ParameterFilters=named)["Parameters"])
    assert [(told["Name"], told["KeyId"]) for told in listed] == [(deep, "alias/aws/ssm")]
    ssm.delete_parameter(Name=one)
    assert code(ssm.get_parameter, Name=one) == "ParameterNotFound"
    assert ssm.delete_parameters(Names=[other, f"{root}/nowhere"])["DeletedParameters"] == [other]


@pytest.mark.parity("ssm:AddTagsToResource", "ssm:ListTagsForResource", "ssm:RemoveTagsFromResource")
def test_a_parameter_has_its_tags(cloud: Cloud) -> None:
    ssm, name = cloud.client("ssm"), f"/{cloud.name()}"
    ssm.put_parameter(Name=name, Type="String", Value="a", Tags=[{"Key": "first", "Value": "1"}])
    cloud.later(ssm.delete_parameter, Name=name)
    one = {"ResourceType": "Parameter", "ResourceId": name}

    def told() -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in ssm.list_tags_for_resource(**one)["TagList"]}

    ssm.add_tags_to_resource(**one, Tags=[{"Key": "second", "Value": "2"}])
    cloud.until(lambda: told() == {"first": "1", "second": "2"})
    ssm.remove_tags_from_resource(**one, TagKeys=["first"])
    cloud.until(lambda: told() == {"second": "2"})


@pytest.mark.parity(
    "logs:CreateLogGroup", "logs:DescribeLogGroups", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy",
    "logs:DeleteLogGroup",
)  # fmt: skip
def test_a_log_group_keeps_its_days(cloud: Cloud) -> None:
    logs, one = cloud.client("logs"), {"logGroupName": cloud.name()}
    logs.create_log_group(**one)
    cloud.later(logs.delete_log_group, **one)
    assert code(logs.create_log_group, **one) == "ResourceAlreadyExistsException"

    def told() -> dict[str, Any]:
        return next(iter(logs.describe_log_groups(logGroupNamePrefix=one["logGroupName"])["logGroups"]))

    logs.put_retention_policy(**one, retentionInDays=7)
    cloud.until(lambda: told().get("retentionInDays") == 7)
    assert code(logs.put_retention_policy, **one, retentionInDays=2) == "InvalidParameterException"
    logs.delete_retention_policy(**one)
    cloud.until(lambda: "retentionInDays" not in told())
    logs.delete_log_group(**one)
    assert code(logs.delete_log_group, **one) == "ResourceNotFoundException"


@pytest.mark.parity(
    "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:GetLogEvents",
    "logs:FilterLogEvents",
)  # fmt: skip
def test_what_is_logged_is_found(cloud: Cloud) -> None:
    logs, one = cloud.client("logs"), {"logGroupName": cloud.name()}
    logs.create_log_group(**one)
    cloud.later(logs.delete_log_group, **one)
    logs.create_log_stream(**one, logStreamName="s")
    now = int(time.time() * 1000)
    events = [
        {"timestamp": now + offset, "message": text} for offset, text in enumerate(("one", "Error: two"))
    ]
    logs.put_log_events(**one, logStreamName="s", logEvents=events)

    def read() -> list[str]:
        found = logs.get_log_events(**one, logStreamName="s", startFromHead=True)["events"]
        return [event["message"] for event in found]

    cloud.until(lambda: read() == ["one", "Error: two"], timeout=60)
    told = cloud.until(lambda: logs.filter_log_events(**one, filterPattern="Error")["events"], timeout=60)
    assert [event["message"] for event in told] == ["Error: two"]
    assert [stream["logStreamName"] for stream in logs.describe_log_streams(**one)["logStreams"]] == ["s"]
    assert code(logs.get_log_events, **one, logStreamName="none") == "ResourceNotFoundException"
