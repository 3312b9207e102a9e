from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import page_support
import pytest
from click.testing import CliRunner
from pipeline_support import REPOSITORY

from s_infra.cli.runs import runs
from s_infra.errors import SInfraError
from s_infra.runs import console
from s_infra.runs.page import layout, machine, plots, predictions, render, tuning, write

MACHINES = sorted((REPOSITORY / "catalog/aws/ml-ops/workflows").glob("*.asl.json"))


def test_each_way_out_of_a_state_is_an_edge_with_what_it_follows_on() -> None:
    graph = machine.parse(
        {
            "StartAt": "A",
            "States": {
                "A": {
                    "Type": "Choice",
                    "Choices": [
                        {"Condition": "{% $x > 1 %}", "Next": "B"},
                        {"Comment": "small", "Variable": "$.x", "NumericLessThan": 1, "Next": "C"},
                    ],
                    "Default": "C",
                },
                "B": {
                    "Type": "Task",
                    "Resource": "r",
                    "Next": "C",
                    "Catch": [{"ErrorEquals": ["S3.NoSuchKeyException"], "Next": "C"}],
                    "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}],
                },
                "C": {
                    "Type": "Parallel",
                    "Branches": [
                        {"StartAt": name, "States": {name: {"Type": "Succeed"}}} for name in ("D", "E")
                    ],
                    "End": True,
                },
            },
        }
    )
    assert [(edge.source, edge.target, edge.kind, edge.label) for edge in graph.edges] == [
        ("A", "B", "choice", "$x > 1"),
        ("A", "C", "choice", "small"),
        ("A", "C", "default", "otherwise"),
        ("B", "C", "next", ""),
        ("B", "C", "catch", "on NoSuchKey"),
    ]
    assert graph.edges[1].full == "$.x < 1"
    assert [state.name for state in graph.walk()] == ["A", "B", "C", "D", "E"]
    assert graph.states[1].retries == "up to 5 times on States.ALL"


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
def test_no_box_covers_another_and_what_is_inside_stays_inside(path: Path) -> None:
    drawing = layout.place(machine.parse(json.loads(path.read_text())))

    def check(one: layout.Drawing, width: float, height: float) -> None:
        for index, box in enumerate(one.boxes):
            assert box.x >= -1
            assert box.x + box.width <= width + 1
            assert box.y + box.height <= height + 1
            for other in one.boxes[index + 1 :]:
                beside = box.x + box.width <= other.x or other.x + other.width <= box.x
                assert beside or box.y + box.height <= other.y or other.y + other.height <= box.y
            for inner in box.inside:
                check(inner, box.width - inner.x, box.height - inner.y)

    check(drawing, drawing.width, drawing.height)


def trial(number: int, objective: float | None, **tuned: str) -> tuning.Trial:
    return tuning.Trial(number, f"t-{number}", "Completed", objective, tuned, best=number == 2)


def test_the_axis_is_logarithmic_where_the_range_is_and_a_trial_without_a_metric_is_no_point() -> None:
    searched = (
        tuning.Parameter("C", 0.001, 100, "Logarithmic"),
        tuning.Parameter("depth", 1, 8, "Linear"),
        tuning.Parameter("kind", values=("a", "b", "c")),
    )
    trials = (
        trial(1, 0.5, C="0.1", depth="2", kind="a"),
        trial(2, 0.9, C="10", depth="4", kind="c"),
        trial(3, None, C="1", depth="5", kind="b"),
        trial(4, 0.7, C="1", depth="8", kind="b"),
    )
    job = tuning.Tuning("j", "Completed", "accuracy", maximize=True, parameters=searched, trials=trials)
    drawn = plots.of_trials(job, 0.6)
    assert [(plot.x.label, plot.x.logarithmic) for plot in drawn] == [
        ("trial", False),
        ("C", True),
        ("depth", False),
        ("kind", False),
    ]
    assert [len(plot.points) for plot in drawn] == [3, 3, 3, 3]
    across = [point.x for point in drawn[1].points]
    # 0.1, 10 and 1: in decades the last is halfway.
    assert across[2] == pytest.approx((across[0] + across[1]) / 2, abs=0.1)
    assert [label for _, label in drawn[1].x.ticks] == ["0.001", "0.01", "0.1", "1", "10", "100"]
    assert drawn[0].points[1].y < drawn[0].points[0].y


