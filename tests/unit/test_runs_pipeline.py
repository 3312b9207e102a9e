from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from s_infra.errors import SInfraError
from s_infra.runs.pipeline import Pipeline, from_outputs

PIPELINE = Pipeline(
    name="demo",
    feature_store_bucket="feature",
    train_prefix="train/",
    score_prefix="score/",
    training_state_machine_arn="arn:aws:states:us-east-1:000000000000:stateMachine:demo-training",
    scoring_state_machine_arn="arn:aws:states:us-east-1:000000000000:stateMachine:demo-scoring",
    extract_store_bucket="extract",
    model_store_bucket="model",
    metadata_store_bucket="metadata",
    metadata_prefix="",
    output_store_bucket="output",
)


def test_the_pipeline_is_found_among_other_outputs_and_more_fields() -> None:
    outputs: dict[str, Any] = {"summary": "text", "any": {**dataclasses.asdict(PIPELINE), "topic_arn": "arn"}}
    assert from_outputs(outputs, "here") == PIPELINE


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({}, "no pipeline"),
        ({"a": dataclasses.asdict(PIPELINE), "b": dataclasses.asdict(PIPELINE)}, "several"),
    ],
)
def test_none_or_several_pipelines_are_an_error_that_names_the_module(
    outputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(SInfraError, match=message) as raised:
        from_outputs(outputs, "some/module")
    assert "some/module" in str(raised.value)


def test_each_version_of_an_object_is_another_run_and_the_same_one_the_same() -> None:
    names = {PIPELINE.run_name("b", "k", version) for version in ("1", "2", "1")}
    assert len(names) == 2
    assert PIPELINE.run_name("b", "k1", "2") != PIPELINE.run_name("b", "k", "12")


def test_an_execution_belongs_to_the_machine_of_its_kind() -> None:
    assert PIPELINE.execution_arn("scoring", "demo-1").endswith(":execution:demo-scoring:demo-1")
    assert PIPELINE.execution_arn("training", "demo-1").endswith(":execution:demo-training:demo-1")
