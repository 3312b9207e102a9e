"""Executions: what states do with data, errors, time, and each other."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/machine"
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


@pytest.fixture
def bucket(clients: Clients) -> str:
    name = f"b-{uuid.uuid4().hex}"
    clients("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def machine(clients: Clients) -> Callable[..., str]:
    def make(states: dict[str, Any], **fields: Any) -> str:
        settings = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        given = {key: fields.pop(key) for key in ("TimeoutSeconds",) if key in fields}
        created = clients("stepfunctions").create_state_machine(
            name=f"m-{uuid.uuid4().hex}", definition=json.dumps({**settings, **given}), roleArn=ROLE, **fields
        )
        return str(created["stateMachineArn"])

    return make


def ended(clients: Clients, arn: str, within: float = 10) -> dict[str, Any]:
    deadline = time.monotonic() + within
    while True:
        found: dict[str, Any] = clients("stepfunctions").describe_execution(executionArn=arn)
        if found["status"] in ENDED:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def run(clients: Clients, machine_arn: str, given: Any = None) -> dict[str, Any]:
    started = clients("stepfunctions").start_execution(
        stateMachineArn=machine_arn, input=json.dumps({} if given is None else given)
    )
    return ended(clients, started["executionArn"])


def put(bucket: str, key: str, body: Any, **fields: Any) -> dict[str, Any]:
    arguments = {"Bucket": bucket, "Key": key, "Body": body}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": arguments,
        **fields,
    }


def get(bucket: str, key: str, **fields: Any) -> dict[str, Any]:
    arguments = {"Bucket": bucket, "Key": key}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": arguments,
        **fields,
    }


@pytest.mark.parity("task:aws-sdk:s3:*", "state:Task")
def test_objects_are_written_as_json_and_read_as_text(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    arn = machine(
        {
            "Put": put(
                bucket,
                "k",
                {"n": "{% $states.input.n * 2 %}"},
                Assign={"etag": "{% $states.result.ETag %}"},
                Next="Get",
            ),
            "Get": get(
                bucket,
                "k",
                Output={
                    "read": "{% $parse($states.result.Body) %}",
                    "same": "{% $states.result.ETag = $etag %}",
                    "at": "{% $states.result.LastModified %}",
                },
                End=True,
            ),
        }
    )
    output = json.loads(run(clients, arn, {"n": 21})["output"])
    assert clients("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b'{"n":42}'
    assert (output["read"], output["same"]) == ({"n": 42}, True)
    assert output["at"].endswith("Z")


def test_the_context_names_the_execution(clients: Clients, machine: Callable[..., str]) -> None:
    arn = machine({"A": {"Type": "Pass", "Output": "{% $states.context %}", "End": True}})
    found = run(clients, arn, {"x": 1})
    context = json.loads(found["output"])
    assert context["Execution"] == {
        "Id": found["executionArn"],
        "Input": {"x": 1},
        "Name": found["name"],
        "RoleArn": ROLE,
        "StartTime": context["Execution"]["StartTime"],
        "RedriveCount": 0,
    }
    assert context["StateMachine"]["Id"] == arn
    assert context["State"]["Name"] == "A"
    started = time.strptime(context["Execution"]["StartTime"][:19], "%Y-%m-%dT%H:%M:%S")
    assert time.mktime(started) == pytest.approx(time.mktime(found["startDate"].utctimetuple()), abs=1)


@pytest.mark.parity("state:Pass")
def test_assign_and_output_see_the_variables_of_before(clients: Clients, machine: Callable[..., str]) -> None:
    arn = machine(
        {
            "A": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "B"},
            "B": {
                "Type": "Pass",
                "Assign": {"a": "{% $b %}", "b": "{% $a %}"},
                "Output": "{% $a %}",
                "Next": "C",
            },
            "C": {"Type": "Pass", "Output": ["{% $a %}", "{% $b %}", "{% $states.input %}"], "End": True},
        }
    )
    assert json.loads(run(clients, arn)["output"]) == [2, 1, 1]


@pytest.mark.parametrize(("metric", "expected"), [(0.9, "passed"), (0.1, "refused")])
@pytest.mark.parity("state:Choice", "state:Succeed")
def test_a_choice_decides(
    clients: Clients, machine: Callable[..., str], metric: float, expected: str
) -> None:
    arn = machine(
        {
            "Gate": {
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": "{% $states.input.metric >= 0.5 %}",
                        "Assign": {"d": "passed"},
                        "Next": "End",
                    }
                ],
                "Assign": {"d": "refused"},
                "Default": "End",
            },
            "End": {"Type": "Succeed", "Output": {"decision": "{% $d %}"}},
        }
    )
    assert json.loads(run(clients, arn, {"metric": metric})["output"]) == {"decision": expected}


def test_errors_have_aws_s_names_and_catch_finds_them(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    catch = [{"ErrorEquals": ["S3.NoSuchKeyException"], "Output": "{% $states.errorOutput %}", "Next": "End"}]
    arn = machine({"Get": get(bucket, "none", Catch=catch, End=True), "End": {"Type": "Succeed"}})
    output = json.loads(run(clients, arn)["output"])
    assert output["Error"] == "S3.NoSuchKeyException"
    assert "Error Code: NoSuchKey" in output["Cause"]


@pytest.mark.parity("states:GetExecutionHistory", "states:DescribeExecution")
def test_a_failure_names_its_state_and_cause(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    found = run(
        clients, machine({"A": {"Type": "Pass", "Next": "Get"}, "Get": get(bucket, "none", End=True)})
    )
    assert (found["status"], found["error"]) == ("FAILED", "S3.NoSuchKeyException")
    assert found["redriveStatus"] == "REDRIVABLE"
    events = clients("stepfunctions").get_execution_history(executionArn=found["executionArn"])["events"]
    assert [event["type"] for event in events] == [
        *("ExecutionStarted", "PassStateEntered", "PassStateExited", "TaskStateEntered"),
        *("TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"),
    ]
    assert [event["previousEventId"] for event in events] == list(range(len(events)))
    assert events[3]["stateEnteredEventDetails"]["name"] == "Get"
    assert events[-1]["executionFailedEventDetails"]["cause"] == found["cause"]


def test_an_undefined_expression_fails_the_execution(clients: Clients, machine: Callable[..., str]) -> None:
    found = run(
        clients, machine({"A": {"Type": "Pass", "Output": "{% $states.input.missing %}", "End": True}})
    )
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "$states.input.missing" in found["cause"]


@pytest.mark.parity("state:Fail")
def test_a_fail_state_ends_with_its_error(clients: Clients, machine: Callable[..., str]) -> None:
    found = run(
        clients,
        machine({"A": {"Type": "Fail", "Error": "Mine", "Cause": "{% 'since ' & $states.input.x %}"}}),
        {"x": "y"},
    )
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Mine", "since y")


def test_retry_waits_longer_each_time_and_then_gives_up(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    retry = [
        {"ErrorEquals": ["S3.NoSuchKeyException"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.5}
    ]
    started = time.monotonic()
    found = run(clients, machine({"Get": get(bucket, "none", Retry=retry, End=True)}))
    assert 2.4 <= time.monotonic() - started < 4
    events = clients("stepfunctions").get_execution_history(executionArn=found["executionArn"])["events"]
    assert [event["type"] for event in events].count("TaskFailed") == 3


def test_retry_succeeds_once_what_was_missing_is_there(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 1}]
    arn = machine({"Get": get(bucket, "late", Retry=retry, Output="{% $states.result.Body %}", End=True)})
    started = clients("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
    time.sleep(0.3)
    clients("s3").put_object(Bucket=bucket, Key="late", Body=b"there")
    assert json.loads(ended(clients, started)["output"]) == "there"


@pytest.mark.parity("states:StartExecution", "states:ListExecutions")
def test_the_same_name_and_input_are_one_execution_while_it_runs(
    clients: Clients, machine: Callable[..., str]
) -> None:
    arn = machine({"W": {"Type": "Wait", "Seconds": 1, "End": True}})
    client = clients("stepfunctions")
    first = client.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')
    again = client.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')
    assert again["executionArn"] == first["executionArn"]
    assert again["startDate"] == first["startDate"]
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=arn, name="once", input='{"a": 2}')
    ended(clients, first["executionArn"])
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=arn, name="once", input='{"a": 1}')
    assert len(client.list_executions(stateMachineArn=arn)["executions"]) == 1


def test_a_time_to_wait_for_is_cut_off_to_seconds(clients: Clients, machine: Callable[..., str]) -> None:
    almost_over = "{% $fromMillis(1000 * $floor($millis() / 1000) + 999) %}"
    arn = machine({"W": {"Type": "Wait", "Timestamp": almost_over, "End": True}})
    # Begun in the first half of a second, a wait to its end would be seen.
    time.sleep(1.05 - time.time() % 1)
    found = run(clients, arn)
    assert (found["stopDate"] - found["startDate"]).total_seconds() < 0.6


@pytest.mark.parity("states:StopExecution", "state:Wait")
def test_stop_ends_a_wait_at_once(clients: Clients, machine: Callable[..., str]) -> None:
    arn = machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}})
    client = clients("stepfunctions")
    started = client.start_execution(stateMachineArn=arn)["executionArn"]
    client.stop_execution(executionArn=started, error="Mine", cause="enough")
    found = ended(clients, started, within=1)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Mine", "enough")


def test_a_machine_s_time_runs_out(clients: Clients, machine: Callable[..., str]) -> None:
    arn = machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=1)
    found = run(clients, arn)
    assert (found["status"], found["error"]) == ("TIMED_OUT", "States.Timeout")


@pytest.mark.parity("states:RedriveExecution")
def test_a_redrive_goes_on_at_the_state_that_failed(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    arn = machine(
        {
            "First": put(
                bucket,
                "{% 'first-' & $states.context.Execution.Name & $string($millis()) %}",
                "x",
                Assign={"v": "kept"},
                Output={"n": 1},
                Next="Get",
            ),
            "Get": get(
                bucket,
                "fix",
                Output=[
                    "{% $v %}",
                    "{% $states.input.n %}",
                    "{% $states.result.Body %}",
                    "{% $states.context.Execution.RedriveCount %}",
                ],
                End=True,
            ),
        }
    )
    client = clients("stepfunctions")
    failed = run(clients, arn)
    assert failed["status"] == "FAILED"
    clients("s3").put_object(Bucket=bucket, Key="fix", Body=b"fixed")
    client.redrive_execution(executionArn=failed["executionArn"])
    found = ended(clients, failed["executionArn"])
    assert json.loads(found["output"]) == ["kept", 1, "fixed", 1]
    assert found["redriveCount"] == 1
    keys = [entry["Key"] for entry in clients("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert len([key for key in keys if key.startswith("first-")]) == 1
    with pytest.raises(client.exceptions.ExecutionNotRedrivable):
        client.redrive_execution(executionArn=failed["executionArn"])


def test_a_result_over_the_limit_fails(clients: Clients, machine: Callable[..., str], bucket: str) -> None:
    clients("s3").put_object(Bucket=bucket, Key="large", Body=b"x" * 262_145)
    found = run(clients, machine({"Get": get(bucket, "large", End=True)}))
    assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parity("states:UpdateStateMachine")
def test_an_update_reaches_only_later_executions(clients: Clients, machine: Callable[..., str]) -> None:
    client = clients("stepfunctions")
    arn = machine({"W": {"Type": "Wait", "Seconds": 1, "Output": "old", "End": True}})
    started = client.start_execution(stateMachineArn=arn)["executionArn"]
    after = {
        "QueryLanguage": "JSONata",
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "Output": "new", "End": True}},
    }
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(after))
    assert json.loads(run(clients, arn)["output"]) == "new"
    assert json.loads(ended(clients, started)["output"]) == "old"


@pytest.mark.parity("states:ValidateStateMachineDefinition", "states:CreateStateMachine")
def test_a_bad_definition_is_refused_at_create_and_update(
    clients: Clients, machine: Callable[..., str]
) -> None:
    client = clients("stepfunctions")
    bad = json.dumps(
        {"QueryLanguage": "JSONata", "StartAt": "No", "States": {"A": {"Type": "Pass", "End": True}}}
    )
    with pytest.raises(client.exceptions.InvalidDefinition, match="MISSING_TRANSITION_TARGET"):
        client.create_state_machine(name="bad", definition=bad, roleArn=ROLE)
    arn = machine({"A": {"Type": "Pass", "Output": "kept", "End": True}})
    with pytest.raises(client.exceptions.InvalidDefinition, match="StartAt"):
        client.update_state_machine(stateMachineArn=arn, definition=bad)
    assert json.loads(run(clients, arn)["output"]) == "kept"
    told = client.validate_state_machine_definition(definition=bad)
    assert told["result"] == "FAIL"
    assert told["diagnostics"][0]["location"] == "/StartAt"


def test_an_unknown_machine_and_bad_names_are_refused(clients: Clients, machine: Callable[..., str]) -> None:
    client = clients("stepfunctions")
    arn = machine({"A": {"Type": "Pass", "End": True}})
    with pytest.raises(client.exceptions.StateMachineDoesNotExist):
        client.start_execution(stateMachineArn=arn + "x")
    with pytest.raises(client.exceptions.InvalidName):
        client.start_execution(stateMachineArn=arn, name="with space")
    with pytest.raises(client.exceptions.InvalidExecutionInput):
        client.start_execution(stateMachineArn=arn, input="{")
    with pytest.raises(ClientError, match="type EXPRESS isn't carried out"):
        machine({"A": {"Type": "Pass", "End": True}}, type="EXPRESS")


def test_histories_are_logged_at_the_level_asked_for(
    clients: Clients, machine: Callable[..., str], bucket: str
) -> None:
    logs = clients("logs")
    messages: dict[str, list[dict[str, Any]]] = {}
    for level in ("ALL", "ERROR"):
        group = f"/machines/{level}"
        logs.create_log_group(logGroupName=group)
        destination = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"
        settings = {
            "level": level,
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}],
        }
        found = run(clients, machine({"Get": get(bucket, "none", End=True)}, loggingConfiguration=settings))
        deadline = time.monotonic() + 5
        while True:
            events = logs.filter_log_events(logGroupName=group)["events"]
            messages[level] = [json.loads(event["message"]) for event in events]
            if any(message["type"] == "ExecutionFailed" for message in messages[level]):
                break
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert {message["execution_arn"] for message in messages[level]} == {found["executionArn"]}
    assert [message["type"] for message in messages["ERROR"]] == ["TaskFailed", "ExecutionFailed"]
    assert [message["id"] for message in messages["ALL"]] == [str(number) for number in range(1, 7)]
