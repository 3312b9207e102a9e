"""Metrics, payloads, object names, request shapes and pages: the parts that need no sandbox."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.sagemaker import carried, listing, metrics, objects, records, validation
from s_infra.sandbox.services.sagemaker.errors import JobError, SageMakerError


def test_the_last_value_of_a_metric_is_its_final_one() -> None:
    found = metrics.Metrics([{"Name": "a", "Regex": r"a=(\S+)"}, {"Name": "never", "Regex": "b=(.)"}])
    for line in ("a=1 a=2", "a=nan", "a=word", "nothing"):
        found.take(line)
    (only,) = found.final()
    assert (only["MetricName"], only["Value"]) == ("a", 2.0)
    assert found.value("never") is None


@pytest.mark.parametrize(("regex", "message"), [("a=(", "is invalid"), ("a=.*", "has no group")])
def test_a_regex_that_cannot_find_a_value_is_refused(regex: str, message: str) -> None:
    with pytest.raises(SageMakerError, match=message):
        metrics.Metrics([{"Name": "a", "Regex": regex}])


LINES = st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")), max_size=30)


def bodies(payloads: Iterable[records.Payload]) -> list[bytes]:
    return [one.body if isinstance(one.body, bytes) else b"".join(one.body) for one in payloads]


@given(lines=LINES, limit=st.integers(10, 40), several=st.booleans(), ended=st.booleans())
def test_payloads_hold_every_line_in_order_and_none_is_too_large(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], limit: int, several: bool, ended: bool
) -> None:
    content = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    source = tmp_path_factory.getbasetemp() / "lines"
    source.write_bytes(content)
    found = bodies(records.payloads(source, split=True, several=several, limit=limit, where="x"))
    assert b"".join(found) == content
    assert all(0 < len(payload) <= limit for payload in found)
    # Cut at line ends alone; one line each where that is asked for.
    assert all(payload.endswith(b"\n") for payload in found[:-1])
    if not several:
        assert all(payload.count(b"\n") <= 1 for payload in found)
    elif len(found) > 1:
        pairs = itertools.pairwise(found)
        # Not splitlines, which cuts at a carriage return, too.
        assert all(len(one) + len(b"".join(other.partition(b"\n")[:2])) > limit for one, other in pairs)


@pytest.mark.parametrize("split", [True, False])
def test_a_record_over_the_limit_is_refused(tmp_path: Path, split: bool) -> None:
    source = tmp_path / "long"
    source.write_bytes(b"x" * 12 + b"\n")
    with pytest.raises(JobError, match="larger than MaxPayloadInMB"):
        list(records.payloads(source, split=split, several=True, limit=10, where="s3://a"))


def test_answers_are_put_together_with_or_without_line_ends() -> None:
    assert b"".join(records.assembled([b"a", b"b\n", b""], by_line=True)) == b"a\nb\n\n"
    assert b"".join(records.assembled([b"a", b"b\n"], by_line=False)) == b"ab\n"


@pytest.mark.parametrize(
    ("key", "prefix", "expected"),
    [
        ("train/a.csv", "train/", "a.csv"),
        ("train/a.csv", "train", "a.csv"),
        ("train/a.csv", "train/a", "a.csv"),
        ("train/a.csv", "train/a.csv", "a.csv"),
        ("x/train/deep/a.csv", "x/train", "deep/a.csv"),
        ("x/training/a.csv", "x/train", "training/a.csv"),
        ("a.csv", "", "a.csv"),
    ],
)
def test_an_object_keeps_its_path_below_the_prefix(key: str, prefix: str, expected: str) -> None:
    assert objects.relative(key, prefix) == expected


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "Value null at 'trainingJobName' failed to satisfy constraint: Member must not be null"),
        (
            {"TrainingJobName": 7},
            "Value '7' at 'trainingJobName' failed to satisfy constraint: Member must be of type string",
        ),
        ({"TrainingJobName": "a" * 64}, "Member must have length less than or equal to 63"),
        ({"TrainingJobName": "a_b"}, "Member must satisfy regular expression pattern"),
        (
            {"TrainingJobName": "a", "Extra": 1},
            "Value at 'extra' failed to satisfy constraint: Member is unknown",
        ),
    ],
)
def test_a_request_of_another_shape_is_refused(request_: dict[str, Any], message: str) -> None:
    with pytest.raises(SageMakerError, match="validation error") as raised:
        validation.check("DescribeTrainingJob", request_)
    assert message in raised.value.message


def test_nested_members_are_named_by_their_way() -> None:
    request = {
        "TrainingJobName": "a",
        "RoleArn": "arn:aws:iam::000000000000:role/r",
        "OutputDataConfig": {},
        "InputDataConfig": [
            {"ChannelName": "a", "DataSource": {"S3DataSource": {"S3DataType": "X", "S3Uri": "s3://b"}}}
        ],
        "StoppingCondition": {"MaxRuntimeInSeconds": 0},
    }
    with pytest.raises(SageMakerError, match="3 validation errors") as raised:
        validation.check("CreateTrainingJob", request)
    for part in (
        "Value null at 'outputDataConfig.s3OutputPath'",
        "'inputDataConfig.1.member.dataSource.s3DataSource.s3DataType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ManifestFile, S3Prefix",
        "Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ):
        assert part in raised.value.message


def test_every_declared_field_is_one_of_the_service_model() -> None:
    def member(shape: Any, path: list[str]) -> Any:
        while shape.type_name == "list":
            shape = shape.member
        return member(shape.members[path[0]], path[1:]) if path else shape

    for operation, fields in carried.CARRIED.items():
        shape = service_model("sagemaker").operation_model(operation).input_shape
        for path in (*fields.whole, *fields.only):
            found = member(shape, path.split("."))
            for value in fields.only.get(path, ()):
                assert found.type_name != "string" or value in (found.metadata.get("enum") or [value]), path


def test_pages_hold_everything_once() -> None:
    items = [{"n": number} for number in range(25)]
    request: dict[str, Any] = {"MaxResults": 10}
    seen = []
    while True:
        answer = listing.page(items, request, "Items")
        seen += answer["Items"]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    assert seen == items
    with pytest.raises(SageMakerError, match="token"):
        listing.page(items, {"NextToken": "x"}, "Items")
