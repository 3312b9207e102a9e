"""Endpoints: what is wrong is said in AWS's words, what isn't carried out is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from endpoint_support import refusal, serve, variant
from sagemaker_support import Clients, Lab

from s_infra.sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "quick")
    for scale in (1, 2):
        lab.model(f"times-{scale}", container={"Environment": {"SCALE": str(scale)}})
    return lab


@pytest.fixture(scope="module")
def plain(lab: Lab) -> str:
    assert serve(lab, "plain", variant("AllTraffic", "times-1"))["EndpointStatus"] == "InService"
    return "plain"


def test_what_is_wrong_with_an_endpoint_is_said_in_awss_words(lab: Lab, plain: str) -> None:
    sagemaker = lab.sagemaker
    again = {"EndpointName": plain, "EndpointConfigName": plain}
    assert "already existing endpoint" in refusal(sagemaker.create_endpoint, **again)[1]
    missing = {"EndpointName": "new", "EndpointConfigName": "missing"}
    assert "Could not find endpoint configuration" in refusal(sagemaker.create_endpoint, **missing)[1]
    for variants, expected in (
        ([variant("V", "missing")], 'Could not find model "'),
        ([variant("V", "times-1"), variant("V", "times-2")], "must be unique"),
        ([variant("V", "times-1", weight=0)], "must not all be 0"),
        ([variant("V", "times-1", count=21)], "Maximum number of instances per endpoint"),
    ):
        bad = {"EndpointConfigName": "bad", "ProductionVariants": variants}
        assert expected in refusal(sagemaker.create_endpoint_config, **bad)[1]
    unknown = {"EndpointName": plain, "Body": b"1", "TargetVariant": "Nobody"}
    runtime = lab.clients("sagemaker-runtime")
    assert refusal(runtime.invoke_endpoint, **unknown)[0] == "ValidationError"


SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://lab-bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"DataCaptureConfig": CAPTURE}, "DataCaptureConfig"),
        ({"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/o"}}}, "AsyncInferenceConfig"),
        ({"ShadowProductionVariants": [variant("S", "times-1")]}, "ShadowProductionVariants"),
        (
            {"ProductionVariants": [variant("V", "times-1", ServerlessConfig=SERVERLESS)]},
            "ProductionVariants.ServerlessConfig",
        ),
        (
            {"ProductionVariants": [variant("V", "times-1", ManagedInstanceScaling={"Status": "ENABLED"})]},
            "ProductionVariants.ManagedInstanceScaling",
        ),
    ],
)
def test_a_configuration_that_is_not_carried_out_is_refused_by_name(
    lab: Lab, changes: dict[str, Any], field: str
) -> None:
    request = {"EndpointConfigName": "no", "ProductionVariants": [variant("V", "times-1")], **changes}
    assert refusal(lab.sagemaker.create_endpoint_config, **request) == (
        "ValidationException",
        f"s-infra sandbox: sagemaker:CreateEndpointConfig {field} isn't carried out",
    )


@pytest.mark.parametrize(
    ("member", "value"), [("TargetModel", "a.tar.gz"), ("InferenceComponentName", "c"), ("InferenceId", "i")]
)
def test_a_request_that_is_not_carried_out_is_refused_by_name(
    lab: Lab, plain: str, member: str, value: str
) -> None:
    runtime = lab.clients("sagemaker-runtime")
    assert refusal(runtime.invoke_endpoint, EndpointName=plain, Body=b"1", **{member: value}) == (
        "ValidationError",
        f"s-infra sandbox: sagemaker-runtime:InvokeEndpoint {member} isn't carried out",
    )


def test_asynchronous_and_streamed_invocations_are_refused_by_name(lab: Lab, plain: str) -> None:
    runtime = lab.clients("sagemaker-runtime")
    found = refusal(
        runtime.invoke_endpoint_async, EndpointName=plain, InputLocation="s3://lab-bucket/request"
    )
    assert found[1] == "s-infra sandbox: sagemaker-runtime:InvokeEndpointAsync isn't carried out"
    found = refusal(runtime.invoke_endpoint_with_response_stream, EndpointName=plain, Body=b"1")
    assert found[1].endswith("InvokeEndpointWithResponseStream isn't carried out")


def test_a_deployment_configuration_is_refused_by_name(lab: Lab, plain: str) -> None:
    update = {"EndpointName": plain, "EndpointConfigName": plain}
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}
    found = refusal(lab.sagemaker.update_endpoint, **update, DeploymentConfig=rollback)
    assert found[1] == "s-infra sandbox: sagemaker:UpdateEndpoint DeploymentConfig isn't carried out"
    found = refusal(lab.sagemaker.update_endpoint, **update, RetainAllVariantProperties=True)
    assert found[1].endswith("RetainAllVariantProperties True isn't carried out")
