from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

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
    assert "s-infra sandbox env" in str(raised.value)


def test_a_refusal_names_operation_and_object_and_a_dead_endpoint_its_address() -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")
    with pytest.raises(SInfraError, match=r"PutObject(.|\n)*which: s3://b/k"), aws.explained("s3://b/k"):
        raise refusal
    with pytest.raises(SInfraError, match="http://nowhere"), aws.explained("s3://b/k"):
        raise EndpointConnectionError(endpoint_url="http://nowhere")
