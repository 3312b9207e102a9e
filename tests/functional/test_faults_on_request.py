"""Faults on request: each strikes what it was asked to strike, when it was asked to, and is listed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from click.testing import CliRunner
from functions_support import make, make_queue, receive

from s_infra.cli.faults import fault as command
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
DOCUMENT = Path(__file__).parents[2] / "docs/faults.md"
ECHO = "def main(event, context):\n    return event\n"
Fault = Callable[..., Any]


@pytest.fixture
def fault(sandbox: Sandbox) -> Iterator[Fault]:
    """Runs `s-infra sandbox fault`, and takes all faults back at the end."""

    def run(*arguments: str, code: int = 0) -> Any:
        done = CliRunner().invoke(command, arguments, env={"AWS_ENDPOINT_URL": sandbox.endpoint})
        assert done.exit_code == code, done.output
        if code:
            return done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    yield run
    run("clear")


@pytest.fixture(scope="module")
def bucket(clients: Clients) -> str:
    clients("s3").create_bucket(Bucket="struck")
    clients("s3").put_object(Bucket="struck", Key="train/a.csv", Body=b"1")
    return "struck"


def outcomes(call: Callable[[], Any], times: int) -> list[str]:
    found = []
    for _ in range(times):
        try:
            call()
            found.append("ok")
        except ClientError as error:
            found.append(error.response["Error"]["Code"])
        except ConnectionClosedError:
            found.append("cut")
    return found


def test_the_third_call_and_the_next_are_throttled_and_told(
    clients: Clients, bucket: str, fault: Fault
) -> None:
    number = fault("add", "throttle", "s3:GetObject", "--nth", "3", "--count", "2", "--json")["id"]
    begun = time.time()
    found = outcomes(lambda: clients("s3").get_object(Bucket=bucket, Key="train/a.csv"), 6)
    assert found == ["ok", "ok", "SlowDown", "SlowDown", "ok", "ok"]
    told = fault("list", "--json")
    (armed,) = told["faults"]
    assert (armed["id"], armed["seen"], armed["fired"]) == (number, 6, 2)
    assert [(one["id"], one["on"]) for one in told["fired"]] == [(number, "struck/train/a.csv")] * 2
    assert all(begun - 1 < one["time"] < time.time() and one["about"] for one in told["fired"])


def test_a_pattern_picks_the_resource(clients: Clients, bucket: str, fault: Fault) -> None:
    fault("add", "throttle", "s3:PutObject", "--on", "struck/train/*")
    put = clients("s3").put_object
    assert outcomes(lambda: put(Bucket=bucket, Key="other/a.csv", Body=b""), 2) == ["ok", "ok"]
    assert outcomes(lambda: put(Bucket=bucket, Key="train/b.csv", Body=b""), 2) == ["SlowDown", "ok"]


CALLS: dict[str, tuple[str, Callable[[Clients], Any]]] = {
    "lambda:ListFunctions": ("TooManyRequestsException", lambda c: c("lambda").list_functions()),
    "states:ListStateMachines": ("ThrottlingException", lambda c: c("stepfunctions").list_state_machines()),
    "sagemaker:ListModels": ("ThrottlingException", lambda c: c("sagemaker").list_models()),
    "glue:ListJobs": ("ThrottlingException", lambda c: c("glue").list_jobs()),
    "sns:ListTopics": ("Throttling", lambda c: c("sns").list_topics()),
    "sqs:ListQueues": ("RequestThrottled", lambda c: c("sqs").list_queues()),
    "sts:GetCallerIdentity": ("Throttling", lambda c: c("sts").get_caller_identity()),
    "events:ListRules": ("ThrottlingException", lambda c: c("events").list_rules()),
}


@pytest.mark.parametrize("operation", CALLS)
def test_each_service_throttles_in_its_own_way(clients: Clients, fault: Fault, operation: str) -> None:
    code, call = CALLS[operation]
    fault("add", "throttle", operation)
    assert outcomes(lambda: call(clients), 2) == [code, "ok"]


def test_a_call_fails_with_a_status_or_an_error_by_name(clients: Clients, fault: Fault) -> None:
    fault("add", "fail", "sqs:ListQueues", "--status", "503")
    fault("add", "error", "states:ListStateMachines", "--code", "AccessDeniedException")
    with pytest.raises(ClientError) as caught:
        clients("sqs").list_queues()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    with pytest.raises(ClientError) as caught:
        clients("stepfunctions").list_state_machines()
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(("flags", "there"), [((), False), (("--after",), True)], ids=["before", "after"])
def test_a_call_is_cut_before_or_after_it_took_effect(
    clients: Clients, bucket: str, fault: Fault, flags: tuple[str, ...], there: bool
) -> None:
    fault("add", "cut", "s3:PutObject", *flags)
    key = f"cut-{there}"
    assert outcomes(lambda: clients("s3").put_object(Bucket=bucket, Key=key, Body=b""), 1) == ["cut"]
    listed = clients("s3").list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"]
    assert listed == int(there)


def test_a_call_is_slow(clients: Clients, fault: Fault) -> None:
    fault("add", "slow", "sqs:ListQueues", "--seconds", "0.4")
    begun = time.monotonic()
    clients("sqs").list_queues()
    assert time.monotonic() - begun > 0.4


def test_a_probability_is_the_same_for_the_same_seed(clients: Clients, fault: Fault) -> None:
    runs = []
    for _ in range(2):
        fault("clear")
        given = ("--probability", "0.5", "--seed", "7", "--count", "99")
        fault("add", "throttle", "sqs:ListQueues", *given)
        runs.append(outcomes(clients("sqs").list_queues, 12))
    assert runs[0] == runs[1]
    assert 0 < runs[0].count("ok") < 12


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explode", "s3:GetObject"), "'explode' is not one of 'throttle', 'fail'"),
        (("throttle", "s4:GetObject"), "there is no service 's4'; choose one of codebuild, "),
        (
            ("throttle", "lambda:Nothing"),
            "there is no operation of lambda 'Nothing'; choose one of AddPermission",
        ),
        (("lose", "mail"), "there is no target of 'lose' 'mail'; choose one of s3-event, rule-target"),
        (
            ("kill", "endpoint"),
            "there is no target of 'kill' 'endpoint'; choose one of training, function, glue",
        ),
        (("slow", "s3:GetObject"), "'slow' needs 'seconds'"),
        (("error", "s3:GetObject"), "'error' needs 'code'"),
        (("fail", "s3:GetObject", "--status", "200"), "'status' is one of 500, 502, 503, 504"),
        (("throttle", "s3:GetObject", "--nth", "0"), "'nth' and 'count' are 1 or more"),
    ],
)
def test_what_cannot_be_is_a_usage_error_that_names_the_choices(
    fault: Fault, arguments: tuple[str, ...], told: str
) -> None:
    assert told in fault("add", *arguments, code=2)


class TestDeliveries:
    """Events and messages that are lost, come twice or come late."""

    @pytest.fixture(scope="class")
    @staticmethod
    def landing(clients: Clients) -> str:
        """A queue that a rule sends the events of a bucket to."""
        url, arn = make_queue(clients)
        allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        clients("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        clients("s3").create_bucket(Bucket="landing")
        clients("s3").put_bucket_notification_configuration(
            Bucket="landing", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        clients("events").put_rule(Name="landed", EventPattern=json.dumps({"source": ["aws.s3"]}))
        clients("events").put_targets(Rule="landed", Targets=[{"Id": "queue", "Arn": arn}])
        return url

    def keys(self, clients: Clients, url: str, count: int) -> list[str]:
        events = (json.loads(message["Body"]) for message in receive(clients, url, count))
        return [event["detail"]["object"]["key"] for event in events]

    @pytest.mark.parametrize("target", ["s3-event", "rule-target"])
    def test_an_event_is_lost_or_doubled(
        self, clients: Clients, landing: str, fault: Fault, target: str
    ) -> None:
        fault("add", "lose", target)
        fault("add", "double", target, "--nth", "2")
        for key in ("lost", "twice", "last"):
            clients("s3").put_object(Bucket="landing", Key=key, Body=b"")
            # The events of one bucket are made in threads: each is to be seen in its turn.
            deadline = time.monotonic() + 5
            while fault("list", "--json")["faults"][0]["seen"] < ("lost", "twice", "last").index(key) + 1:
                assert time.monotonic() < deadline
        assert sorted(self.keys(clients, landing, 3)) == ["last", "twice", "twice"]

    def test_an_event_is_late(self, clients: Clients, landing: str, fault: Fault) -> None:
        fault("add", "delay", "rule-target", "--on", "landed", "--seconds", "1")
        begun = time.monotonic()
        clients("s3").put_object(Bucket="landing", Key="late", Body=b"")
        assert self.keys(clients, landing, 1) == ["late"]
        assert time.monotonic() - begun > 1

    def test_a_topics_message_is_lost_then_comes_twice(self, clients: Clients, fault: Fault) -> None:
        url, arn = make_queue(clients)
        topic = clients("sns").create_topic(Name="struck")["TopicArn"]
        raw = {"RawMessageDelivery": "true"}
        clients("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        fault("add", "lose", "topic-message", "--on", "struck")
        fault("add", "double", "topic-message", "--on", "struck", "--nth", "2")
        for text in ("lost", "twice"):
            clients("sns").publish(TopicArn=topic, Message=text)
        assert [message["Body"] for message in receive(clients, url, 2)] == ["twice", "twice"]

    def test_a_queues_message_comes_late_to_its_function_or_twice(
        self, clients: Clients, fault: Fault
    ) -> None:
        told, _ = make_queue(clients)
        url, arn = make_queue(clients)
        source = f"""
