"""Secrets: their versions and labels, what is forgotten when, and AWS's errors."""

from __future__ import annotations

import datetime as dt
import string
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloud_support import Cloud, code

Clients = Callable[[str], Any]
FIRST, SECOND, THIRD = ("1" * 32, "2" * 32, "3" * 32)


@pytest.fixture
def store(cloud: Cloud) -> Any:
    return cloud.client("secretsmanager")


@pytest.fixture
def name(cloud: Cloud, store: Any) -> str:
    """A name that no secret has; one that gets it goes at the end."""
    made = cloud.name()
    cloud.later(store.delete_secret, SecretId=made, ForceDeleteWithoutRecovery=True)
    return made


@pytest.mark.parity(
    "secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:GetSecretValue"
)
@pytest.mark.parity("secretsmanager:ListSecretVersionIds", "secretsmanager:UpdateSecretVersionStage")
def test_labels_move_from_version_to_version(store: Any, name: str) -> None:
    made = store.create_secret(Name=name, SecretString="a", ClientRequestToken=FIRST)
    assert made["VersionId"] == FIRST
    again = store.create_secret(Name=name, SecretString="a", ClientRequestToken=FIRST)
    assert again["ARN"] == made["ARN"]
    assert code(store.create_secret, Name=name, SecretString="b") == "ResourceExistsException"
    store.put_secret_value(SecretId=name, SecretString="b", ClientRequestToken=SECOND)
    store.put_secret_value(SecretId=name, SecretString="b", ClientRequestToken=SECOND)
    other = {"SecretId": name, "SecretString": "c", "ClientRequestToken": SECOND}
    assert code(store.put_secret_value, **other) == "ResourceExistsException"
    store.put_secret_value(SecretId=made["ARN"], SecretBinary=b"\x00c", ClientRequestToken=THIRD)
    current = store.get_secret_value(SecretId=made["ARN"][:-7])
    assert (current["SecretBinary"], current["VersionStages"]) == (b"\x00c", ["AWSCURRENT"])
    assert "SecretString" not in current
    assert store.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "b"
    assert store.get_secret_value(SecretId=name, VersionId=FIRST)["SecretString"] == "a"
    assert code(store.get_secret_value, SecretId=name, VersionId="9" * 32) == "ResourceNotFoundException"
    labelled = store.list_secret_version_ids(SecretId=name)["Versions"]
    assert {one["VersionId"] for one in labelled} == {SECOND, THIRD}
    every = store.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
    assert len(every) == 3
    move = {"SecretId": name, "VersionStage": "AWSCURRENT", "MoveToVersionId": SECOND}
    assert code(store.update_secret_version_stage, **move) == "InvalidParameterException"
    store.update_secret_version_stage(**move, RemoveFromVersionId=THIRD)
    assert store.get_secret_value(SecretId=name)["SecretString"] == "b"
    stages = store.describe_secret(SecretId=name)["VersionIdsToStages"]
    assert stages == {SECOND: ["AWSCURRENT"], THIRD: ["AWSPREVIOUS"]}


@pytest.mark.parity(
    "secretsmanager:DescribeSecret", "secretsmanager:UpdateSecret", "secretsmanager:TagResource"
)
@pytest.mark.parity(
    "secretsmanager:UntagResource", "secretsmanager:ListSecrets", "secretsmanager:GetResourcePolicy"
)
def test_a_secret_without_a_value_has_none(store: Any, name: str) -> None:
    made = store.create_secret(Name=name, Description="to come", Tags=[{"Key": "a", "Value": "1"}])
    assert "VersionId" not in made
    assert "VersionIdsToStages" not in store.describe_secret(SecretId=name)
    with pytest.raises(ClientError, match="staging label: AWSCURRENT"):
        store.get_secret_value(SecretId=name)
    store.tag_resource(SecretId=name, Tags=[{"Key": "b", "Value": "2"}])
    store.untag_resource(SecretId=name, TagKeys=["a"])
    updated = store.update_secret(SecretId=name, Description="here", SecretString="x")
    told = store.describe_secret(SecretId=name)
    assert (told["Description"], told["Tags"]) == ("here", [{"Key": "b", "Value": "2"}])
    assert told["VersionIdsToStages"] == {updated["VersionId"]: ["AWSCURRENT"]}
    listed = store.list_secrets(Filters=[{"Key": "tag-key", "Values": ["b"]}])["SecretList"]
    assert name in [one["Name"] for one in listed]
    assert (
        store.list_secrets(
            Filters=[{"Key": "name", "Values": [name[:-1]]}, {"Key": "name", "Values": [f"!{name}"]}]
        )["SecretList"]
        == []
    )
    assert "ResourcePolicy" not in store.get_resource_policy(SecretId=name)


