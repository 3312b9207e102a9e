"""Batch transform's data: filtered, joined, unpacked, sent without a limit, for each format."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from sagemaker_support import Clients, Lab

from s_infra.sandbox.supervisor import Sandbox

ROWS = [f"{number},{number * 2},{number * 3}" for number in range(500)]
RECORDS: list[dict[str, Any]] = [{"id": number, "features": [number, number + 0.5]} for number in range(200)]
# The sum of what each line holds, a line each.
SUMS = "b''.join(b'%g\\n' % sum(map(float, line.split(b','))) for line in body.splitlines())"
JSON_SUMS = "b''.join(b'{\"sum\": %g}\\n' % sum(eval(line)) for line in body.splitlines())"


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "scripted")
    text = "\n".join(ROWS)
    lab.put("rows/a.csv", text)
    lab.put("packed/deep/a.csv.gz", gzip.compress(text.encode()))
    lab.put("lines/a.jsonl", "\n".join(json.dumps(one) for one in RECORDS) + "\n")
    lab.put("whole/a.json", json.dumps(RECORDS[3], indent=1))
    lab.model("sums", container={"Environment": {"ANSWER": SUMS}})
    lab.model("json-sums", container={"Environment": {"ANSWER": JSON_SUMS}})
    lab.model("echo", container={"Environment": {"ANSWER": "body"}})
    lab.model("headers", container={"Environment": {"ANSWER": "str(headers).encode()"}})
    return lab


def lines(lab: Lab, key: str) -> list[str]:
    text = lab.get(key).decode()
    assert text.endswith("\n")
    return text[:-1].split("\n")


@pytest.mark.parity("sagemaker:CreateTransformJob")
@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_the_joined_output_is_each_input_with_its_prediction_in_order(lab: Lab, strategy: str) -> None:
    name = f"joined-{strategy.lower()}"
    job = lab.transform(
        name,
        "sums",
        "rows/",
        BatchStrategy=strategy,
        MaxConcurrentTransforms=4,
        MaxPayloadInMB=1,
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input"},
        output={"Accept": "text/csv"},
    )
    assert job["TransformJobStatus"] == "Completed", job
    # The first column was not sent: the sum is of the other two.
    assert lines(lab, f"out/{name}/a.csv.out") == [f"{row},{number * 5}" for number, row in enumerate(ROWS)]
    assert job["DataProcessing"] == {"InputFilter": "$[1:]", "OutputFilter": "$", "JoinSource": "Input"}


def test_the_output_filter_leaves_what_it_names(lab: Lab) -> None:
    processing = {"JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    lab.transform("left", "sums", "rows/", DataProcessing=processing, output={"Accept": "text/csv"})
    assert lines(lab, "out/left/a.csv.out") == [f"{number},{number * 6}" for number in range(500)]


def test_json_lines_get_their_prediction_as_an_attribute(lab: Lab) -> None:
    kind = "application/jsonlines"
    lab.transform(
        "json-lines",
        "json-sums",
        "lines/",
        DataProcessing={
            "InputFilter": "$.features",
            "JoinSource": "Input",
            "OutputFilter": "$['id','SageMakerOutput']",
        },
        given={"ContentType": kind},
        output={"Accept": kind},
    )
    found = [json.loads(line) for line in lines(lab, "out/json-lines/a.jsonl.out")]
    expected = [{"id": one["id"], "SageMakerOutput": {"sum": 2 * one["id"] + 0.5}} for one in RECORDS]
    assert found == expected


def test_a_json_object_is_one_record(lab: Lab) -> None:
    kind = "application/json"
    lab.transform(
        "json-whole",
        "json-sums",
        "whole/",
        DataProcessing={"InputFilter": "$.features", "JoinSource": "Input"},
        given={"ContentType": kind, "SplitType": "None"},
        output={"Accept": kind, "AssembleWith": "None"},
    )
    assert json.loads(lab.get("out/json-whole/a.json.out")) == {**RECORDS[3], "SageMakerOutput": {"sum": 6.5}}


def test_packed_objects_are_unpacked(lab: Lab) -> None:
    lab.transform("packed", "echo", "packed/", given={"CompressionType": "Gzip"})
    assert lines(lab, "out/packed/deep/a.csv.gz.out") == ROWS


def test_a_payload_without_a_limit_is_sent_in_chunks(lab: Lab) -> None:
    large = b"x" * 99 + b"\n"
    lab.put("large/a.csv", large * 100_000)
    lab.transform("large", "echo", "large/", MaxPayloadInMB=0, given={"SplitType": "None"})
    assert lab.get("out/large/a.csv.out") == large * 100_000
    lab.transform("headers", "headers", "rows/", MaxPayloadInMB=0)
    assert "Transfer-Encoding: chunked" in lab.get("out/headers/a.csv.out").decode()


def test_without_line_ends_answers_are_put_together_as_they_are(lab: Lab) -> None:
    lab.model("word", container={"Environment": {"ANSWER": "b'<' + body.strip() + b'>'"}})
    lab.transform("word", "word", "rows/", BatchStrategy="SingleRecord", output={"AssembleWith": "None"})
    assert lab.get("out/word/a.csv.out").decode() == "".join(f"<{row}>" for row in ROWS)
    # Cut into lines by nobody: one answer, and its line end.
    lab.transform("whole", "word", "rows/", given={"SplitType": "None"})
    assert lab.get("out/whole/a.csv.out").decode() == "<" + "\n".join(ROWS) + ">\n"