@pytest.mark.parametrize(
    ("texts", "kind", "counts"),
    [
        (["0", "1", "1"], "classes", [1, 2]),
        (["cat", "dog", "cat"], "classes", [2, 1]),
        (["0.1", "0.2", "0.9", "0.95"], "histogram", [2, 2]),
        (["7.5"], "histogram", [1]),
        (["nan", "1.5"], "classes", [1, 1]),
    ],
)
def test_classes_have_bars_and_numbers_a_histogram(texts: list[str], kind: str, counts: list[int]) -> None:
    plot = plots.of_values("prediction", texts)
    assert plot is not None
    assert (plot.kind, [bar.count for bar in plot.bars]) == (kind, counts)


class Bucket:
    """One object, of which it is told how much was asked for."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked: list[str] = []

    def get_paginator(self, _: str) -> Bucket:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": "p/test.csv", "Size": len(self.body)}]}]

    def get_object(self, Range: str, **_: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.asked.append(Range)
        return {"Body": io.BytesIO(self.body[: int(Range.rpartition("-")[2]) + 1])}


def test_of_a_big_file_the_head_alone_is_read_and_no_half_line_of_it_shown() -> None:
    bucket = Bucket(b"".join(b"%d,0.5\n" % number for number in range(300_000)))
    found = predictions.read({"bucket": "b", "prefix": "p/"}, bucket)
    assert bucket.asked == [f"bytes=0-{predictions.HEAD_BYTES - 1}"]
    assert (len(found.rows), found.whole) == (predictions.MOST_ROWS, False)
    assert set(found.column(1)) == {"0.5"}
    small = Bucket(b"1" * (predictions.HEAD_BYTES - 3) + b"\n1234567\n")
    assert len(predictions.read({"bucket": "b", "prefix": "p/"}, small).rows) == 1


def test_a_line_of_names_is_the_header_and_none_is_made_up_for_numbers() -> None:
    named = predictions.read({"bucket": "b", "prefix": "p/"}, Bucket(b"label,p\n1,0.5\n"))
    assert (named.header, named.rows) == (("label", "p"), (("1", "0.5"),))
    bare = predictions.read({"bucket": "b", "prefix": "p/"}, Bucket(b"cat\ndog\n"))
    assert (bare.header, len(bare.rows), bare.whole) == (("prediction",), 2, True)
    assert predictions.read({"bucket": "b", "prefix": "p/"}, Bucket(b"")).rows == ()


def test_a_model_that_a_newer_one_kept_out_is_told_with_the_newer_run() -> None:
    told = page_support.History()
    told.enter("Gate")
    told.leave("Gate")
    gate = {"operator": "NumericGreaterThan", "threshold": 0.9, "value": 0.98, "passed": True}
    record = {"best": {"metric_name": "accuracy"}, "gate": gate, "superseded_by": {"run": "demo-2"}}
    definition = {"StartAt": "Gate", "States": {"Gate": {"Type": "Pass", "End": True}}}
    shown = render.page(page_support.facts(definition, told, record=record))
    assert "that of run <code>demo-2</code> is of data that landed later" in shown
    record["superseded_by"] = None
    assert "landed later" not in render.page(page_support.facts(definition, told, record=record))


def test_the_console_is_linked_on_aws_alone() -> None:
    arn = "arn:aws-cn:states:cn-north-1:000000000000:execution:m:r"
    there = console.of_arn(arn, "https://states.cn-north-1.amazonaws.com.cn")
    assert there.execution(arn) == (
        "https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1"
        "#/v2/executions/details/arn:aws-cn:states:cn-north-1:000000000000:execution:m:r"
    )
    assert there.log("/aws/a", "b/c") is not None
    assert "$252Faws$252Fa/log-events/b$252Fc" in str(there.log("/aws/a", "b/c"))
    assert console.of_arn(arn, "http://127.0.0.1:4566").execution(arn) is None


def test_a_folder_is_no_file_to_write_to_and_nothing_is_asked_for_first(tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match="this is a folder"):
        write.check(tmp_path)
    # There is neither a pipeline nor an account here.
    asked = CliRunner().invoke(runs, ["show", "demo-1", "--chdir", str(tmp_path), "--html", str(tmp_path)])
    assert isinstance(asked.exception, SInfraError)
    assert "this is a folder" in str(asked.exception)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0042, "4 ms"), (1.5, "1.50 s"), (75, "1 min 15 s"), (7300, "2 h 01 min")],
)
def test_seconds_are_told_as_people_do(value: float, text: str) -> None:
    assert render.seconds(value) == text
