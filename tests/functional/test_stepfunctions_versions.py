"""Machines, their versions and aliases: what each names is what runs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from machine_support import ROLE, Clients, Runs, definition


@pytest.fixture
def runs(clients: Clients) -> Runs:
    return Runs(clients)


def saying(word: str) -> dict[str, Any]:
    return {"P": {"Type": "Pass", "Output": word, "End": True}}


def refused(call: Any, code: str, **request: Any) -> str:
    with pytest.raises(ClientError) as problem:
        call(**request)
    error = problem.value.response["Error"]
    assert error["Code"] == code, error
    return str(error["Message"])


@pytest.mark.parity(
    "states:PublishStateMachineVersion",
    "states:ListStateMachineVersions",
    "states:DeleteStateMachineVersion",
    "states:DescribeStateMachine",
)
def test_a_version_runs_what_was_published(runs: Runs) -> None:
    states = runs.states
    machine = runs.make(saying("one"))
    first = states.publish_state_machine_version(stateMachineArn=machine, description="d")
    assert first["stateMachineVersionArn"] == f"{machine}:1"
    again = states.publish_state_machine_version(stateMachineArn=machine, description="d")
    assert again["creationDate"] == first["creationDate"]
    updated = states.update_state_machine(
        stateMachineArn=machine, definition=definition(saying("two")), publish=True
    )
    assert updated["stateMachineVersionArn"] == f"{machine}:2"
    assert runs.output(f"{machine}:1") == "one"
    assert runs.output(f"{machine}:2") == runs.output(machine) == "two"
    described = states.describe_state_machine(stateMachineArn=f"{machine}:1")
    assert json.loads(described["definition"])["States"] == saying("one")
    assert described["description"] == "d"
    (listed,) = states.list_executions(stateMachineArn=f"{machine}:1")["executions"]
    assert listed["stateMachineVersionArn"] == f"{machine}:1"
    assert states.describe_execution(executionArn=listed["executionArn"])["stateMachineArn"] == machine
    versions = states.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [one["stateMachineVersionArn"] for one in versions] == [f"{machine}:2", f"{machine}:1"]
    states.delete_state_machine_version(stateMachineVersionArn=f"{machine}:2")
    refused(states.start_execution, "StateMachineDoesNotExist", stateMachineArn=f"{machine}:2")
    # The number isn't given again.
    states.update_state_machine(stateMachineArn=machine, definition=definition(saying("three")))
    third = states.publish_state_machine_version(stateMachineArn=machine)
    assert third["stateMachineVersionArn"] == f"{machine}:3"
    stale = {"stateMachineArn": machine, "revisionId": updated["revisionId"]}
    refused(states.publish_state_machine_version, "ConflictException", **stale)


@pytest.mark.parity(
    "states:CreateStateMachineAlias",
    "states:UpdateStateMachineAlias",
    "states:DescribeStateMachineAlias",
    "states:ListStateMachineAliases",
    "states:DeleteStateMachineAlias",
)
def test_an_alias_runs_the_versions_that_it_names_by_their_weights(runs: Runs) -> None:
    states = runs.states
    machine = runs.make(saying("one"))
    states.publish_state_machine_version(stateMachineArn=machine)
    states.update_state_machine(stateMachineArn=machine, definition=definition(saying("two")), publish=True)
    one, two = f"{machine}:1", f"{machine}:2"
    route = [{"stateMachineVersionArn": one, "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
    assert alias == f"{machine}:live"
    assert [runs.output(alias) for _ in range(3)] == ["one"] * 3
    both = [
        {"stateMachineVersionArn": one, "weight": 50},
        {"stateMachineVersionArn": two, "weight": 50},
    ]
    states.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=both)
    described = states.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == both
    # That all of 40 go one way happens once in 10^12.
    assert {runs.output(alias) for _ in range(40)} == {"one", "two"}
    execution = states.list_executions(stateMachineArn=alias)["executions"][0]
    assert execution["stateMachineAliasArn"] == alias
    assert execution["stateMachineVersionArn"] in (one, two)
    listed = states.list_state_machine_aliases(stateMachineArn=two)["stateMachineAliases"]
    assert [entry["stateMachineAliasArn"] for entry in listed] == [alias]
    told = refused(states.delete_state_machine_version, "ConflictException", stateMachineVersionArn=two)
    assert "[live]" in told
    odd = [{**both[0], "weight": 70}, both[1]]
    fields: dict[str, Any] = {"name": "odd", "routingConfiguration": odd}
    refused(states.create_state_machine_alias, "ValidationException", **fields)
    states.delete_state_machine_alias(stateMachineAliasArn=alias)
    refused(states.describe_state_machine_alias, "ResourceNotFound", stateMachineAliasArn=alias)


@pytest.mark.parity(
    "states:CreateStateMachine",
    "states:DeleteStateMachine",
    "states:ListStateMachines",
    "states:ListTagsForResource",
    "states:TagResource",
    "states:UntagResource",
)
def test_a_machine_is_made_once_and_tagged(runs: Runs) -> None:
    states = runs.states
    fields = {"name": "tagged", "definition": definition(saying("x")), "roleArn": ROLE}
    machine = states.create_state_machine(**fields, tags=[{"key": "a", "value": "1"}])["stateMachineArn"]
    assert states.create_state_machine(**fields)["stateMachineArn"] == machine
    other = {**fields, "definition": definition(saying("y"))}
    refused(states.create_state_machine, "StateMachineAlreadyExists", **other)
    refused(states.create_state_machine, "InvalidName", **{**fields, "name": "a b"})
    states.tag_resource(resourceArn=machine, tags=[{"key": "b", "value": "2"}])
    states.untag_resource(resourceArn=machine, tagKeys=["a"])
    assert states.list_tags_for_resource(resourceArn=machine)["tags"] == [{"key": "b", "value": "2"}]
    found = states.list_state_machines()["stateMachines"]
    assert machine in [one["stateMachineArn"] for one in found]
    states.delete_state_machine(stateMachineArn=machine)
    refused(states.describe_state_machine, "StateMachineDoesNotExist", stateMachineArn=machine)
    refused(states.start_execution, "StateMachineDoesNotExist", stateMachineArn=machine)
    refused(states.update_state_machine, "StateMachineDoesNotExist", stateMachineArn=machine, roleArn=ROLE)


def test_executions_are_listed_by_status_and_redrive(runs: Runs) -> None:
    states = runs.states
    machine = runs.make({"C": {"Type": "Fail", "Error": "Mine"}})
    arns = [runs.run(machine)["executionArn"] for _ in range(3)]
    states.redrive_execution(executionArn=arns[0])
    runs.ended(arns[0])

    def listed(**filters: Any) -> list[str]:
        pages = states.get_paginator("list_executions").paginate(
            stateMachineArn=machine, PaginationConfig={"PageSize": 1}, **filters
        )
        return [entry["executionArn"] for page in pages for entry in page["executions"]]

    assert listed() == arns[::-1]
    assert listed(statusFilter="SUCCEEDED") == []
    assert listed(statusFilter="FAILED", redriveFilter="REDRIVEN") == arns[:1]
    assert listed(redriveFilter="NOT_REDRIVEN") == [arns[2], arns[1]]
    refused(states.list_executions, "ValidationException")


def test_a_rule_starts_a_machine(runs: Runs, clients: Clients) -> None:
    machine = runs.make({"P": {"Type": "Pass", "Output": "{% $states.input.detail %}", "End": True}})
    runs.states.publish_state_machine_version(stateMachineArn=machine)
    clients("events").put_rule(Name="start", EventPattern=json.dumps({"source": ["mine"]}))
    target = {"Id": "1", "Arn": f"{machine}:1", "RoleArn": ROLE}
    clients("events").put_targets(Rule="start", Targets=[target])
    entry = {"Source": "mine", "DetailType": "t", "Detail": json.dumps({"n": 1})}
    clients("events").put_events(Entries=[entry])
    deadline = time.monotonic() + 10
    while not (found := runs.states.list_executions(stateMachineArn=machine)["executions"]):
        assert time.monotonic() < deadline
    assert json.loads(runs.ended(found[0]["executionArn"])["output"]) == {"n": 1}


def test_what_is_not_carried_out_is_refused_by_name(runs: Runs) -> None:
    states, machine = runs.states, runs.make(saying("x"))
    key = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}
    for call, request, what in (
        (states.start_execution, {"traceHeader": "Root=1"}, "StartExecution traceHeader Root=1"),
        (states.describe_state_machine, {"includedData": "METADATA_ONLY"}, "includedData METADATA_ONLY"),
        (states.update_state_machine, {"encryptionConfiguration": key}, "encryptionConfiguration"),
    ):
        told = refused(call, "ValidationException", stateMachineArn=machine, **request)
        assert told.endswith(f"{what} isn't carried out"), told
    with pytest.raises(ClientError, match="states:CreateActivity isn't carried out"):
        states.create_activity(name="a")
