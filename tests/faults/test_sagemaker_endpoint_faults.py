"""Endpoints whose containers die, say nothing, refuse or break off; too large bodies; deletion under load."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from endpoint_support import (
    Load,
    ask,
    configure,
    delete,
    programs,
    serve,
    serve_model,
    settled,
    variant,
)
from sagemaker_support import ROLE, Clients, Lab

from s_infra.sandbox import supervisor
from s_infra.sandbox.services.sagemaker import endpoint_run
from s_infra.sandbox.services.sagemaker.endpoint import Endpoint
from s_infra.sandbox.services.sagemaker.instances import Instance, Serving
from s_infra.sandbox.services.sagemaker.service import SageMaker
from s_infra.sandbox.supervisor import Sandbox

PING = (
    "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)
GOOD = {"ANSWER": "b'good'"}


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    return Lab(sandbox, clients, "scripted")


@pytest.fixture
def mark(lab: Lab, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """A variable for containers by which their processes are known; none of them outlives the test."""
    value = f"{lab.sandbox.endpoint}/{request.node.name}"
    yield {"MARK": value}
    for one in lab.sagemaker.list_endpoints(MaxResults=100)["Endpoints"]:
        with contextlib.suppress(ClientError):
            delete(lab, one["EndpointName"])
    assert programs(f"MARK={value}") == 0


def eventually(holds: Callable[[], bool], timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def failure(lab: Lab, name: str, body: bytes = b"1") -> dict[str, Any]:
    with pytest.raises(ClientError) as raised:
        ask(lab, name, body)
    found: dict[str, Any] = raised.value.response
    return found


def messages(lab: Lab, name: str) -> list[str]:
    found = lab.clients("logs").filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    return [event["message"] for event in found["events"]]


def test_a_container_that_dies_at_its_start_fails_the_endpoint(lab: Lab, mark: dict[str, str]) -> None:
    found = serve_model(lab, "dies", BEFORE="raise SystemExit('no model here')", **mark)
    assert found["EndpointStatus"] == "Failed"
    assert found["FailureReason"] == (
        f"{PING} (AlgorithmError: the program `serve` ended before it answered /ping); "
        "last in its log: no model here"
    )
    assert messages(lab, "dies") == ["no model here"]
    assert "ProductionVariants" not in found
    assert failure(lab, "dies")["Error"]["Message"].endswith("not found.")
    delete(lab, "dies")


def test_one_variant_that_fails_takes_the_others_containers_with_it(lab: Lab, mark: dict[str, str]) -> None:
    lab.model("fine", container={"Environment": {**GOOD, **mark}})
    lab.model("bad", container={"Environment": {"BEFORE": "raise SystemExit(1)", **mark}})
    found = serve(lab, "mixed", variant("Fine", "fine", count=2), variant("Bad", "bad"))
    assert found["EndpointStatus"] == "Failed"
    assert "variant Bad did not pass" in found["FailureReason"]
    assert programs(f"MARK={mark['MARK']}") == 0


def service_on(lab: Lab, directory: Path) -> SageMaker:
    """Return a SageMaker of this process that has its images and logs in the sandbox."""
    base = SimpleNamespace(
        data_dir=directory,
        endpoint=lab.sandbox.endpoint,
        port=int(lab.sandbox.endpoint.rpartition(":")[2]),
        region=lab.sandbox.region,
        account_id="000000000000",
        client=lab.clients,
        engine=None,
        put_aws_event=lambda _: None,
        sessions=SimpleNamespace(of=lambda *_: None),
    )
    return SageMaker(base)  # type: ignore[arg-type]


def silent_model(lab: Lab, mark: dict[str, str]) -> dict[str, Any]:
    environment = {"BEFORE": "__import__('time').sleep(3600)", **mark}
    return {
        "PrimaryContainer": {"Image": lab.image, "Environment": environment},
        "EnableNetworkIsolation": True,
        "ExecutionRoleArn": ROLE,
    }


def test_a_program_that_never_answers_ping_is_given_up(
    lab: Lab, tmp_path: Path, mark: dict[str, str]
) -> None:
    # Here, and not through the API: the least that one may wait there is a minute.
    begun = time.monotonic()
    serving = Serving("silent", "AllTraffic", silent_model(lab, mark), 1.0)
    instance = Instance(service_on(lab, tmp_path), serving)
    assert instance.wait_until_known(20)
    instance.join()
    assert instance.failure == f"{PING} (AlgorithmError: the program `serve` did not answer /ping in 1 s)"
    assert instance.take() is None
    assert 1 <= time.monotonic() - begun < 10


def test_a_reset_in_the_middle_of_a_creation_leaves_nothing(
    lab: Lab, tmp_path: Path, mark: dict[str, str]
) -> None:
    service = service_on(lab, tmp_path)
    endpoint = Endpoint("reset", "arn", "reset")
    service.endpoints.add("reset", endpoint)
    configuration = {"ProductionVariants": [variant("AllTraffic", "silent", count=2)]}
    endpoint_run.create(service, endpoint, configuration, {"silent": silent_model(lab, mark)})
    eventually(lambda: programs(f"MARK={mark['MARK']}") == 2)
    service.forget()
    assert service.endpoints.all() == []
    eventually(lambda: programs(f"MARK={mark['MARK']}") == 0)
    eventually(lambda: endpoint.status == "Failed")


def test_a_killed_sandbox_takes_its_endpoints_along() -> None:
    with supervisor.running() as sandbox:
        session = boto3.Session("test", "test", region_name=sandbox.region)
        clients = {
            name: session.client(name, endpoint_url=sandbox.endpoint) for name in ("s3", "ecr", "sagemaker")
        }
        lab = Lab(sandbox, clients.__getitem__, "scripted")
        mark = f"killed-{sandbox.endpoint}"
        assert serve_model(lab, "killed", MARK=mark, **GOOD)["EndpointStatus"] == "InService"
        assert programs(f"MARK={mark}") == 1
        os.kill(sandbox.pid, signal.SIGKILL)
        eventually(lambda: programs(f"MARK={mark}") == 0)
        for client in clients.values():
            client.close()


def test_slow_answers_hold_up_nobody_else(lab: Lab, mark: dict[str, str]) -> None:
    serve_model(lab, "patient", ANSWER="__import__('time').sleep(float(body)) or b'good'", **mark)
    begun = time.monotonic()
    with ThreadPoolExecutor(40) as pool:
        slow = [pool.submit(ask, lab, "patient", b"6") for _ in range(30)]
        time.sleep(0.5)
        quick = [pool.submit(ask, lab, "patient", b"0") for _ in range(10)]
        assert {one.result() for one in quick} == {b"good"}
        assert not any(one.done() for one in slow)
        assert {one.result() for one in slow} == {b"good"}
    assert time.monotonic() - begun < 20


def test_an_update_that_fails_leaves_the_endpoint_as_it_was(lab: Lab, mark: dict[str, str]) -> None:
    serve_model(lab, "kept", **GOOD, **mark)
    lab.model("broken", container={"Environment": {"BEFORE": "raise SystemExit('broken')", **mark}})
    configure(lab, "broken", variant("AllTraffic", "broken"))
    with Load(lambda: ask(lab, "kept", b"1"), threads=2) as load:
        load.wait_for(20)
        lab.sagemaker.update_endpoint(EndpointName="kept", EndpointConfigName="broken")
        found = settled(lab, "kept")
        load.wait_for(20)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "kept")
    assert found["FailureReason"].startswith(PING)
    assert set(load.results) == {b"good"}
    assert programs(f"MARK={mark['MARK']}") == 1
    # It can still be changed.
    configure(lab, "kept-2", variant("AllTraffic", "kept"))
    lab.sagemaker.update_endpoint(EndpointName="kept", EndpointConfigName="kept-2")
    assert "FailureReason" not in settled(lab, "kept")


@pytest.mark.parametrize(("status", "kind"), [(400, "client"), (500, "server"), (503, "server")])
def test_an_error_of_the_container_is_a_model_error(
    lab: Lab, mark: dict[str, str], status: int, kind: str
) -> None:
    serve_model(lab, f"error-{status}", ANSWER=f"({status}, b'no such row: ' + body)", **mark)
    found = failure(lab, f"error-{status}", b"seven")
    assert found["Error"]["Code"] == "ModelError"
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (found["OriginalStatusCode"], found["OriginalMessage"]) == (status, "no such row: seven")
    assert found["Error"]["Message"].startswith(
        f'Received {kind} error ({status}) from primary with message "no such row: seven". See https://'
    )
    assert found["LogStreamArn"].endswith(f":log-group:/aws/sagemaker/Endpoints/error-{status}")


def test_a_container_that_dies_in_service_is_started_again(lab: Lab, mark: dict[str, str]) -> None:
    fatal = "__import__('os')._exit(3) if body == b'die' else b'alive'"
    serve_model(lab, "mortal", ANSWER=fatal, **mark)
    found = failure(lab, "mortal", b"die")
    assert (found["Error"]["Code"], found["OriginalStatusCode"]) == ("ModelError", 500)
    assert "could not load the entire response body" in found["Error"]["Message"]
    deadline, refused = time.monotonic() + 20, set()
    while True:
        try:
            assert ask(lab, "mortal", b"1") == b"alive"
        except ClientError as error:
            # Until it is back; a program that has just died may still be taken for one that lives.
            refused.add(error.response["Error"]["Code"])
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            break
    assert refused <= {"ServiceUnavailable", "ModelError"}
    assert settled(lab, "mortal")["EndpointStatus"] == "InService"
    assert programs(f"MARK={mark['MARK']}") == 1


def test_a_container_whose_ping_fails_in_service_is_started_again(lab: Lab, mark: dict[str, str]) -> None:
    # Once told so, /ping says 500; what the program is called is new at every start.
    ill = "setattr(__import__('__main__').Handler, 'do_GET', lambda one: one.answer(500, b''))"
    answer = f"({ill}) if body == b'fall ill' else None, b'' + __import__('__main__').called"
    before = "import os; called = os.urandom(8).hex().encode()"
    serve_model(lab, "ill", BEFORE=before, ANSWER=f"(200, ({answer})[1])", **mark)
    first = ask(lab, "ill", b"1")
    assert ask(lab, "ill", b"fall ill") == first

    def other() -> bool:
        with contextlib.suppress(ClientError):
            return ask(lab, "ill", b"1") != first
        return False

    eventually(other, timeout=40)
    assert "s-infra sandbox: /ping failed 3 times; the container is started again" in messages(lab, "ill")
    assert settled(lab, "ill")["EndpointStatus"] == "InService"
    assert programs(f"MARK={mark['MARK']}") == 1


def test_an_answer_that_is_too_large_is_not_half_given(lab: Lab, mark: dict[str, str]) -> None:
    serve_model(lab, "large", ANSWER="b'x' * int(body)", **mark)
    limit = 6 << 20
    assert len(ask(lab, "large", str(limit).encode())) == limit
    found = failure(lab, "large", str(limit + 1).encode())
    assert (found["Error"]["Code"], found["OriginalStatusCode"]) == ("ModelError", 500)


def test_deletion_under_load_answers_or_says_that_it_is_gone(lab: Lab, mark: dict[str, str]) -> None:
    serve_model(lab, "leaving", ANSWER="__import__('time').sleep(0.05) or b'good'", **mark)
    with Load(lambda: ask(lab, "leaving", b"1")) as load:
        load.wait_for(40)
        delete(lab, "leaving")
        assert programs(f"MARK={mark['MARK']}") == 0
        load.wait_for(8)
    answered = [one for one in load.results if one == b"good"]
    refused = [one for one in load.results if isinstance(one, ClientError)]
    assert len(answered) >= 40
    assert len(answered) + len(refused) == len(load.results)
    assert {one.response["Error"]["Code"] for one in refused} == {"ValidationError"}


def test_an_image_that_is_gone_fails_the_endpoint(lab: Lab, mark: dict[str, str]) -> None:
    lab.model("vanishing", container={"Environment": {**GOOD, **mark}})
    ecr = lab.clients("ecr")
    layer = ecr.batch_get_image(repositoryName="lab", imageIds=[{"imageTag": "first"}])["images"][0]
    gone = {"imageDigest": layer["imageId"]["imageDigest"]}
    ecr.batch_delete_image(repositoryName="lab", imageIds=[gone])
    try:
        found = serve(lab, "vanishing", variant("AllTraffic", "vanishing"))
    finally:
        ecr.put_image(repositoryName="lab", imageManifest=layer["imageManifest"], imageTag="first")
    assert found["EndpointStatus"] == "Failed"
    assert "the image was never pushed" in found["FailureReason"]
