"""botocore's models are read once, and what clients do to theirs doesn't reach ours."""

from __future__ import annotations

import boto3

from s_infra.sandbox.service_models import client_session, service_model


def test_clients_share_what_was_read() -> None:
    one, other = (client_session().get_component("data_loader") for _ in range(2))
    assert one.load_service_model("sts", "service-2") is other.load_service_model("sts", "service-2")
    assert service_model("sts") is service_model("sts")


def test_a_client_of_s3_leaves_the_paths_of_the_model() -> None:
    session = boto3.Session("key", "secret", region_name="us-east-1", botocore_session=client_session())
    client = session.client("s3", endpoint_url="http://127.0.0.1:1")
    client.generate_presigned_url("put_object", Params={"Bucket": "a", "Key": "b"})
    # The client did change its own: without that the test would show nothing.
    assert "{Bucket}" not in client.meta.service_model.operation_model("PutObject").http["requestUri"]
    assert service_model("s3").operation_model("PutObject").http["requestUri"] == "/{Bucket}/{Key+}"
