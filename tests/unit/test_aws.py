from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from s_infra import aws
from s_infra.errors import SInfraError


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")


def test_either_variable_names_the_region_and_aws_region_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert aws.client("sqs").meta.region_name == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert aws.client("sqs").meta.region_name == "eu-north-1"


def test_no_region_is_an_error_that_says_what_to_check() -> None:
    with pytest.raises(SInfraError, match="specify a region") as raised:
        aws.client("sqs")
    assert raised.value.next_step == "say which Region: set AWS_REGION"


def test_a_refusal_names_operation_and_object_and_a_dead_endpoint_its_address() -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")
    with pytest.raises(SInfraError, match=r"PutObject(.|\n)*which: s3://b/k"), aws.explained("s3://b/k"):
        raise refusal
    with pytest.raises(SInfraError, match="http://nowhere"), aws.explained("s3://b/k"):
        raise EndpointConnectionError(endpoint_url="http://nowhere")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ExpiredToken", "log in again"),
        ("InvalidAccessKeyId", "look at AWS_PROFILE"),
        ("AccessDenied", "have PutObject allowed"),
        ("PermanentRedirect", "set AWS_REGION=eu-west-1"),
        ("NoSuchBucket", "check the bucket's name"),
        ("SlowDown", "check the name, the Region"),
    ],
)
def test_a_refusal_says_what_to_do_about_it(code: str, remedy: str) -> None:
    headers = {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}
    refusal = ClientError({"Error": {"Code": code}, "ResponseMetadata": headers}, "PutObject")
    with pytest.raises(SInfraError) as raised, aws.explained("s3://b/k"):
        raise refusal
    assert remedy in str(raised.value.next_step)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoCredentialsError(), "there are no credentials"),
        (UnauthorizedSSOTokenError(), "log in again"),
        (ProfileNotFound(profile="none"), "aws configure list-profiles"),
        (EndpointConnectionError(endpoint_url="http://nowhere"), "check the network"),
        (BotoCoreError(), "check credentials"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do_about_it(error: BotoCoreError, remedy: str) -> None:
    with pytest.raises(SInfraError) as raised, aws.explained("s3://b/k"):
        raise error
    assert remedy in str(raised.value.next_step)


def test_a_credentials_file_and_a_profile_come_before_keys_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        "[default]\naws_access_key_id = one\naws_secret_access_key = x\n"
        "[other]\naws_access_key_id = two\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert aws.session().get_credentials().access_key == "environment"
    assert aws.session(None, file).get_credentials().access_key == "one"
    assert aws.session("other", file).get_credentials().access_key == "two"
    with pytest.raises(SInfraError, match="nobody"):
        aws.session("nobody", file).get_credentials()
