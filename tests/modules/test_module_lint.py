"""Lints over all Terraform files, machines and functions; each has a bad example on which it must fire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import hcl_lints
import pytest

from s_infra.sandbox.services.stepfunctions import definition
from s_infra.terraform.core import find

REPOSITORY = Path(__file__).parents[2]
BAD = REPOSITORY / "tests/data/bad"
COMPONENTS = sorted(path.parent for path in REPOSITORY.glob("components/aws/*/versions.tf"))
CATALOG = sorted(path.parent for path in REPOSITORY.glob("catalog/aws/*/versions.tf"))
MODULES = [*COMPONENTS, *CATALOG]
COMMON_VERSIONS = (REPOSITORY / "components/aws/s3-store/versions.tf").read_text()
MACHINES = sorted(REPOSITORY.glob("catalog/**/*.asl.json"))
HANDLERS = [(folder, handler) for module in CATALOG for folder, handler in hcl_lints.handlers(module)]
# Machines have one placeholder, which the component fills; what Terraform reads is Terraform's.
PROGRAMS = sorted(
    path
    for top in ("catalog", "components", "source", "examples", "s_infra")
    for path in (REPOSITORY / top).rglob("*")
    if path.is_file()
    and (path.suffix in (".py", ".sh", ".conf", ".txt", ".toml", ".json") or not path.suffix)
    and not path.name.endswith(".asl.json")
    and not {"__pycache__", "build", "schemas", "templates"} & set(path.parts)
    and not any(part.startswith(".") for part in path.relative_to(REPOSITORY).parts[:-1])
)


def name(path: object) -> str:
    return str(path.relative_to(REPOSITORY)) if isinstance(path, Path) else str(path)


def fmt(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [*find().command, "fmt", "-check", "-recursive", str(directory)]
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_there_is_something_to_lint() -> None:
    assert len(COMPONENTS) >= 7
    assert len(CATALOG) >= 1
    assert len(MACHINES) >= 2
    assert len(HANDLERS) >= 2
    assert len(PROGRAMS) >= 10


@pytest.mark.parametrize("top", ["components", "catalog", "examples", "tests/data/modules"])
def test_files_are_formatted(top: str) -> None:
    done = fmt(REPOSITORY / top)
    assert done.returncode == 0, done.stdout


def test_an_unformatted_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('locals {\n a="b"\n}\n')
    assert fmt(tmp_path).returncode != 0


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_versions_are_the_same_everywhere(module: Path) -> None:
    own = (module / "versions.tf").read_text()
    assert hcl_lints.has_common_versions(own, COMMON_VERSIONS, zips=module.name == "lambda-python")


@pytest.mark.parametrize("bound", ["", ", < 6"])
def test_a_version_of_its_own_is_found(bound: str) -> None:
    assert not hcl_lints.has_common_versions(COMMON_VERSIONS.replace(", < 7", bound), COMMON_VERSIONS)
    assert not hcl_lints.has_common_versions(COMMON_VERSIONS, COMMON_VERSIONS, zips=True)


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_inputs_and_outputs_are_described(module: Path) -> None:
    texts = [path.read_text() for path in module.glob("*.tf")]
    assert [found for text in texts for found in hcl_lints.undescribed(text)] == []
    assert [found for text in texts for found in hcl_lints.callers_business(text)] == []
    assert [found for path in module.glob("*.tf") for found in hcl_lints.misplaced(path)] == []
    assert (module / "README.md").is_file()


def test_an_undescribed_input_and_a_callers_block_are_found() -> None:
    text = (BAD / "hcl/module.tf").read_text()
    assert hcl_lints.undescribed(text) == [
        "anything has no description",
        "anything has no type",
        "unsaid has no description",
    ]
    assert hcl_lints.callers_business(text) == ["provider aws", "terraform backend"]
    assert hcl_lints.misplaced(BAD / "hcl/module.tf") == ["anything in module.tf", "unsaid in module.tf"]


@pytest.mark.parametrize("module", CATALOG, ids=name)
def test_every_handler_is_there(module: Path) -> None:
    assert hcl_lints.missing_handlers(module) == []


def test_a_missing_handler_is_found() -> None:
    assert [found.split(":")[0] for found in hcl_lints.missing_handlers(BAD / "hcl")] == ["handler.handle"]


@pytest.mark.parametrize(("folder", "handler"), HANDLERS, ids=name)
def test_every_handler_loads_as_lambda_loads_it(folder: Path, handler: str) -> None:
    module, _, function = handler.partition(".")
    # With the function's own files alone, as in the zip.
    load = f"import {module}; assert callable({module}.{function})"
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", load], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", PROGRAMS, ids=name)
def test_no_program_holds_an_unrendered_placeholder(path: Path) -> None:
    assert hcl_lints.unrendered(path.read_text(encoding="utf-8")) == []


def test_an_unrendered_placeholder_is_found() -> None:
    assert hcl_lints.unrendered('bucket = "${var.bucket}"') == ["${var.bucket}"]


@pytest.mark.parametrize("path", MACHINES, ids=name)
def test_machines_are_valid(path: Path) -> None:
    assert [str(problem) for problem in definition.problems(path.read_text())] == []


def test_a_dangling_next_is_found() -> None:
    found = definition.problems((BAD / "asl/dangling_next.asl.json").read_text())
    assert any("Secnod" in problem.message for problem in found)


@pytest.mark.parametrize("path", MACHINES, ids=name)
def test_jobs_are_isolated_and_encrypted_and_tasks_retry_what_can_pass(path: Path) -> None:
    assert hcl_lints.job_settings(path.read_text()) == []
    assert hcl_lints.task_manners(path.read_text()) == []


def test_an_open_network_and_a_careless_retry_are_found() -> None:
    text = (BAD / "asl/open_network.asl.json").read_text()
    assert hcl_lints.job_settings(text) == [
        "Tune: TrainingJobDefinition.EnableNetworkIsolation is '{% $config.isolate %}'",
        "Tune: TrainingJobDefinition.EnableInterContainerTrafficEncryption is None",
        "Register: EnableNetworkIsolation is None",
    ]
    assert hcl_lints.task_manners(text) == [
        "Tune: no Retry with jitter",
        "Tune: retries what won't pass",
        "Tune: waits for ever",
        "Register: no Retry with jitter",
    ]


def test_wide_grants_and_wide_trust_are_found() -> None:
    policies = json.loads((BAD / "iam/wide.json").read_text())
    assert hcl_lints.wide_grants(policies["grants"]) == [
        "action s3:*",
        "sagemaker:CreateModel on *",
        "iam:PassRole to any service",
    ]
    assert hcl_lints.wide_trust(policies["trust"]) == [
        "trusts {'Service': ['states.amazonaws.com', 'lambda.amazonaws.com']}",
        "acts for any account",
    ]