@pytest.mark.parity("secretsmanager:DeleteSecret", "secretsmanager:RestoreSecret")
def test_a_deleted_secret_can_be_restored_in_its_window(store: Any, name: str) -> None:
    store.create_secret(Name=name, SecretString="x")
    assert code(store.delete_secret, SecretId=name, RecoveryWindowInDays=3) == "InvalidParameterException"
    both = {"SecretId": name, "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}
    assert code(store.delete_secret, **both) == "InvalidParameterException"
    gone = store.delete_secret(SecretId=name, RecoveryWindowInDays=7)["DeletionDate"]
    assert dt.timedelta(days=6, hours=23) < gone - dt.datetime.now(dt.UTC) <= dt.timedelta(days=7)
    assert code(store.get_secret_value, SecretId=name) == "InvalidRequestException"
    assert code(store.create_secret, Name=name) == "InvalidRequestException"
    assert "DeletedDate" in store.describe_secret(SecretId=name)
    assert name not in [one["Name"] for one in store.list_secrets()["SecretList"]]
    store.restore_secret(SecretId=name)
    assert store.get_secret_value(SecretId=name)["SecretString"] == "x"
    store.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    deadline = time.monotonic() + 60
    # On AWS it goes in its own time.
    while "DeletedDate" in _described(store, name):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert code(store.describe_secret, SecretId=name) == "ResourceNotFoundException"


def _described(store: Any, name: str) -> dict[str, Any]:
    try:
        return dict(store.describe_secret(SecretId=name))
    except store.exceptions.ResourceNotFoundException:
        return {}


@pytest.mark.parity("secretsmanager:GetRandomPassword")
def test_a_random_password_has_what_was_asked(store: Any) -> None:
    first = store.get_random_password()["RandomPassword"]
    assert len(first) == 32
    assert first != store.get_random_password()["RandomPassword"]
    assert all(set(kind) & set(first) for kind in (string.digits, string.punctuation, string.ascii_uppercase))
    plain = store.get_random_password(PasswordLength=64, ExcludePunctuation=True, ExcludeCharacters="abc")
    assert set(plain["RandomPassword"]) <= set(string.ascii_letters + string.digits) - set("abc")
    everything = {f"Exclude{kind}": True for kind in ("Numbers", "Punctuation", "Uppercase", "Lowercase")}
    assert code(store.get_random_password, **everything) == "InvalidParameterException"


def test_what_is_not_carried_out_is_refused_by_name(clients: Clients) -> None:
    store = clients("secretsmanager")
    store.create_secret(Name="local", SecretString="x")
    for call, given, what in (
        (
            store.create_secret,
            {"Name": "far", "AddReplicaRegions": [{"Region": "eu-west-1"}]},
            "CreateSecret AddReplicaRegions",
        ),
        (store.put_resource_policy, {"SecretId": "local", "ResourcePolicy": "{}"}, "PutResourcePolicy"),
        (
            store.rotate_secret,
            {"SecretId": "local", "RotationLambdaARN": "arn:aws:lambda:us-east-1:0:function:f"},
            "RotateSecret RotationLambdaARN",
        ),
    ):
        with pytest.raises(ClientError, match=f"secretsmanager:{what} isn't carried out"):
            call(**given)
    assert code(store.rotate_secret, SecretId="local") == "InvalidRequestException"
    assert code(store.create_secret, Name="rds!own", SecretString="x") == "ValidationException"
    assert code(store.create_secret, Name="a b", SecretString="x") == "ValidationException"
