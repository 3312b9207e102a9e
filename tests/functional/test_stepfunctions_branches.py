"""Parallel and Map within one execution: results, order, variables, failures, redrive, histories."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from machine_support import Clients, Runs, branch, call

WAIT: dict[str, Any] = {"Type": "Wait", "Seconds": 600, "End": True}
FAIL: dict[str, Any] = {"Type": "Fail", "Error": "Mine", "Cause": "why"}


@pytest.fixture
def runs(clients: Clients) -> Runs:
    return Runs(clients)


def passing(output: Any, **fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Output": output, "End": True, **fields}


def mapping(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Map", "ItemProcessor": branch(states), **end, **fields}


@pytest.mark.parity("state:Parallel")
def test_branches_get_the_input_and_give_a_list(runs: Runs) -> None:
    both: dict[str, Any] = {
        "Type": "Parallel",
        "Arguments": {"n": "{% $states.input.n + 1 %}"},
        "Branches": [
            branch({"A": passing("{% $states.input.n * 10 %}")}),
            branch({"B": passing({}, Assign={"own": 5}, Next="C"), "C": passing("{% $own + $outer %}")}),
        ],
        "Assign": {"sum": "{% $sum($states.result) %}"},
        "Next": "Last",
    }
    del both["Branches"][1]["States"]["B"]["End"]
    states = {"First": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "Both"}, "Both": both}
    states["Last"] = passing(["{% $sum %}", "{% $states.input %}"])
    found = runs.run(states, {"n": 1})
    assert json.loads(found["output"]) == [26, [20, 6]]
    kinds = runs.types(found["executionArn"])
    assert kinds[3:5] == ["ParallelStateEntered", "ParallelStateStarted"]
    assert kinds[kinds.index("ParallelStateSucceeded") + 1] == "ParallelStateExited"


def test_variables_of_a_branch_end_with_it(runs: Runs) -> None:
    states = {
        "Both": {
            "Type": "Parallel",
            "Branches": [branch({"A": passing(1, Assign={"own": 1})})],
            "Next": "Last",
        },
        "Last": passing("{% $own %}"),
    }
    found = runs.run(states)
    assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")


@pytest.mark.parity("state:Map")
def test_a_map_gives_its_outputs_in_the_order_of_its_items(runs: Runs) -> None:
    state = mapping(
        {
            "W": {"Type": "Wait", "Seconds": "{% $states.input.v = 1 ? 1 : 0 %}", "Next": "P"},
            "P": passing(
                ["{% $states.input.v %}", "{% $states.input.i %}", "{% $states.context.Map.Item.Index %}"]
            ),
        },
        Items="{% $states.input.list %}",
        ItemSelector={
            "v": "{% $states.context.Map.Item.Value %}",
            "i": "{% $states.context.Map.Item.Index %}",
        },
    )
    found = runs.run({"M": state}, {"list": [1, 2, 3]})
    assert json.loads(found["output"]) == [[1, 0, 0], [2, 1, 1], [3, 2, 2]]
    events = runs.events(found["executionArn"])
    assert events[2]["mapStateStartedEventDetails"] == {"length": 3}
    started = [e["mapIterationStartedEventDetails"] for e in events if e["type"] == "MapIterationStarted"]
    assert sorted(one["index"] for one in started) == [0, 1, 2]
    assert {one["name"] for one in started} == {"M"}
    by_id = {event["id"]: event for event in events}
    waited = next(event for event in events if event["type"] == "WaitStateEntered")
    assert by_id[waited["previousEventId"]]["type"] == "MapIterationStarted"
    assert [event["type"] for event in events[-3:]] == [
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_a_map_of_nothing_gives_nothing_and_one_of_no_list_fails(runs: Runs) -> None:
    assert runs.output({"M": mapping({"P": passing(1)})}, []) == []
    assert runs.run({"M": mapping({"P": passing(1)})}, {"a": 1})["error"] == "States.Runtime"
    found = runs.run({"M": mapping({"P": passing(1)}, Items="{% $states.input.a %}")}, {"a": 1})
    assert found["error"] == "States.QueryEvaluationError"


def test_no_more_iterations_at_once_than_asked_for(runs: Runs) -> None:
    states = {"M": mapping({"W": {"Type": "Wait", "Seconds": 1, "End": True}}, MaxConcurrency=2)}
    begun = time.monotonic()
    arn = runs.start(states, [1, 2, 3])
    runs.until(arn, "WaitStateEntered", 2)
    assert runs.types(arn).count("MapIterationStarted") == 2
    assert runs.ended(arn)["status"] == "SUCCEEDED"
    assert time.monotonic() - begun >= 2


def test_one_failure_stops_the_siblings_and_names_itself(runs: Runs) -> None:
    branches = [branch({"W": WAIT}), branch({"P": {"Type": "Pass", "Next": "F"}, "F": FAIL})]
    caught = {"ErrorEquals": ["Mine"], "Output": "{% $states.errorOutput %}", "Next": "End"}
    states = {
        "Both": {"Type": "Parallel", "Branches": branches, "Catch": [caught], "End": True},
        "End": {"Type": "Succeed"},
    }
    found = runs.run(states)
    assert json.loads(found["output"]) == {"Error": "Mine", "Cause": "why"}
    kinds = runs.types(found["executionArn"])
    assert kinds.index("WaitStateAborted") < kinds.index("ParallelStateFailed")


def test_a_failed_iteration_stops_the_job_of_another_one(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    script = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    clients("s3").put_object(Bucket=bucket, Key="s.py", Body=script.encode())
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"s3://{bucket}/s.py"}
    clients("glue").create_job(Name="sleeper", Role="arn:aws:iam::000000000000:role/r", Command=command)
    choose = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 'fail' %}", "Next": "W"}],
        "Default": "J",
    }
    wait = {"Type": "Wait", "Seconds": 1, "Next": "F"}
    job = call("glue:startJobRun.sync", {"JobName": "sleeper"})
    found = runs.run({"M": mapping({"C": choose, "W": wait, "F": FAIL, "J": job})}, ["run", "fail"])
    assert (found["status"], found["error"]) == ("FAILED", "Mine")
    kinds = runs.types(found["executionArn"])
    assert [kind for kind in kinds if kind.startswith(("MapIteration", "TaskStateA", "MapState"))] == [
        *("MapStateEntered", "MapStateStarted", "MapIterationStarted", "MapIterationStarted"),
        *("MapIterationFailed", "TaskStateAborted", "MapIterationAborted", "MapStateFailed"),
    ]
    deadline = time.monotonic() + 10
    while (run := clients("glue").get_job_runs(JobName="sleeper")["JobRuns"][0])["JobRunState"] != "STOPPED":
        assert time.monotonic() < deadline, run
        time.sleep(0.02)


def test_retry_does_all_of_it_again(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    put = call(
        "aws-sdk:s3:putObject",
        {
            "Bucket": bucket,
            "Key": "{% $string($states.input) & '-' & $string($millis()) %}",
            "Body": "x",
        },
        Next="Get",
    )
    get = call("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "none"})
    retry = [{"ErrorEquals": ["S3.NoSuchKeyException"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    states = {"M": mapping({"Put": put, "Get": get}, Retry=retry, MaxConcurrency=1)}
    found = runs.run(states, [1])
    assert found["error"] == "S3.NoSuchKeyException"
    assert len(clients("s3").list_objects_v2(Bucket=bucket)["Contents"]) == 2
    assert runs.types(found["executionArn"]).count("MapStateFailed") == 2


def test_a_redrive_runs_only_what_did_not_succeed(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    states = {
        "M": mapping(
            {
                "Put": call(
                    "aws-sdk:s3:putObject",
                    {"Bucket": bucket, "Key": "{% $states.input & $uuid() %}", "Body": "x"},
                    Assign={"own": "{% $states.input %}"},
                    Output="{% $states.input %}",
                    Next="Get",
                ),
                "Get": call(
                    "aws-sdk:s3:getObject",
                    {"Bucket": bucket, "Key": "{% $states.input & '.txt' %}"},
                    Output=["{% $own %}", "{% $states.result.Body %}"],
                ),
            },
            MaxConcurrency=1,
        )
    }
    clients("s3").put_object(Bucket=bucket, Key="a.txt", Body=b"A")
    failed = runs.run(states, ["a", "b", "c"])
    assert failed["error"] == "S3.NoSuchKeyException"
    for name in ("b", "c"):
        clients("s3").put_object(Bucket=bucket, Key=f"{name}.txt", Body=name.upper().encode())
    runs.states.redrive_execution(executionArn=failed["executionArn"])
    found = runs.ended(failed["executionArn"])
    assert json.loads(found["output"]) == [["a", "A"], ["b", "B"], ["c", "C"]]
    keys = [entry["Key"] for entry in clients("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(key[0] for key in keys if not key.endswith(".txt")) == ["a", "b", "c"]


def test_stop_breaks_off_everything(runs: Runs) -> None:
    inner = {"Type": "Parallel", "Branches": [branch({"W2": WAIT})], "End": True}
    arn = runs.start({"Both": {**inner, "Branches": [branch({"W1": WAIT}), branch({"In": inner})]}})
    runs.until(arn, "WaitStateEntered", 2)
    runs.states.stop_execution(executionArn=arn, error="Enough")
    kinds = runs.types(arn)
    assert sorted(kinds[-5:-1]) == ["ParallelStateAborted"] * 2 + ["WaitStateAborted"] * 2
    assert kinds[-1] == "ExecutionAborted"
    assert runs.ended(arn)["error"] == "Enough"


def test_the_machine_s_time_ends_its_branches(runs: Runs) -> None:
    found = runs.run({"M": mapping({"W": WAIT})}, [1, 2], TimeoutSeconds=1)
    assert (found["status"], found["error"]) == ("TIMED_OUT", "States.Timeout")


def test_a_history_has_its_limit(runs: Runs) -> None:
    # 4 events an iteration, and 25,000 are the most.
    found = runs.run({"M": mapping({"P": passing(1)}, Items="{% [1..6300] %}")})
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    assert "25000" in found["cause"]
    page = runs.states.get_execution_history(
        executionArn=found["executionArn"], reverseOrder=True, maxResults=2
    )
    assert [event["id"] for event in page["events"]] == [25000, 24999]
    after = runs.states.get_execution_history(
        executionArn=found["executionArn"], reverseOrder=True, maxResults=1, nextToken=page["nextToken"]
    )
    assert after["events"][0]["id"] == 24998
