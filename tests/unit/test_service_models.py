"""botocore's models are read once, and what clients do to theirs doesn't reach ours."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
import pytest

from s_infra.sandbox.service_models import client_session, service_model


def _client(service: str) -> Any:
    session = boto3.Session("key", "secret", region_name="us-east-1", botocore_session=client_session())
    return session.client(service, endpoint_url="http://127.0.0.1:1")


def test_what_was_read_is_shared() -> None:
    one, other = (client_session().get_component("data_loader") for _ in range(2))
    assert one is other
    assert service_model("sts") is service_model("sts")
    assert service_model("sts").metadata is _client("sts").meta.service_model.metadata


@pytest.mark.parametrize(
    ("service", "operation", "given", "path"),
    [
        ("s3", "PutObject", {"Bucket": "a", "Key": "b"}, "/{Bucket}/{Key+}"),
        ("lambda", "GetFunction", {"FunctionName": "f"}, "/2015-03-31/functions/{FunctionName}"),
        ("scheduler", "GetSchedule", {"Name": "s"}, "/schedules/{Name}"),
    ],
)
def test_clients_leave_the_paths_of_our_models(
    service: str, operation: str, given: dict[str, str], path: str
) -> None:
    client = _client(service)
    method = next(name for name, real in client.meta.method_to_api_mapping.items() if real == operation)
    client.generate_presigned_url(method, Params=given)
    assert service_model(service).operation_model(operation).http["requestUri"] == path


def test_a_client_of_s3_does_change_its_own() -> None:
    client = _client("s3")
    client.generate_presigned_url("put_object", Params={"Bucket": "a", "Key": "b"})
    # Without that there would be no need to keep ours apart.
    assert "{Bucket}" not in client.meta.service_model.operation_model("PutObject").http["requestUri"]


def test_a_model_is_botocore_s_without_its_texts() -> None:
    own, whole = service_model("sqs"), botocore.session.get_session().get_service_model("sqs")
    assert own.operation_names == whole.operation_names
    assert whole.operation_model("SendMessage").documentation
    assert own.operation_model("SendMessage").documentation == ""
    members = own.operation_model("SendMessage").input_shape.members
    assert list(members) == list(whole.operation_model("SendMessage").input_shape.members)
