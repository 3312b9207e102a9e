"""What the catalogue's machines are written with, each thing by itself, on the sandbox or on AWS."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from cloud_support import Cloud, document
from machine_support import branch, call

ACCESS = {"Effect": "Allow", "Resource": "*"}
# What an expression gives, in each of JSONata's functions that the catalogue calls.
EXPRESSIONS: dict[str, tuple[str, Any]] = {
    "boolean": ("[$boolean(null), $boolean({'a': 1})]", [False, True]),
    "contains": ("[$contains('Code: 412', /(409|412)/), $contains('Code: 500', /(409|412)/)]", [True, False]),
    "count": ("$count($states.input.list)", 3),
    "exists": ("[$exists($states.input.list), $exists($states.input.none)]", [True, False]),
    "floor": ("[$floor(2.75), $floor(-0.5)]", [2, -1]),
    "hash": ("$hash('text', 'SHA-256')", hashlib.sha256(b"text").hexdigest()),
    "join": ("$join(['a', 'b'], '\\n')", "a\nb"),
    "lookup": ("$lookup({'Less': 1 < 2, 'More': 1 > 2}, $states.input.operator)", False),
    "map": ("[$map([1, 2, 3], function($n) { ($n > 1 ? { 'n': $n }) })]", [{"n": 2}, {"n": 3}]),
    "merge": ("$merge([{'a': 1, 'b': 1}, {'b': 2}])", {"a": 1, "b": 2}),
    "min": ("$min([30, 2 * $states.input.list[0]])", 2),
    "not": ("$not($exists($states.input.none))", True),
    "parse": ("$parse('{\"a\": [1, null]}').a", [1, None]),
    "replace": ("$replace('data.csv.out', /\\.out$/, '')", "data.csv"),
    "sift": (
        "$sift({'_a': 1, 'b': 2}, function($v, $k) { $substring($k, 0, 1) != '_' })",
        {"b": 2},
    ),
    "split": ("$split('a/b/c', '/')[-1]", "c"),
    "string": ("'n' & $string(0)", "n0"),
    "toMillis": ("$toMillis('2026-11-21T12:00:00Z') - $toMillis('2026-11-21T11:59:59.250Z')", 750),
    "substring": ("$substring('abcdef', 0, 3)", "abc"),
}


def machine(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields}


def run(cloud: Cloud, made: str, given: Any) -> dict[str, Any]:
    states = cloud.client("stepfunctions")
    return cloud.ended(states.start_execution(stateMachineArn=made, input=json.dumps(given))["executionArn"])


@pytest.mark.parity(
    "jsonata:boolean", "jsonata:contains", "jsonata:merge", "jsonata:not", "jsonata:toMillis",
    "field:Choices.Comment",
    "jsonata:count", "jsonata:error", "jsonata:exists", "jsonata:floor", "jsonata:hash", "jsonata:join",
    "jsonata:lookup", "jsonata:map", "jsonata:min", "jsonata:parse", "jsonata:replace", "jsonata:sift",
    "jsonata:split", "jsonata:string", "jsonata:substring", "field:End",
)  # fmt: skip
def test_expressions_give_what_the_language_says(cloud: Cloud) -> None:
    output = {name: f"{{% {text} %}}" for name, (text, _) in EXPRESSIONS.items()}
    told = {
        "Type": "Pass",
        "Output": "{% $states.input.list[0] = 1 ? 'never' : $error('not 1 but ' & $states.input.list[0]) %}",
        "End": True,
    }
    choose = {
        "Type": "Choice",
        "Choices": [{"Comment": "all", "Condition": "{% $exists($states.input.operator) %}", "Next": "All"}],
        "Default": "Told",
    }
    states = {"Choose": choose, "All": {"Type": "Pass", "Output": output, "End": True}, "Told": told}
    made = cloud.machine(machine(states))
    found = run(cloud, made, {"list": [1, 2, 3], "operator": "More"})
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == {name: value for name, (_, value) in EXPRESSIONS.items()}
    failed = run(cloud, made, {"list": [7]})
    assert (failed["status"], failed["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "not 1 but 7" in failed["cause"]


@pytest.mark.parity(
    "field:Arguments", "field:Assign", "field:Catch", "field:Catch.Assign", "field:Catch.ErrorEquals",
    "field:Catch.Next", "field:Catch.Output", "field:Choices", "field:Choices.Assign",
    "field:Choices.Comment", "field:Choices.Condition", "field:Choices.Next", "field:Comment",
    "field:Default", "jsonata:ceil",
    "field:Next", "field:Output", "field:Resource", "field:Retry", "field:Retry.BackoffRate",
    "field:Retry.ErrorEquals", "field:Retry.IntervalSeconds", "field:Retry.JitterStrategy",
    "field:Retry.MaxAttempts", "field:Retry.MaxDelaySeconds", "field:Seconds", "field:Type",
    "s3:GetObject", "s3:PutObject", "task:aws-sdk:s3:*",
)  # fmt: skip
def test_a_task_is_tried_again_then_caught_and_waited_for(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    retry = {
        "ErrorEquals": ["S3.NoSuchKeyException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 1,
        "BackoffRate": 2,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
    }
    caught = {
        "ErrorEquals": ["S3.NoSuchKeyException"],
        "Assign": {"why": "{% $states.errorOutput.Error %}", "pause": 0.5},
        "Output": {"seen": "{% $states.input.seen + 1 %}"},
        "Next": "Write",
    }
    read = call(
        "aws-sdk:s3:getObject",
        {"Bucket": bucket, "Key": "late"},
        Comment="Not there at first.",
        Retry=[retry],
        Catch=[caught],
        Output=["{% $why %}", "{% $parse($states.result.Body) %}", "{% $states.input.seen %}"],
        Next="Enough",
    )
    body = {"text": "{% $why %}", "n": 1.5, "none": None}
    write = call("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "late", "Body": body}, Next="Pause")
    write["Output"] = "{% $states.input %}"
    states = {
        "Read": read,
        "Write": write,
        "Pause": {"Type": "Wait", "Seconds": "{% $ceil($pause) %}", "Next": "Read"},
        "Enough": {
            "Type": "Choice",
            "Choices": [
                {
                    "Comment": "seen once",
                    "Condition": "{% $states.input[2] = 1 %}",
                    "Assign": {"passed": True},
                    "Next": "Done",
                }
            ],
            "Assign": {"passed": False},
            "Default": "Done",
        },
        "Done": {"Type": "Succeed", "Output": {"passed": "{% $passed %}", "told": "{% $states.input %}"}},
    }
    found = run(cloud, cloud.machine(machine(states), on_objects(bucket)), {"seen": 0})
    assert found["status"] == "SUCCEEDED", found
    name = "S3.NoSuchKeyException"
    expected = {"passed": True, "told": [name, {"text": name, "n": 1.5, "none": None}, 1]}
    assert json.loads(found["output"]) == expected
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history")
    events = [
        event["type"]
        for page in pages.paginate(executionArn=found["executionArn"])
        for event in page["events"]
    ]
    # Twice before it was caught, then once; and the one that wrote.
    assert events.count("TaskScheduled") == 4
    assert events.count("TaskFailed") == 2


@pytest.mark.parity("s3:PutObject", "task:aws-sdk:s3:*")
def test_a_conditional_write_that_comes_second_is_refused(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    place = {"Bucket": bucket, "Key": "it"}
    caught = {"ErrorEquals": ["S3.S3Exception"], "Output": "{% $states.errorOutput.Cause %}"}

    def write(condition: str, onward: str) -> dict[str, Any]:
        arguments = f"{{% $merge([{json.dumps({**place, 'Body': onward})}, {condition}]) %}}"
        state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Arguments": arguments}
        return {**state, "Assign": {"etag": "{% $states.result.ETag %}"}, "Next": onward}

    states = {
        "First": write("{'IfNoneMatch': '*'}", "Second"),
        "Second": write("{'IfMatch': $etag}", "Third"),
        "Third": {**write("{'IfNoneMatch': '*'}", "Done"), "Catch": [{**caught, "Next": "Done"}]},
        "Done": {"Type": "Succeed"},
    }
    found = run(cloud, cloud.machine(machine(states), on_objects(bucket)), {})
    assert found["status"] == "SUCCEEDED", found
    assert "Status Code: 412" in json.loads(found["output"])


def on_objects(bucket: str) -> dict[str, Any]:
    actions = ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject"]
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }


@pytest.mark.parity(
    "field:Items", "field:ItemProcessor", "field:MaxConcurrency", "state:Map", "s3:ListObjectsV2",
    "s3:CopyObject", "s3:DeleteObject",
)  # fmt: skip
def test_what_a_folder_holds_is_moved_object_by_object(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()
    for name in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=f"from/{name}.csv.out", Body=name.encode())
    target = "{% 'to/' & $replace($split($states.input, '/')[-1], /\\.out$/, '') %}"
    copy = call(
        "aws-sdk:s3:copyObject",
        {"CopySource": f"{{% '{bucket}/' & $states.input %}}", "Bucket": bucket, "Key": target},
        Output="{% $states.input %}",
        Next="Remove",
    )
    remove = call("aws-sdk:s3:deleteObject", {"Bucket": bucket, "Key": "{% $states.input %}"})
    moved = {
        "Type": "Map",
        "Items": "{% [$states.input.Contents.Key] %}",
        "MaxConcurrency": 2,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **branch({"Copy": copy, "Remove": remove})},
        "End": True,
    }
    listed = call("aws-sdk:s3:listObjectsV2", {"Bucket": bucket, "Prefix": "from/"}, Next="Moved")
    found = run(cloud, cloud.machine(machine({"List": listed, "Moved": moved}), on_objects(bucket)), {})
    assert found["status"] == "SUCCEEDED", found
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["to/a.csv", "to/b.csv", "to/c.csv"]
    assert s3.get_object(Bucket=bucket, Key="to/b.csv")["Body"].read() == b"b"


@pytest.mark.parity(
    "field:TimeoutSeconds", "task:sns:publish", "task:states:startExecution", "sns:Publish",
    "states:StartExecution",
)  # fmt: skip
def test_a_task_runs_out_of_time_and_the_rest_is_told(cloud: Cloud) -> None:
    sqs, sns, (url, arn), topic = cloud.client("sqs"), cloud.client("sns"), cloud.queue(), cloud.topic()
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": arn}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": document({**allowed, "Action": "sqs:SendMessage"})}
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    other = cloud.machine(machine({"A": {"Type": "Succeed"}}))
    token = {"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"}
    caught = {"ErrorEquals": ["States.Timeout"], "Output": "{% $states.errorOutput.Error %}", "Next": "Start"}
    ask = call(
        "sqs:sendMessage.waitForTaskToken", token, TimeoutSeconds="{% $states.input.wait %}", Catch=[caught]
    )
    start = call(
        "states:startExecution",
        {"StateMachineArn": other, "Name": "one", "Input": {"why": "{% $states.input %}"}},
        Next="Again",
    )
    exists = {"ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException"], "Next": "Tell"}
    again = {**start, "Catch": [exists], "Next": "Wrong"}
    again["Arguments"] = {**start["Arguments"], "Input": {"why": "another"}}
    message = {"TopicArn": topic, "Subject": "s", "Message": "{% $states.input.Error %}"}
    states = {
        "Ask": ask,
        "Start": start,
        "Again": again,
        "Wrong": {"Type": "Fail"},
        "Tell": call("sns:publish", message),
    }
    actions = ["sqs:SendMessage", "sns:Publish", "states:StartExecution"]
    made = cloud.machine(machine(states), {**ACCESS, "Action": actions})
    found = run(cloud, made, {"wait": 1})
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"])["MessageId"]
    started = other.replace(":stateMachine:", ":execution:") + ":one"
    assert json.loads(cloud.ended(started)["input"]) == {"why": "States.Timeout"}
    bodies: list[str] = []

    def told() -> bool:
        bodies.extend(one["Body"] for one in sqs.receive_message(QueueUrl=url).get("Messages", ()))
        return "StepFunctions.ExecutionAlreadyExistsException" in bodies

    cloud.until(told, timeout=60)
