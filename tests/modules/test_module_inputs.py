"""A wrong input is refused when the plan is made, by a message that says what to do."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import hcl_lints
import pytest
from module_support import CONTAINER, REPOSITORY, workspace, write_root
from provider_support import Root

from s_infra.errors import SInfraError
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform import core
from s_infra.terraform.core import Workspace

ML_OPS = REPOSITORY / "catalog/aws/ml-ops"
RANGE = {"Name": "C", "MinValue": 0.01, "MaxValue": 10}


def arguments(tmp_path: Path, **changed: Any) -> dict[str, Any]:
    """Return right arguments of the ml-ops module, with some of them changed."""
    script = tmp_path / "transform.py"
    script.write_text("")
    return {
        "name_prefix": "demo",
        "environment": {
            "vpc_id": "vpc-0",
            "aws_region": "us-east-1",
            "public_subnets": [],
            "private_subnets": [],
        },
        "resource_tags": {},
        "glue_transform_script": str(script),
        "job_name": "demo",
        "parameter_ranges": {"ContinuousParameterRanges": [RANGE]},
        "byo_model_repo_name": "demo",
        "byo_model_source_image_path": str(CONTAINER),
        "image_push": "none",
        "aws_credentials_file": None,
        **changed,
    }


def test_right_inputs_are_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    root = write_root(tmp_path / "root", ML_OPS, arguments(tmp_path))
    assert workspace(root, sandbox, tmp_path / "state").has_changes()


def test_an_image_builder_is_there_when_it_is_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    planned = {}
    for name, wanted in {"none": {}, "one": {"image_builder": {}, "image_push": "helper"}}.items():
        root = write_root(tmp_path / name, ML_OPS, arguments(tmp_path, **wanted))
        made = Root(root, sandbox, core.find())
        made.done("init", "-input=false", "-no-color")
        planned[name] = {address.removeprefix("module.this.") for address in made.plan()}
    assert planned["one"] - planned["none"] == {
        "aws_ssm_parameter.image_builder[0]",
        "module.image[0].terraform_data.push[0]",
        "module.image_builder[0].aws_cloudwatch_log_group.this",
        "module.image_builder[0].aws_codebuild_project.this",
        "module.image_builder[0].aws_iam_role.this",
        "module.image_builder[0].aws_iam_role_policy.this",
    }
    assert planned["none"] <= planned["one"]


# Refused as an input's own value.
VALUES: list[tuple[dict[str, Any], str]] = [
    ({"name_prefix": "Demo_1"}, "lower-case letter"),
    ({"name_prefix": "d" * 33}, "Shorten it"),
    ({"job_name": "a-name-that-is-too-long"}, "more than 18 characters"),
    ({"job_name": "-demo"}, "begins and ends with a letter or digit"),
    ({"glue_transform_script": "absent.py"}, "give the path of a .py file"),
    ({"glue_dependency_package": "absent.whl"}, "s-infra wheel build"),
    ({"train_local_path": "absent.csv"}, "s-infra land"),
    ({"score_local_path": "absent.csv"}, "s-infra land"),
    ({"endpoint_or_batch_transform": "Batch"}, '"Batch Transform" or "Endpoint"'),
    ({"endpoint_or_batch_transform": "Endpoint", "endpoint_name": "-a"}, "begins and ends with a letter"),
    ({"endpoint_instance_count": 0}, "whole number of at least 1"),
    ({"endpoint_instance_type": "m5.large"}, "such as ml.m5.xlarge"),
    ({"built_in_model_image": "xgboost"}, "an image's whole URI"),
    ({"byo_model_ecr_tag_name": ".latest"}, "at most 115"),
    ({"alarm_comparison_operator": "StringEquals"}, "CloudWatch compares numbers"),
    ({"alarm_metric_name": "accuracy"}, "Validation Accuracy"),
    ({"alarm_statistic": "p90"}, "SampleCount or Sum"),
    ({"alarm_statistic_unit_name": "Bytes"}, "is Percent"),
    ({"alarm_metric_evaluation_period": 45}, "multiple of 60"),
    ({"alarm_evaluation_period": 0}, "whole number of at least 1"),
    ({"ml_bucket_override": "s3://bucket"}, "without s3://"),
    ({"quarantine_errors": []}, "at least one name"),
    ({"predictive_db_name": "1st"}, "begins with no digit"),
    ({"predictive_db_admin_user": "admin"}, "none of admin"),
    ({"predictive_db_admin_password": "short"}, "at least 8 characters"),
    ({"predictive_db_storage_size_in_gb": "10GB"}, "whole number of GB"),
    ({"predictive_db_instance_class": "t3.micro"}, "such as db.t3.micro"),
    ({"data_drift_monitor_name": "a_b"}, "1 to 63 letters"),
    ({"data_drift_monitoring_frequency": "weekly"}, "hourly or daily"),
    ({"data_drift_ml_problem_type": "Image Recognition"}, "Classification or Regression"),
    ({"data_drift_sampling_percent": 0}, "at most 100"),
    ({"data_drift_job_timeout_in_sec": 1}, "from 60 to 86400"),
    ({"byo_model_repo_name": "Demo"}, "lower-case letters and digits"),
    ({"aws_credentials_file": "absent"}, "null for the environment's own"),
    ({"input_data_content_type": "application/x-recordio"}, "doesn't carry out application/x-recordio"),
    ({"inference_comparison_operator": "GreaterThan"}, "NumericGreaterThanEquals"),
    ({"tuning_objective": "Best"}, "Maximize or Minimize"),
    ({"tuning_strategy": "Grid"}, "Bayesian or Random"),
    ({"max_number_training_jobs": 101}, "from 1 to 100"),
    ({"train_key": "../train.csv"}, "train_key is a file's path"),
    ({"parameter_ranges": {}}, "give at least one hyperparameter"),
    ({"parameter_ranges": {"ContinuousParameterRanges": [{**RANGE, "MinValue": 11}]}}, "first below"),
    ({"parameter_ranges": {"ContinuousParameterRanges": [RANGE, RANGE]}}, "two ranges"),
    ({"parameter_ranges": {"IntegerParameterRanges": [RANGE]}}, "whole numbers"),
    (
        {
            "parameter_ranges": {
                "ContinuousParameterRanges": [{**RANGE, "MinValue": 0, "ScalingType": "Logarithmic"}]
            }
        },
        "above zero",
    ),
    ({"parameter_ranges": {"CategoricalParameterRanges": [{"Name": "C", "Values": []}]}}, "at least one"),
    ({"notification_emails": ["nobody"]}, "team@example.com"),
    ({"tuning_metric_regex": "accuracy"}, "group in parentheses"),
    ({"log_retention_in_days": 2}, "choose one"),
    ({"job_timeouts": {"tuning_in_minutes": 10}}, "raise tuning_in_minutes"),
    ({"image_push": "hand"}, '"helper" or "none"'),
    ({"image_builder": {"compute_type": "large"}}, "BUILD_GENERAL1_SMALL, BUILD_GENERAL1_MEDIUM or"),
    ({"image_builder": {"timeout_in_minutes": 4}}, "from 5 to 480"),
    ({"image_builder": {"concurrent_builds": 0}}, "concurrent_builds is a whole number of at least 1"),
    ({"resource_tags": {"aws:owner": "x"}}, "rename it"),
    ({"training_job_instance_type": "m5.xlarge"}, "such as ml.m5.xlarge"),
    ({"training_job_instance_count": 0}, "at least 1"),
]
# Refused for what goes with it.
COMBINED: list[tuple[dict[str, Any], str]] = [
    (
        {"alarm_evaluation_period": 2, "alarm_datapoints_to_evaluate": 3},
        "more than alarm_evaluation_period",
    ),
    ({"enable_predictive_db": True}, "comes with a later one"),
    ({"retrain_on_alarm": True}, "comes with a later one"),
    ({"enable_data_drift_monitor": True}, "comes with a later one"),
    ({"max_number_training_jobs": 2, "max_parallel_training_jobs": 3}, "lower the first or raise"),
    ({"static_hyperparameters": {"C": 1}}, "either fixed or tuned"),
    ({"train_key": "same.csv", "test_key": "same.csv"}, "one extract would overwrite the other"),
]
ALONE: list[tuple[dict[str, Any], str]] = [
    ({"byo_model_source_image_path": "."}, "no Dockerfile"),
    (
        {
            "environment": {
                "vpc_id": "vpc-0",
                "aws_region": "eu-west-1",
                "public_subnets": [],
                "private_subnets": [],
            }
        },
        "works in us-east-1",
    ),
]


def batches() -> list[list[tuple[dict[str, Any], str]]]:
    """Return the cases in plans that tell of several at once: none has an input twice."""
    made: list[list[tuple[dict[str, Any], str]]] = [COMBINED, *([case] for case in ALONE)]
    open_ones: list[list[tuple[dict[str, Any], str]]] = []
    for case in VALUES:
        for batch in open_ones:
            if not any(set(case[0]) & set(other) for other, _ in batch):
                batch.append(case)
                break
        else:
            open_ones.append([case])
    return made + open_ones


@pytest.mark.parametrize(
    "cases", batches(), ids=lambda cases: "-".join(name for given, _ in cases for name in given)[:60]
)
def test_wrong_inputs_are_refused_with_what_to_do(
    sandbox: Sandbox, tmp_path: Path, cases: list[tuple[dict[str, Any], str]]
) -> None:
    changed = {name: value for given, _ in cases for name, value in given.items()}
    root = write_root(tmp_path / "root", ML_OPS, arguments(tmp_path, **changed))
    told = refusal(workspace(root, sandbox, tmp_path / "state"))
    assert [said for _, said in cases if said not in told] == []


def refusal(made: Workspace) -> str:
    """Return what a plan that must fail says, in one line."""
    with pytest.raises(SInfraError) as refused:
        made.has_changes()
    # Terraform breaks a message where the terminal's line ends.
    return " ".join(str(refused.value).replace("│", " ").split())


TRIGGER = {
    "name": "demo",
    "description": "Demo.",
    "event_pattern": "{}",
    "function_arn": "arn:aws:lambda:us-east-1:000000000000:function:demo",
    "function_role_name": "demo",
    "function_timeout_in_seconds": 30,
}
MACHINE = {"name": "demo", "definition": '{"States": {}}', "policy_json": '{"Statement": []}'}
GLUE = {
    "name": "demo",
    "artifact_store": {"name": "demo", "arn": "arn:aws:s3:::demo"},
    "read": [{"store_arn": "arn:aws:s3:::demo", "prefixes": ["in/"]}],
    "write": [{"store_arn": "arn:aws:s3:::demo", "prefixes": ["out/"]}],
}
TARGET = {"store_name": "demo", "store_arn": "arn:aws:s3:::demo", "prefix": "out/"}
BUILDER = {
    "name": "demo",
    "repository": {
        "arn": "arn:aws:ecr:us-east-1:123456789012:repository/demo",
        "uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo",
    },
    "source_store": {"name": "demo", "arn": "arn:aws:s3:::demo"},
}
CRAWLER = {"name": "demo", "targets": [TARGET]}
PLACEHOLDER = '{"States": {"First": {"Assign": "${config}", "Comment": "${var.other}"}}}'


COMPONENTS: list[tuple[str, dict[str, Any], str]] = [
    ("s3-store", {"name": "d" * 64}, "shorten the prefix"),
    ("s3-store", {"name": "demo", "noncurrent_version_days": 0}, "at least 1"),
    ("notification-topic", {"name": "demo topic"}, "take out what else"),
    ("event-trigger", {**TRIGGER, "event_pattern": "no JSON"}, "write it with jsonencode"),
    ("event-trigger", {**TRIGGER, "function_timeout_in_seconds": 901}, "from 1 to 900"),
    ("state-machine", {**MACHINE, "definition": "no JSON"}, 'pass file("${path.module}/workflows'),
    ("state-machine", {**MACHINE, "definition": PLACEHOLDER}, "put the value in configuration_json"),
    ("state-machine", {**MACHINE, "configuration_json": '{"x": "{% 1 %}"}'}, "would evaluate it"),
    ("state-machine", {**MACHINE, "log_level": "OFF"}, "can't be looked into"),
    (
        "lambda-python",
        {"name": "demo", "description": "Demo.", "source_path": "."},
        "names a module that isn't",
    ),
    ("glue-job", {**GLUE, "script": "absent.py"}, "give the path of a .py file"),
    ("glue-job", {**GLUE, "wheels": ["absent.whl"]}, "s-infra wheel build"),
    (
        "glue-job",
        {**GLUE, "read": [{"store_arn": "arn:aws:s3:::demo", "prefixes": ["in"]}]},
        "ends with a slash",
    ),
    ("glue-job", {**GLUE, "spark": {"number_of_workers": 1}}, "at least 2"),
    ("glue-job", {**GLUE, "spark": {"glue_version": "2.0"}}, "4.0, 5.0 or 5.1"),
    ("glue-job", {**GLUE, "spark": {}, "max_capacity": 1}, "a Spark job has spark.worker_type"),
    ("glue-crawler", {**CRAWLER, "targets": []}, "at least one store"),
    ("glue-crawler", {**CRAWLER, "targets": [{**TARGET, "prefix": "out"}]}, "ends with a slash"),
    ("glue-crawler", {**CRAWLER, "targets": [{**TARGET, "sample_size": 0}]}, "from 1 to 249"),
    ("glue-crawler", {**CRAWLER, "database_name": "A-b"}, "Athena takes no others"),
    ("ecr-image", {"name": "demo", "source_path": "."}, "no Dockerfile"),
    ("codebuild-image", {**BUILDER, "name": "1 demo"}, "begins with a letter or digit"),
    ("codebuild-image", {**BUILDER, "source_prefix": "images"}, "ends with a slash"),
    ("codebuild-image", {**BUILDER, "architecture": "arm"}, '"x86_64" or "arm64"'),
    ("codebuild-image", {**BUILDER, "timeout_in_minutes": 481}, "from 5 to 480"),
    ("codebuild-image", {**BUILDER, "concurrent_builds": 0}, "at least 1"),
    ("codebuild-image", {**BUILDER, "base_repository_arns": ["demo"]}, "are ARNs of ECR repositories"),
    ("codebuild-image", {**BUILDER, "repository": {"arn": "a", "uri": "demo"}}, "without a tag"),
    ("ecr-image", {"name": "demo", "source_path": str(CONTAINER), "tag": "-x"}, "neither dot nor hyphen"),
]


def combined(case: tuple[str, dict[str, Any], str]) -> bool:
    """Tell whether a resource refuses it, for what goes with it: Terraform gets to that after the values."""
    return case[2] in ("would evaluate it", "a Spark job has spark.worker_type", "names a module that isn't")


@pytest.mark.parametrize("second", [False, True], ids=["values", "combined"])
def test_a_components_wrong_input_is_refused_with_what_to_do(
    sandbox: Sandbox, tmp_path: Path, second: bool
) -> None:
    cases = [case for case in COMPONENTS if combined(case) is second]
    script = tmp_path / "script.py"
    script.write_text("")
    root = tmp_path / "root"
    root.mkdir()
    modules = {}
    for number, (component, given, _) in enumerate(cases):
        if component == "glue-job":
            given = {"script": str(script), **given}
        # In JSON, Terraform reads placeholders in strings as its own: a doubled dollar sign is a plain one.
        literal = {
            name: text.replace("${", "$${") if isinstance(text, str) else text for name, text in given.items()
        }
        source = os.path.relpath(REPOSITORY / "components/aws" / component, root)
        modules[f"case_{number:02}"] = {"source": source, **literal}
    (root / "main.tf.json").write_text(json.dumps({"module": modules}))
    told = refusal(workspace(root, sandbox, tmp_path / "state"))
    wanted = Counter(said for *_, said in cases)
    assert {said: told.count(said) for said, times in wanted.items() if told.count(said) < times} == {}


FOREBEAR = json.loads((REPOSITORY / "tests/data/ml-ops-inputs.json").read_text())
# Typed as tightly as still takes what was documented.
TIGHTER = {"any": "object({ ContinuousParameterRanges = ", "map": "map(string)"}
TYPE = re.compile(r"^  type += (.*?)(?=^  \w+ +=|^  \w+ \{|\Z)", re.MULTILINE | re.DOTALL)
INPUTS = {
    block.labels[0]: block
    for path in ML_OPS.glob("variables*.tf")
    for block in hcl_lints.blocks(path.read_text())
}


@pytest.mark.parametrize("old", FOREBEAR, ids=lambda old: str(old["name"]))
def test_an_input_of_the_forebear_keeps_name_type_and_default_or_is_told_of(old: dict[str, Any]) -> None:
    now = INPUTS[old["name"]]
    found = TYPE.search(now.body)
    assert found is not None
    type_ = " ".join(re.sub(r"#.*", "", found[1]).split())
    assert type_.startswith(TIGHTER.get(old["type"], old["type"]))
    told = re.findall(r"^\| ([^|]+) \|", (REPOSITORY / "docs/migration.md").read_text(), re.MULTILINE)
    default = old["default"].strip('"') if "default" in old else None
    if now.attribute("default") != default or old["type"] in TIGHTER:
        named = {name for cell in told for name in re.findall(r"`(\w+)`", cell)}
        assert old["name"] in named | {"parameter_ranges"}
    # Nothing is accepted and ignored: other files ask for it, if only to warn of it.
    texts = [path.read_text().replace(now.body, "") for path in ML_OPS.glob("*.tf")]
    assert any(re.search(rf"\bvar\.{old['name']}\b", text) for text in texts)


def test_all_inputs_of_the_forebear_are_there() -> None:
    assert len(FOREBEAR) == 63
    assert {old["name"] for old in FOREBEAR} <= set(INPUTS)