import boto3
sqs = boto3.client("sqs")
def main(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl={told!r}, MessageBody=record["body"])
"""
        function = make(clients, source)
        clients("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=function.name)
        fault("add", "double", "queue-message", "--on", "twice")
        fault("add", "delay", "queue-message", "--on", "late", "--seconds", "2")
        fault("add", "lose", "queue-message", "--on", "lost")
        for text in ("lost", "late", "twice"):
            clients("sqs").send_message(QueueUrl=url, MessageBody=text)
        found = [message["Body"] for message in receive(clients, told, 3)]
        assert sorted(found[:2]) == ["twice", "twice"]
        assert found[2] == "late"


def test_a_function_is_killed_and_the_next_invocation_is_well(clients: Clients, fault: Fault) -> None:
    function = make(
        clients, "import time\ndef main(event, context):\n    time.sleep(0.6)\n    return 'well'\n"
    )
    fault("add", "kill", "function", "--on", function.name)
    fault("add", "kill", "function", "--on", function.name, "--nth", "2", "--seconds", "0.2")
    answers = [function.invoke() for _ in range(3)]
    assert [answer.payload for answer in answers][2] == "well"
    for answer in answers[:2]:
        assert answer.payload["errorType"] == "Runtime.ExitError"
        assert "signal: killed" in answer.payload["errorMessage"]


# It waits for what it has started, whose number is in its log.
WAITING = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)  # glue-child"])
child.wait()
"""


