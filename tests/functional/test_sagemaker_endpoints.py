"""Endpoints: what they answer, by which variant, and how they change without anybody noticing."""

from __future__ import annotations

import importlib.util
import io
import tarfile
import threading
import time
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from endpoint_support import (
    Load,
    ask,
    configure,
    delete,
    programs,
    refusal,
    serve,
    serve_model,
    settled,
    variant,
)
from events_support import Bus
from sagemaker_support import CONTAINERS, Clients, Lab, push
from sklearn.datasets import load_breast_cancer

from s_infra.sandbox.supervisor import Sandbox

MIB = 1 << 20
COUNTED = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors")


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "quick")
    for scale in (1, 2, 3):
        lab.model(f"times-{scale}", container={"Environment": {"SCALE": str(scale)}})
    return lab


@pytest.fixture(scope="module")
def scripted(lab: Lab) -> str:
    """The image that answers with what the expression in ANSWER gives."""
    pushed = push(lab.sandbox, CONTAINERS / "scripted", "lab", "scripted")
    assert pushed.returncode == 0, pushed.stderr
    return pushed.stdout.split()[-1]


@pytest.fixture(scope="module")
def plain(lab: Lab) -> str:
    assert serve(lab, "plain", variant("AllTraffic", "times-1"))["EndpointStatus"] == "InService"
    return "plain"


def logistic() -> Any:
    """Return the container's own module."""
    spec = importlib.util.spec_from_file_location("endpoint_model", CONTAINERS / "logistic/model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def csv(rows: np.ndarray) -> bytes:
    text = io.BytesIO()
    np.savetxt(text, rows, delimiter=",")
    return text.getvalue()


@pytest.mark.parity("sagemaker:CreateEndpoint", "sagemaker-runtime:InvokeEndpoint")
def test_the_answer_is_the_models_own(lab: Lab) -> None:
    data = load_breast_cancer()
    fitted = logistic().fit(np.column_stack([data.target, data.data])[:400], 0.5)
    arrays, packed = io.BytesIO(), io.BytesIO()
    np.savez(arrays, **fitted)
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("model.npz")
        entry.size = len(arrays.getvalue())
        archive.addfile(entry, io.BytesIO(arrays.getvalue()))
    image = push(lab.sandbox, CONTAINERS / "logistic", "lab", "logistic").stdout.split()[-1]
    artifact = lab.put("model.tar.gz", packed.getvalue())
    lab.model("logistic", artifact, container={"Image": image})
    assert serve(lab, "logistic", variant("AllTraffic", "logistic"))["EndpointStatus"] == "InService"
    answer = ask(lab, "logistic", csv(data.data[400:])).decode().split()
    expected = [float(line) for line in logistic().lines(fitted, data.data[400:])]
    np.testing.assert_allclose([float(line) for line in answer], expected, atol=1e-8)
    assert ask(lab, "logistic", csv(data.data[400:401])).decode().split() == answer[:1]
    delete(lab, "logistic")
    events = lab.clients("logs").filter_log_events(logGroupName="/aws/sagemaker/Endpoints/logistic")["events"]
    assert {one["logStreamName"].partition("/i-")[0] for one in events} == {"AllTraffic"}
    assert sum('"POST /invocations HTTP/1.1" 200' in one["message"] for one in events) == 2


@pytest.mark.parity("sagemaker-runtime:InvokeEndpoint")
def test_types_and_attributes_reach_the_container_and_come_back(lab: Lab, plain: str) -> None:
    answer = lab.clients("sagemaker-runtime").invoke_endpoint(
        EndpointName=plain, Body=b"1,2\n3,4\n", Accept="application/json", CustomAttributes="trace=7; a"
    )
    assert answer["Body"].read() == b"3.0\n7.0\n"
    assert answer["ContentType"] == "application/json"
    assert answer["CustomAttributes"] == "trace=7; a"
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_invocations_are_counted_by_variant(lab: Lab, scripted: str) -> None:
    failing = {"ANSWER": "(500, b'no') if body == b'fail' else b'yes'"}
    lab.model("counted", container={"Image": scripted, "Environment": failing})
    serve(lab, "counted", variant("only", "counted"))
    for _ in range(3):
        assert ask(lab, "counted", b"1") == b"yes"
    with pytest.raises(ClientError, match="ModelError"):
        ask(lab, "counted", b"fail")
    dimensions = [{"Name": "EndpointName", "Value": "counted"}, {"Name": "VariantName", "Value": "only"}]

    def found(metric: str, statistic: str) -> float:
        now = time.time()
        answer = lab.clients("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker", MetricName=metric, Dimensions=dimensions, Statistics=[statistic],
            StartTime=now - 3600, EndTime=now + 60, Period=3600,
        )  # fmt: skip
        return float(sum(point[statistic] for point in answer["Datapoints"]))

    assert [found(name, "Sum") for name in COUNTED] == [4, 0, 1, 1]
    assert 0 < found("ModelLatency", "Minimum") < 60e6


def test_a_container_gets_no_other_header_of_the_request(lab: Lab, scripted: str) -> None:
    answer = {"ANSWER": "repr(sorted(name.lower() for name in headers)).encode()"}
    lab.model("headers", container={"Image": scripted, "Environment": answer})
    serve(lab, "headers", variant("AllTraffic", "headers"))
    assert ask(lab, "headers", b"1") == b"['content-length', 'content-type', 'host']"


def test_a_body_is_taken_up_to_awss_limit(lab: Lab, scripted: str) -> None:
    lab.model("length", container={"Image": scripted, "Environment": {"ANSWER": "str(len(body)).encode()"}})
    serve(lab, "length", variant("AllTraffic", "length"))
    assert ask(lab, "length", b"x" * 6 * MIB) == str(6 * MIB).encode()
    code, message = refusal(ask, lab=lab, name="length", body=b"x" * (6 * MIB + 1))
    assert code == "ValidationError"
    assert message == (
        "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length "
        f"less than or equal to {6 * MIB}"
    )


@pytest.mark.parity("sagemaker:UpdateEndpoint")
def test_an_update_under_load_drops_no_request(lab: Lab) -> None:
    serve(lab, "rolling", variant("AllTraffic", "times-1", count=2))
    configure(lab, "rolling-2", variant("AllTraffic", "times-2"))
    configure(lab, "rolling-3", variant("Other", "times-3"))
    with Load(lambda: ask(lab, "rolling", b"1,2\n")) as load:
        load.wait_for(100)
        for name in ("rolling-2", "rolling-3"):
            lab.sagemaker.update_endpoint(EndpointName="rolling", EndpointConfigName=name)
            found = settled(lab, "rolling")
            assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", name)
            load.wait_for(100)
    assert len(load.results) >= 300
    assert set(load.results) == {b"3.0\n", b"6.0\n", b"9.0\n"}
    # Nothing of an old model is heard once the endpoint is in service again, or from its processes.
    assert {ask(lab, "rolling", b"1,2\n") for _ in range(20)} == {b"9.0\n"}
    assert [one["VariantName"] for one in found["ProductionVariants"]] == ["Other"]
    delete(lab, "rolling")


def test_an_old_container_finishes_what_it_has(lab: Lab, scripted: str) -> None:
    slow = "__import__('time').sleep(float(body)) or b'old'"
    lab.model("slow", container={"Image": scripted, "Environment": {"ANSWER": slow}})
    serve(lab, "slow", variant("AllTraffic", "slow"))
    configure(lab, "slow-2", variant("AllTraffic", "times-2"))
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(ask(lab, "slow", b"2")))
    asking.start()
    lab.sagemaker.update_endpoint(EndpointName="slow", EndpointConfigName="slow-2")
    settled(lab, "slow")
    asking.join()
    assert answers == [b"old"]
    assert ask(lab, "slow", b"1") == b"2.0\n"


