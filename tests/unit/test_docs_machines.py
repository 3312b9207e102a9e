"""State machines are drawn whole, in a form that GitHub draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mermaid_support
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s_infra.docs import mermaid
from s_infra.docs.machines import drawing
from s_infra.errors import SInfraError

MACHINES = sorted((Path(__file__).parents[2] / "catalog").rglob("*.asl.json"))


def machine(**states: dict[str, Any]) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


def drawn(text: str) -> mermaid_support.Chart:
    return mermaid_support.read(drawing(text, "machine.asl.json"))


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
def test_the_catalogs_machines_are_drawn_with_every_state_and_way(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    chart = drawn(text)

    def states(inside: dict[str, Any]) -> list[str]:
        return [
            found
            for name, state in inside["States"].items()
            for found in [name, *(states(state["ItemProcessor"]) if state["Type"] == "Map" else [])]
        ]

    names = states(json.loads(text))
    assert len(names) > 10
    assert [
        name
        for name in names
        if not any(label.split()[0] == name for label in chart.labels.values() if label.strip())
    ] == []
    assert len(chart.edges) >= text.count('"Next"') + text.count('"Default"')


def test_a_choice_tells_its_conditions_and_a_catch_is_dashed() -> None:
    chart = drawn(
        machine(
            Try={
                "Type": "Task",
                "Resource": "arn:aws:states:::glue:startJobRun.sync",
                "Catch": [{"ErrorEquals": ["States.Timeout", "States.TaskFailed"], "Next": "Tell"}],
                "Next": "Gate",
            },
            Gate={
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $best >= 0.9 %}", "Next": "Good"},
                    {
                        "And": [
                            {"Variable": "$.n", "NumericLessThan": 3},
                            {"Not": {"Variable": "$.name", "IsPresent": True}},
                            {"Variable": "$.a", "StringEqualsPath": "$.b"},
                        ],
                        "Next": "Good",
                    },
                ],
                "Default": "Tell",
            },
            Good={"Type": "Succeed"},
            Tell={"Type": "Fail", "Error": "TooBad"},
        )
    )
    task = "Try glue:startJobRun.sync"
    assert (" ", "", task, "-->") in chart.edges
    assert (task, "States.Timeout, States.TaskFailed", "Tell TooBad", "-.->") in chart.edges
    assert ("Gate", "$best >= 0.9", "Good", "-->") in chart.edges
    assert ("Gate", "($.n < 3) and (not ($.name is present)) and ($.a = $.b)", "Good", "-->") in chart.edges
    assert ("Gate", "otherwise", "Tell TooBad", "-->") in chart.edges


def test_branches_are_frames() -> None:
    branch = {"StartAt": "One", "States": {"One": {"Type": "Wait", "Seconds": 3, "End": True}}}
    chart = drawn(
        machine(
            Both={"Type": "Parallel", "Branches": [branch, branch], "Next": "Each"},
            Each={
                "Type": "Map",
                "ItemProcessor": {**branch, "ProcessorConfig": {"Mode": "DISTRIBUTED"}},
                "End": True,
            },
        )
    )
    assert list(chart.labels.values()).count("One Seconds: 3") == 3
    assert "branch 2" in chart.labels.values()
    assert ("Both (all at once)", "", "Each (for each, distributed)", "-->") in chart.edges
    assert chart.frames["One Seconds: 3"] == "Each (for each, distributed)"


def test_placeholders_of_templatefile_may_stand_where_values_do() -> None:
    state = '{"Type": "Wait", "Seconds": ${seconds}, "Comment": "${x}", "End": true}'
    text = f'{{"StartAt": "A", "States": {{"A": {state}}}}}'
    assert "A Seconds: ${seconds}" in drawn(text).labels.values()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a state machine"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}', "A leads to 'B'"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": {}}}}', "a branch of A"),
        ('{"StartAt": "A", "States": {"A": 1}}', "state A is not an object"),
    ],
)
def test_what_is_no_machine_is_named(text: str, message: str) -> None:
    with pytest.raises(SInfraError, match=message) as failed:
        drawing(text, "flows/one.asl.json")
    assert failed.value.which == "flows/one.asl.json"


def test_a_machine_larger_than_github_draws_is_refused() -> None:
    states = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(500)}
    with pytest.raises(SInfraError, match="more states"):
        drawing(machine(**states, S500={"Type": "Succeed"}), "m.asl.json")


@given(st.text(max_size=60))
def test_no_text_of_a_label_means_anything_to_mermaid(text: str) -> None:
    chart = mermaid.flowchart(
        [mermaid.Node("a", text), mermaid.Node("b", "end")], [mermaid.Edge("a", "b", text)]
    )
    assert chart
    label = mermaid_support.read(chart).labels["a"]
    assert label.split() == text.split() or not text.strip()