def test_a_glue_run_is_killed_with_all_that_it_started_and_the_next_is_well(
    clients: Clients, bucket: str, fault: Fault
) -> None:
    glue = clients("glue")
    clients("s3").put_object(Bucket=bucket, Key="waiting.py", Body=WAITING.encode())
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"s3://{bucket}/waiting.py"}
    role = "arn:aws:iam::000000000000:role/any"
    glue.create_job(Name="waiting", Role=role, Command=command)
    fault("add", "kill", "glue", "--on", "waiting", "--seconds", "0.5")

    def ended() -> dict[str, Any]:
        run_id = glue.start_job_run(JobName="waiting")["JobRunId"]
        deadline = time.monotonic() + 20
        while True:
            run: dict[str, Any] = glue.get_job_run(JobName="waiting", RunId=run_id)["JobRun"]
            if run["JobRunState"] in ("SUCCEEDED", "FAILED"):
                return run
            assert time.monotonic() < deadline, run
            time.sleep(0.05)

    killed = ended()
    assert (killed["JobRunState"], killed["ErrorMessage"]) == ("FAILED", "Command was ended by signal 9")
    assert [one["on"] for one in fault("list", "--json")["fired"]] == ["waiting"]
    deadline = time.monotonic() + 10
    while any(
        "glue-child" in " ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    clients("s3").put_object(Bucket=bucket, Key="waiting.py", Body=b"print('well')\n")
    assert ended()["JobRunState"] == "SUCCEEDED"


def test_what_the_page_says_to_type_can_be_typed(fault: Fault) -> None:
    blocks = re.findall(r"^```sh$\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    assert len(lines) >= 10
    for line in lines:
        words = [word.strip("'") for word in line.split()]
        assert words[:3] == ["s-infra", "sandbox", "fault"]
        fault(*words[3:])