@pytest.mark.parity("sagemaker:UpdateEndpointWeightsAndCapacities")
def test_variants_get_requests_by_their_weights(lab: Lab) -> None:
    serve(lab, "split", variant("A", "times-1", weight=3), variant("B", "times-2", weight=1))

    def shares(count: int, **more: Any) -> dict[bytes, int]:
        answers = [ask(lab, "split", b"1", **more) for _ in range(count)]
        return {answer: answers.count(answer) for answer in (b"1.0\n", b"2.0\n")}

    # 600 requests, one in four of them to B: 150 with a standard deviation of 10.6; five of those.
    assert abs(shares(600)[b"2.0\n"] - 150) <= 53
    assert shares(20, TargetVariant="B") == {b"1.0\n": 0, b"2.0\n": 20}
    lab.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="split",
        DesiredWeightsAndCapacities=[
            {"VariantName": "A", "DesiredWeight": 0},
            {"VariantName": "B", "DesiredInstanceCount": 2},
        ],
    )
    found = settled(lab, "split")["ProductionVariants"]
    assert [(one["CurrentWeight"], one["CurrentInstanceCount"]) for one in found] == [(0, 1), (1, 2)]
    assert shares(40) == {b"1.0\n": 0, b"2.0\n": 40}
    assert shares(5, TargetVariant="A") == {b"1.0\n": 5, b"2.0\n": 0}


