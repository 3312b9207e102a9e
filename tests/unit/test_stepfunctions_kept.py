"""What a sandbox that keeps its state writes down of Step Functions, and takes up again."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from s_infra.sandbox.services.stepfunctions import StepFunctions
from s_infra.sandbox.services.stepfunctions.errors import RefusedError
from s_infra.sandbox.services.stepfunctions.executions import Executions
from s_infra.sandbox.services.stepfunctions.machines import Machines

ROLE = "arn:aws:iam::000000000000:role/machine"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:m"


def service() -> StepFunctions:
    executions = Executions(lambda role: lambda service: None, "us-east-1", lambda execution, event: None)
    return StepFunctions(Machines("us-east-1", "000000000000"), executions, lambda _: True)


def ask(one: StepFunctions, operation: str, **request: Any) -> dict[str, Any]:
    return one.answer(operation, json.dumps(request).encode())


def definition(*, fails: bool) -> str:
    # Long enough for the other branch to end.
    states: dict[str, Any] = {
        "C": {"Type": "Wait", "Seconds": 1, "Next": "F"},
        "F": {"Type": "Fail", "Error": "E"},
    }
    if not fails:
        states = {"C": {"Type": "Wait", "Seconds": 600, "End": True}}
    passing = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": "kept", "End": True}}}
    each = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "C",
        "States": states,
    }
    second = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": each, "End": True}}}
    both = {"Type": "Parallel", "Branches": [passing, second], "End": True}
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "Both", "States": {"Both": both}})


def until(one: StepFunctions, arn: str, kind: str) -> None:
    deadline = time.monotonic() + 5
    while kind not in [e["type"] for e in ask(one, "GetExecutionHistory", executionArn=arn)["events"]]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("fails", [True, False])
def test_what_is_kept_is_there_again_and_can_be_redriven(fails: bool) -> None:
    before = service()
    ask(
        before, "CreateStateMachine", name="m", definition=definition(fails=fails), roleArn=ROLE, publish=True
    )
    route = [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]
    ask(before, "CreateStateMachineAlias", name="live", routingConfiguration=route)
    started = ask(before, "StartExecution", stateMachineArn=f"{MACHINE}:live", name="x", input="[1]")
    arn = started["executionArn"]
    until(before, arn, "ExecutionFailed" if fails else "MapRunStarted")
    content, lost = before.dump()
    assert any(name.startswith("execution x") for name in lost) is not fails

    after = service()
    after.restore(json.loads(json.dumps(content)))
    assert (
        ask(after, "DescribeStateMachineAlias", stateMachineAliasArn=f"{MACHINE}:live")[
            "routingConfiguration"
        ]
        == route
    )
    assert ask(after, "PublishStateMachineVersion", stateMachineArn=MACHINE)["stateMachineVersionArn"] == (
        f"{MACHINE}:1"
    )
    found = ask(after, "DescribeExecution", executionArn=arn)
    assert found["status"] == ("FAILED" if fails else "ABORTED")
    assert found["stateMachineAliasArn"] == f"{MACHINE}:live"
    old = ask(before, "GetExecutionHistory", executionArn=arn)["events"]
    assert ask(after, "GetExecutionHistory", executionArn=arn)["events"][: len(old)] == old
    ask(after, "RedriveExecution", executionArn=arn)
    until(after, arn, "MapRunRedriven")
    types = [e["type"] for e in ask(after, "GetExecutionHistory", executionArn=arn)["events"]]
    assert types.count("PassStateEntered") == 1, "the branch that succeeded isn't run again"
    (run,) = ask(after, "ListMapRuns", executionArn=arn)["mapRuns"]
    assert ask(after, "DescribeMapRun", mapRunArn=run["mapRunArn"])["redriveCount"] == 1
    before.answer("DeleteStateMachine", json.dumps({"stateMachineArn": MACHINE}).encode())
    after.answer("DeleteStateMachine", json.dumps({"stateMachineArn": MACHINE}).encode())
    with pytest.raises(RefusedError, match="Execution Does Not Exist"):
        ask(after, "DescribeExecution", executionArn=arn)
