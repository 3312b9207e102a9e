"""Map in distributed mode: items from S3, batches, child executions, tolerated failures, results in S3."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from machine_support import ROLE, Clients, Runs, branch, call, definition

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"


@pytest.fixture
def runs(clients: Clients) -> Runs:
    return Runs(clients)


def distributed(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Type": "Map", "ItemProcessor": {**branch(states), **config}, "End": True, **fields}


def same(**fields: Any) -> dict[str, Any]:
    return distributed({"P": {"Type": "Pass", "End": True}}, **fields)


def put(clients: Clients, bucket: str, key: str, body: str | bytes) -> dict[str, str]:
    clients("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return {"Bucket": bucket, "Key": key}


@pytest.mark.parametrize(
    ("body", "config", "items"),
    [
        (
            'id,text\r\n1,"a,\nb"\r\n2\r\n',
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"id": "1", "text": "a,\nb"}, {"id": "2", "text": ""}],
        ),
        (
            "1;x;left out\n",
            {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["n", "t"],
                "CSVDelimiter": "SEMICOLON",
            },
            [{"n": "1", "t": "x"}],
        ),
        ("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        ('{"a": {"b": [7]}}', {"InputType": "JSON", "ItemsPointer": "/a/b"}, [7]),
        ('{"n": 1}\n{"n": 2}\n', {"InputType": "JSONL"}, [{"n": 1}, {"n": 2}]),
    ],
)
def test_items_are_read_from_an_object(
    runs: Runs, clients: Clients, body: str, config: dict[str, Any], items: list[Any]
) -> None:
    where = put(clients, runs.bucket(), "items", body)
    reader = {"Resource": GET, "ReaderConfig": config, "Arguments": where}
    assert runs.output({"M": same(ItemReader=reader)}) == items


def test_items_are_the_objects_of_a_bucket_or_of_its_inventory(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    for name in ("in/a.csv", "in/b.csv", "out/c.csv"):
        put(clients, bucket, name, name)
    reader = {"Resource": LIST, "Arguments": {"Bucket": bucket, "Prefix": "{% $states.input.prefix %}"}}
    found = runs.output({"M": same(ItemReader=reader)}, {"prefix": "in/"})
    assert [(one["Key"], one["Size"]) for one in found] == [("in/a.csv", 8), ("in/b.csv", 8)]
    put(clients, bucket, "data.gz", gzip.compress(b'"b","in/a+b.csv","8"\n'))
    manifest = {
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "files": [{"key": "data.gz"}],
    }
    where = put(clients, bucket, "manifest.json", json.dumps(manifest))
    config = {"InputType": "MANIFEST", "ManifestType": "S3_INVENTORY"}
    reader = {"Resource": GET, "ReaderConfig": config, "Arguments": where}
    assert runs.output({"M": same(ItemReader=reader)}) == [{"Bucket": "b", "Key": "in/a b.csv", "Size": "8"}]


def test_what_cannot_be_read_fails_the_map(runs: Runs, clients: Clients) -> None:
    where = put(clients, runs.bucket(), "items", '{"no": "list"}')
    for arguments, told in ((where, "non-iterable"), ({**where, "Key": "none"}, "NoSuchKey")):
        reader = {"Resource": GET, "ReaderConfig": {"InputType": "JSON"}, "Arguments": arguments}
        found = runs.run({"M": same(ItemReader=reader)})
        assert found["error"] == "States.ItemReaderFailed"
        assert told in found["cause"]
        assert runs.types(found["executionArn"])[-4:] == [
            *("MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"),
        ]


@pytest.mark.parity("states:DescribeMapRun", "states:ListMapRuns", "states:ListExecutions")
def test_items_come_in_batches_to_executions_of_their_own(runs: Runs) -> None:
    states = same(
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"x": "{% $states.input.x %}"}},
        Items="{% $states.input.list %}",
        ItemSelector={"n": "{% $states.context.Map.Item.Value %}"},
        Label="Each",
        MaxConcurrency=1,
    )
    machine = runs.make({"M": states})
    found = runs.run(machine, {"x": 5, "list": [1, 2, 3]})
    assert json.loads(found["output"]) == [
        {"BatchInput": {"x": 5}, "Items": [{"n": 1}, {"n": 2}]},
        {"BatchInput": {"x": 5}, "Items": [{"n": 3}]},
    ]
    (listed,) = runs.states.list_map_runs(executionArn=found["executionArn"])["mapRuns"]
    run = runs.states.describe_map_run(mapRunArn=listed["mapRunArn"])
    assert (run["status"], run["maxConcurrency"]) == ("SUCCEEDED", 1)
    assert run["itemCounts"]["succeeded"] == 3
    assert run["executionCounts"]["succeeded"] == run["executionCounts"]["total"] == 2
    children = runs.states.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert [one["itemCount"] for one in children] == [1, 2]
    assert children[0]["stateMachineArn"] == f"{machine}/Each"
    told = runs.states.describe_state_machine_for_execution(executionArn=children[0]["executionArn"])
    assert (told["label"], told["mapRunArn"]) == ("Each", run["mapRunArn"])
    assert len(runs.states.list_executions(stateMachineArn=machine)["executions"]) == 1


@pytest.mark.parametrize(
    ("tolerated", "status"), [({}, "FAILED"), ({"ToleratedFailurePercentage": 50}, "SUCCEEDED")]
)
def test_failures_are_tolerated_to_a_bound(runs: Runs, tolerated: dict[str, Any], status: str) -> None:
    choose = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}],
        "Default": "P",
    }
    inner = {"C": choose, "F": {"Type": "Fail", "Error": "Mine"}, "P": {"Type": "Pass", "End": True}}
    found = runs.run({"M": distributed(inner, MaxConcurrency=1, **tolerated)}, [1, 2, 3])
    assert found["status"] == status
    if status == "FAILED":
        assert found["error"] == "States.ExceedToleratedFailureThreshold"
        (run,) = runs.states.list_map_runs(executionArn=found["executionArn"])["mapRuns"]
        counts = runs.states.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
        assert (counts["succeeded"], counts["failed"], counts["pending"]) == (1, 1, 1)
    else:
        first, failed, last = json.loads(found["output"])
        assert (first, last) == (1, 3)
        assert (failed["Status"], failed["Error"]) == ("FAILED", "Mine")


def test_results_are_written_to_s3(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    config = {"Transformation": "FLATTEN", "OutputType": "JSONL"}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket, "Prefix": "out"}}
    found = runs.output({"M": same(ResultWriter={**writer, "WriterConfig": config})}, [[1, 2], 3])
    key = found["ResultWriterDetails"]["Key"]
    assert key == f"out/{found['MapRunArn'].rpartition(':')[2]}/manifest.json"

    def read(key: str) -> str:
        return str(clients("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode())

    (file,) = json.loads(read(key))["ResultFiles"]["SUCCEEDED"]
    assert read(file["Key"]) == "1\n2\n3"
    found = runs.output({"M": same(ResultWriter=writer)}, ["a"])
    (file,) = json.loads(read(found["ResultWriterDetails"]["Key"]))["ResultFiles"]["SUCCEEDED"]
    (entry,) = json.loads(read(file["Key"]))
    assert (entry["Input"], entry["Output"], entry["Status"]) == ('"a"', '"a"', "SUCCEEDED")
    gone = {**writer, "Arguments": {"Bucket": "none-such"}}
    assert runs.run({"M": same(ResultWriter=gone)}, [1])["error"] == "States.ResultWriterFailed"


def test_a_redrive_runs_the_children_that_did_not_succeed(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    put(clients, bucket, "a", "A")
    get = call(
        "aws-sdk:s3:getObject",
        {"Bucket": bucket, "Key": "{% $states.input %}"},
        Output="{% $states.result.Body %}",
    )
    failed = runs.run({"M": distributed({"Get": get}, MaxConcurrency=1)}, ["a", "b", "c"])
    assert failed["status"] == "FAILED"
    put(clients, bucket, "b", "B")
    put(clients, bucket, "c", "C")
    arn = failed["executionArn"]
    runs.states.redrive_execution(executionArn=arn)
    assert json.loads(runs.ended(arn)["output"]) == ["A", "B", "C"]
    assert "MapRunRedriven" in runs.types(arn)
    (run,) = runs.states.list_map_runs(executionArn=arn)["mapRuns"]
    assert runs.states.describe_map_run(mapRunArn=run["mapRunArn"])["redriveCount"] == 1
    children = runs.states.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert sorted(one["redriveCount"] for one in children) == [0, 0, 1]


def test_stop_stops_the_children(runs: Runs) -> None:
    arn = runs.start({"M": distributed({"W": {"Type": "Wait", "Seconds": 600, "End": True}})}, [1, 2])
    runs.until(arn, "MapRunStarted")
    (run,) = runs.states.list_map_runs(executionArn=arn)["mapRuns"]
    deadline = time.monotonic() + 10
    while len(children := runs.states.list_executions(mapRunArn=run["mapRunArn"])["executions"]) < 2:
        assert time.monotonic() < deadline
    runs.states.stop_execution(executionArn=arn)
    assert runs.types(arn)[-3:] == ["MapRunAborted", "MapStateAborted", "ExecutionAborted"]
    assert {runs.ended(child["executionArn"])["status"] for child in children} == {"ABORTED"}
    assert runs.states.describe_map_run(mapRunArn=run["mapRunArn"])["status"] == "ABORTED"


def test_what_is_not_carried_out_is_refused_at_create(runs: Runs) -> None:
    express = {**branch({"P": {"Type": "Pass", "End": True}})}
    express["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    reader = {"Resource": GET, "Arguments": {"Bucket": "b", "Key": "k"}}
    for state, told in (
        ({**same(), "ItemProcessor": express}, "ExecutionType EXPRESS isn't carried out"),
        (same(ItemReader={**reader, "ReaderConfig": {"InputType": "PARQUET"}}), "PARQUET isn't carried out"),
    ):
        with pytest.raises(ClientError, match=told) as refused:
            runs.states.create_state_machine(name="no", definition=definition({"M": state}), roleArn=ROLE)
        assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


def test_a_distributed_map_in_jsonpath(runs: Runs, clients: Clients) -> None:
    where = put(clients, runs.bucket(), "items", '{"v": 1}\n{"v": 2}\n{"v": 3}\n')
    inner = {"P": {"Type": "Pass", "InputPath": "$.Items[*].v", "End": True}}
    state = distributed(
        inner,
        ItemReader={
            "Resource": GET,
            "ReaderConfig": {"InputType": "JSONL", "MaxItemsPath": "$.most"},
            "Parameters": {"Bucket": where["Bucket"], "Key.$": "$.key"},
        },
        ItemBatcher={"MaxItemsPerBatch": 5, "BatchInput": {"most.$": "$.most"}},
        ToleratedFailurePercentagePath="$.most",
        ResultPath="$.found",
    )
    found = runs.output({"M": state}, {"key": "items", "most": 2}, QueryLanguage="JSONPath")
    assert found == {"key": "items", "most": 2, "found": [[1, 2]]}