def test_instances_come_and_go_under_load(lab: Lab) -> None:
    def resized(count: int) -> None:
        wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": count}]
        lab.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="sized", DesiredWeightsAndCapacities=wanted
        )
        (found,) = settled(lab, "sized")["ProductionVariants"]
        assert found["CurrentInstanceCount"] == found["DesiredInstanceCount"] == count

    mark = f"MARK=sized-{lab.sandbox.endpoint}"
    name, _, value = mark.partition("=")
    lab.model("sized", container={"Environment": {name: value}})
    serve(lab, "sized", variant("AllTraffic", "sized"))
    with Load(lambda: ask(lab, "sized", b"1")) as load:
        resized(3)
        load.wait_for(50)
        assert programs(mark) == 3
        resized(1)
        load.wait_for(50)
        assert programs(mark) == 1
    assert set(load.results) == {b"1.0\n"}
    delete(lab, "sized")
    assert programs(mark) == 0


@pytest.mark.parity(
    "sagemaker:CreateEndpointConfig",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:DescribeEndpoint",
    "sagemaker:ListEndpoints",
    "sagemaker:DeleteEndpoint",
)
def test_endpoints_and_configurations_are_described_listed_tagged_and_deleted(lab: Lab) -> None:
    sagemaker = lab.sagemaker
    tags = [{"Key": "team", "Value": "a"}]
    arn = sagemaker.create_endpoint_config(
        EndpointConfigName="life", ProductionVariants=[variant("V", "times-1")], Tags=tags
    )["EndpointConfigArn"]
    described = sagemaker.describe_endpoint_config(EndpointConfigName="life")
    assert described["ProductionVariants"] == [variant("V", "times-1")]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    endpoint = sagemaker.create_endpoint(EndpointName="life", EndpointConfigName="life", Tags=tags)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="life", WaiterConfig={"Delay": 1})
    found = sagemaker.describe_endpoint(EndpointName="life")
    assert found["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == lab.image
    assert sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"] == tags
    listed = sagemaker.list_endpoints(NameContains="lif", StatusEquals="InService")["Endpoints"]
    assert [one["EndpointName"] for one in listed] == ["life"]
    names = [one["EndpointConfigName"] for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]]
    assert names[0] == "life"
    # The endpoint lives on without its configuration and model, as on AWS.
    sagemaker.delete_endpoint_config(EndpointConfigName="life")
    assert ask(lab, "life", b"4") == b"4.0\n"
    delete(lab, "life")
    for call, name in (
        (sagemaker.describe_endpoint, "EndpointName"),
        (sagemaker.delete_endpoint, "EndpointName"),
        (sagemaker.describe_endpoint_config, "EndpointConfigName"),
    ):
        code, message = refusal(call, **{name: "life"})
        assert code == "ValidationException"
        assert message.startswith("Could not find endpoint")
    assert refusal(ask, lab=lab, name="life", body=b"1") == (
        "ValidationError",
        "Endpoint life of account 000000000000 not found.",
    )


def test_eventbridge_is_told_how_an_endpoint_stands(lab: Lab) -> None:
    bus = Bus(lab.clients, "aws.sagemaker")
    configure(lab, "told", variant("AllTraffic", "times-1"))
    tags = [{"Key": "team", "Value": "a"}]
    lab.sagemaker.create_endpoint(EndpointName="told", EndpointConfigName="told", Tags=tags)
    arn = settled(lab, "told")["EndpointArn"]
    delete(lab, "told")

    def told(status: str) -> dict[str, Any]:
        return bus.until(lambda one: one["resources"] == [arn] and one["detail"]["EndpointStatus"] == status)

    for event in map(told, ("CREATING", "IN_SERVICE", "DELETING")):
        assert event["detail-type"] == "SageMaker Endpoint State Change"
        detail = event["detail"]
        assert (detail["EndpointName"], detail["EndpointConfigName"]) == ("told", "told")
        assert detail["Tags"] == {"team": "a"}
        assert isinstance(detail["CreationTime"], int)


def test_an_endpoint_that_is_being_made_can_be_neither_asked_nor_changed(lab: Lab, scripted: str) -> None:
    late = {"BEFORE": "__import__('time').sleep(2)", "ANSWER": "b''"}
    lab.model("late", container={"Image": scripted, "Environment": late})
    configure(lab, "late", variant("AllTraffic", "late"))
    lab.sagemaker.create_endpoint(EndpointName="late", EndpointConfigName="late")
    assert "not found" in refusal(ask, lab=lab, name="late", body=b"1")[1]
    assert "in-progress endpoint" in refusal(lab.sagemaker.delete_endpoint, EndpointName="late")[1]
    assert settled(lab, "late")["EndpointStatus"] == "InService"


def test_a_model_may_have_an_endpoint_of_one_name_twice_in_a_row(lab: Lab) -> None:
    for scale in ("5", "6"):
        serve_model(lab, "again", SCALE=scale)
        assert ask(lab, "again", b"1") == f"{scale}.0\n".encode()
        delete(lab, "again")
        lab.sagemaker.delete_endpoint_config(EndpointConfigName="again")
        lab.sagemaker.delete_model(ModelName="again")
