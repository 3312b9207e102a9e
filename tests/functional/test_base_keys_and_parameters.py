"""KMS keys and SSM parameters of the base, each operation held to what it changes or tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]


@pytest.mark.parity(
    "kms:CancelKeyDeletion",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateKeyDescription",
)
def test_a_key_is_switched_turned_and_given_up(clients: Clients) -> None:
    kms = clients("kms")
    key = kms.create_key(Description="first")["KeyMetadata"]["KeyId"]

    def state() -> str:
        found: str = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        return found

    assert key in [one["KeyId"] for one in kms.list_keys()["Keys"]]
    for change, expected in ((kms.disable_key, "Disabled"), (kms.enable_key, "Enabled")):
        change(KeyId=key)
        assert state() == expected
    for turn, turning in ((kms.enable_key_rotation, True), (kms.disable_key_rotation, False)):
        turn(KeyId=key)
        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is turning
    kms.update_key_description(KeyId=key, Description="second")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "second"
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert policy["Statement"][0]["Action"] == "kms:*"
    kms.put_key_policy(KeyId=key, Policy=json.dumps({**policy, "Id": "changed"}))
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Id"] == "changed"
    deletion = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert deletion["KeyState"] == state() == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key)
    assert state() == "Disabled"


@pytest.mark.parity("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias", "kms:ListAliases")
def test_an_alias_leads_to_its_key(clients: Clients) -> None:
    kms = clients("kms")
    one, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/led", TargetKeyId=one)
    assert kms.describe_key(KeyId="alias/led")["KeyMetadata"]["KeyId"] == one
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        kms.create_alias(AliasName="alias/led", TargetKeyId=other)
    kms.update_alias(AliasName="alias/led", TargetKeyId=other)
    assert [a["TargetKeyId"] for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/led"] == [
        other
    ]
    kms.delete_alias(AliasName="alias/led")
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.describe_key(KeyId="alias/led")


@pytest.mark.parity(
    "ssm:DeleteParameter",
    "ssm:DeleteParameters",
    "ssm:DescribeParameters",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
)
def test_parameters_are_set_found_and_deleted(clients: Clients) -> None:
    ssm = clients("ssm")
    for name, kind in (("/app/one", "String"), ("/app/deep/two", "SecureString"), ("/other", "StringList")):
        ssm.put_parameter(Name=name, Type=kind, Value=f"a,{name}")
    assert ssm.get_parameter(Name="/app/one")["Parameter"]["Value"] == "a,/app/one"
    hidden = ssm.get_parameter(Name="/app/deep/two")["Parameter"]["Value"]
    assert "/app/deep/two" not in hidden
    secret = ssm.get_parameter(Name="/app/deep/two", WithDecryption=True)["Parameter"]
    assert secret["Value"] == "a,/app/deep/two"
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        ssm.put_parameter(Name="/app/one", Type="String", Value="b")
    assert ssm.put_parameter(Name="/app/one", Value="b", Overwrite=True)["Version"] == 2
    found = ssm.get_parameters(Names=["/app/one", "/nowhere"])
    assert ([p["Value"] for p in found["Parameters"]], found["InvalidParameters"]) == (["b"], ["/nowhere"])

    def under(path: str, **more: Any) -> list[str]:
        return [p["Name"] for p in ssm.get_parameters_by_path(Path=path, **more)["Parameters"]]

    assert under("/app") == ["/app/one"]
    assert under("/app", Recursive=True) == ["/app/deep/two", "/app/one"]
    kinds = [{"Key": "Type", "Values": ["SecureString"]}]
    listed = ssm.describe_parameters(ParameterFilters=kinds)["Parameters"]
    assert [(p["Name"], p["KeyId"]) for p in listed] == [("/app/deep/two", "alias/aws/ssm")]
    ssm.delete_parameter(Name="/app/one")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name="/app/one")
    assert ssm.delete_parameters(Names=["/other", "/nowhere"])["DeletedParameters"] == ["/other"]


TAGGED = [{"Key": "tag:a"}]


@pytest.mark.parametrize(
    ("service", "operation", "request_", "what"),
    [
        ("kms", "create_key", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, "KeySpec RSA_2048"),
        ("kms", "create_key", {"MultiRegion": True}, "MultiRegion"),
        ("kms", "create_key", {"Origin": "EXTERNAL"}, "Origin EXTERNAL"),
        ("kms", "enable_key_rotation", {"KeyId": "k", "RotationPeriodInDays": 90}, "RotationPeriodInDays"),
        ("kms", "encrypt", {"KeyId": "k", "Plaintext": b"x"}, "kms:Encrypt"),
        ("ssm", "put_parameter", {"Name": "n", "Value": "v", "AllowedPattern": "x"}, "AllowedPattern"),
        ("ssm", "put_parameter", {"Name": "n", "Value": "v", "Tier": "Advanced"}, "Tier Advanced"),
        ("ssm", "put_parameter", {"Name": "n", "Value": "é" * 2049}, "Value of more than 4096 bytes"),
        (
            "ssm",
            "get_parameters_by_path",
            {"Path": "/", "ParameterFilters": TAGGED},
            "ParameterFilters",
        ),
        (
            "ssm",
            "describe_parameters",
            {"ParameterFilters": TAGGED},
            "ParameterFilters.Key tag:a",
        ),
        ("ssm", "send_command", {"DocumentName": "AWS-RunShellScript"}, "ssm:SendCommand"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name(
    clients: Clients, service: str, operation: str, request_: dict[str, Any], what: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(clients(service), operation)(**request_)
    error = raised.value.response["Error"]
    assert error["Code"] == "NotImplemented"
    assert what in error["Message"]
