"""The filters of batch transform, and joining input with output: as the developer guide shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s_infra.sandbox.services.sagemaker import association, filters
from s_infra.sandbox.services.sagemaker.errors import JobError, SageMakerError

RECORD = {"id": 7, "features": [1, 2, 3], "deep": {"a": {"x": 1}, "b": {"x": 2}}, "SageMakerOutput": 0.5}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("$", [1], [1]),
        ("$.id", RECORD, 7),
        ("$['id']", RECORD, 7),
        ("$['id','SageMakerOutput']", RECORD, {"id": 7, "SageMakerOutput": 0.5}),
        ("$.deep.['a', 'b']", RECORD, {"a": {"x": 1}, "b": {"x": 2}}),
        ("$.features[-1]", RECORD, 3),
        ("$.deep.*", RECORD, [{"x": 1}, {"x": 2}]),
        ("$.deep[*].x", RECORD, [1, 2]),
        ("$[0]", [5, 6, 7], 5),
        ("$[0,-1]", [5, 6, 7], [5, 7]),
        ("$[1:]", [5, 6, 7], [6, 7]),
        ("$[:]", [5, 6, 7], [5, 6, 7]),
        ("$[-2:]", [5, 6, 7], [6, 7]),
        ("$[0,2:]", [5, 6, 7, 8], [5, 7, 8]),
    ],
)
def test_a_filter_selects_what_the_guide_says(path: str, value: Any, expected: Any) -> None:
    assert filters.select(filters.parse(path), value) == expected


@pytest.mark.parametrize(
    "path",
    [
        "",
        "id",
        "$..id",
        "$[?(@.x)]",
        "$.a['b','c'].d",
        "$[0:1,3:]",
        "$[1:3:2]",
        "$[2:,0]",
        "$[a]",
        "$.",
        "$x",
    ],
)
def test_what_is_not_of_the_subset_is_refused(path: str) -> None:
    with pytest.raises(filters.FilterError, match="Invalid JsonPath"):
        filters.parse(path)


@pytest.mark.parametrize("path", ["$[1:4]", "$[:5]", "$[:-1]"])
def test_a_range_with_an_end_is_refused_as_unsure(path: str) -> None:
    with pytest.raises(filters.UnsureError):
        filters.parse(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [("$.id", [1]), ("$.no", {"id": 1}), ("$[3]", [1, 2, 3]), ("$[0]", {}), ("$.id.*", {"id": 1})],
)
def test_a_filter_that_does_not_fit_says_so(path: str, value: Any) -> None:
    with pytest.raises(filters.FilterError):
        filters.select(filters.parse(path), value)


def request(kind: str, split: str = "Line", **processing: str) -> dict[str, Any]:
    return {
        "TransformInput": {"ContentType": kind, "SplitType": split},
        "TransformOutput": {"Accept": kind, "AssembleWith": "Line"},
        "DataProcessing": processing,
    }


def test_csv_gets_the_answer_behind_its_fields_and_keeps_its_quotes() -> None:
    data = association.of_request(request("text/csv", InputFilter="$[1:]", JoinSource="Input"))
    record = b'7,"a, ""b""",2\r\n'
    assert data.sent(record, "x") == b'"a, ""b""",2\r\n'
    assert data.stored([record, b"8,c,3\n"], b"0.5\n0.25,y\n", "x") == b'7,"a, ""b""",2,0.5\n8,c,3,0.25,y'


def test_an_output_filter_takes_columns_of_the_joined_row() -> None:
    data = association.of_request(request("text/csv", OutputFilter="$[0,-1]", JoinSource="Input"))
    assert data.stored([b"7,1,2\n"], b"0.5", "x") == b"7,0.5"
    alone = association.of_request(request("text/csv", OutputFilter="$[1]"))
    assert alone.stored([b"7\n", b"8\n"], b"a,b\nc,d\n", "x") == b"b\nd"


def test_json_gets_the_answer_as_an_attribute() -> None:
    data = association.of_request(
        request(
            "application/jsonlines",
            InputFilter="$.features",
            JoinSource="Input",
            OutputFilter="$['id','SageMakerOutput']",
        )
    )
    lines = [b'{"id": 1, "features": [1, 2]}\n', '{"id": "\u2028", "features": []}\n'.encode()]
    assert data.sent(lines[0], "x") == b"[1,2]\n"
    stored = data.stored(lines, b'{"label": 1}\n[2]\n', "x").decode().split("\n")
    assert [json.loads(line) for line in stored] == [
        {"id": 1, "SageMakerOutput": {"label": 1}},
        {"id": "\u2028", "SageMakerOutput": [2]},
    ]


def test_json_that_is_no_object_is_put_into_one() -> None:
    data = association.of_request(request("application/json", "None", JoinSource="Input"))
    assert json.loads(data.stored([b"[1,\n2]\n"], b'{"label":\n1}', "x")) == {
        "SageMakerInput": [1, 2],
        "SageMakerOutput": {"label": 1},
    }


@pytest.mark.parametrize(
    ("record", "answer", "message"),
    [
        (b"1,2\n", b"a\nb\n", "answered 2 records for 1"),
        (b'"1,2\n', b"a", "not valid CSV"),
        (b"\xff\n", b"a", "not UTF-8"),
        (b"1\n", b"a", "doesn't fit the data: index 2"),
    ],
)
def test_data_that_cannot_be_joined_fails_the_job(record: bytes, answer: bytes, message: str) -> None:
    data = association.of_request(request("text/csv", JoinSource="Input", OutputFilter="$[0,2]"))
    with pytest.raises(JobError, match=message):
        data.stored([record], answer, "x")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (request("application/x-image", JoinSource="Input"), "needs ContentType to be one of text/csv"),
        (request("text/csv", "None", JoinSource="Input"), "needs SplitType and AssembleWith to be Line"),
        (request("text/csv", InputFilter="$..a"), "InputFilter: Invalid JsonPath"),
        (
            request("text/csv", OutputFilter="$[0:2]"),
            r"DataProcessing.OutputFilter \[0:2\], a range with an end",
        ),
        (
            {**request("text/csv", JoinSource="Input"), "TransformOutput": {"AssembleWith": "Line"}},
            "needs Accept to be one of",
        ),
    ],
)
def test_formats_and_filters_that_do_not_go_together_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SageMakerError, match=message):
        association.of_request(given)
