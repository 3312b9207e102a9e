"""Lints of our own for what the public ones don't see: each returns its findings, none if all is well.

Blocks are found by the layout that `terraform fmt` gives them, and another test holds every file to it:
a top-level block begins in the first column and ends with a brace there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BLOCK = re.compile(r'^(?P<kind>\w+)(?P<labels>(?: "[^"]*")*) \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
# Only lambda-python makes zips.
ARCHIVE = """    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.5, < 3"
    }
"""
WITHOUT_PROVIDERS = 'terraform {\n  required_version = ">= 1.5"\n}\n'
# AWS knows no narrower resource for these.
WITHOUT_RESOURCE = frozenset(
    {
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
PLACEHOLDER = re.compile(
    r"\$\{\s*(?:var|local|module|data|path|each|self|count|terraform|aws_\w+)\.[^}\n]*\}"
)
TRUE_IN_JOBS: Mapping[str, tuple[str, ...]] = {
    "createTrainingJob": ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption"),
    "createHyperParameterTuningJob": (
        "TrainingJobDefinition.EnableNetworkIsolation",
        "TrainingJobDefinition.EnableInterContainerTrafficEncryption",
    ),
    "createModel": ("EnableNetworkIsolation",),
    "createProcessingJob": (
        "NetworkConfig.EnableNetworkIsolation",
        "NetworkConfig.EnableInterContainerTrafficEncryption",
    ),
}


@dataclass(frozen=True)
class Block:
    """A top-level block of a Terraform file."""

    kind: str
    labels: tuple[str, ...]
    body: str

    def attribute(self, name: str) -> str | None:
        """Return the text of an attribute of the block itself, without its quotes, or None."""
        found = re.search(rf"^  {name} *= (.+)$", self.body, re.MULTILINE)
        return found[1].strip('"') if found else None


def blocks(text: str) -> list[Block]:
    """Return the top-level blocks of a file's text."""
    return [
        Block(found["kind"], tuple(re.findall(r'"([^"]*)"', found["labels"])), found["body"])
        for found in BLOCK.finditer(text)
    ]


def undescribed(text: str) -> list[str]:
    """Return the inputs and outputs without a description, and the inputs without a type."""
    found = []
    for block in blocks(text):
        wanted = {"variable": ("description", "type"), "output": ("description",)}.get(block.kind, ())
        found += [f"{block.labels[0]} has no {name}" for name in wanted if block.attribute(name) is None]
    return found


def misplaced(path: Path) -> list[str]:
    """Return the inputs outside of variables*.tf and the outputs outside of outputs.tf."""
    home = {"variable": path.name.startswith("variables"), "output": path.name == "outputs.tf"}
    found = blocks(path.read_text(encoding="utf-8"))
    return [f"{block.labels[0]} in {path.name}" for block in found if not home.get(block.kind, True)]


def callers_business(text: str) -> list[str]:
    """Return the blocks that belong in a root module only: providers and where the state is."""
    found = [f"provider {block.labels[0]}" for block in blocks(text) if block.kind == "provider"]
    return found + [
        f"terraform {name}"
        for block in blocks(text)
        if block.kind == "terraform"
        for name in ("backend", "cloud")
        if re.search(rf"^  {name}\b", block.body, re.MULTILINE)
    ]


def has_common_versions(text: str, common: str, *, zips: bool = False) -> bool:
    """Tell whether a versions.tf is the one of all modules, plus the archive provider where zips are made.

    A module that makes nothing asks for no provider.
    """
    if "required_providers" not in text:
        return text == WITHOUT_PROVIDERS
    return text.count(ARCHIVE) == zips and text.replace(ARCHIVE, "") == common


def handlers(module: Path) -> Iterator[tuple[Path, str]]:
    """Yield folder and handler of every function that the module makes with lambda-python."""
    for path in sorted(module.glob("*.tf")):
        for block in blocks(path.read_text(encoding="utf-8")):
            source = block.attribute("source")
            if block.kind == "module" and source and source.endswith("/lambda-python"):
                folder = str(block.attribute("source_path")).replace("${path.module}", str(module))
                yield Path(folder), block.attribute("handler") or "handler.handle"


def missing_handlers(module: Path) -> list[str]:
    """Return the handlers whose file or function isn't there."""
    found = []
    for folder, handler in handlers(module):
        name, _, function = handler.partition(".")
        source = folder / f"{name}.py"
        if not source.is_file():
            found.append(f"{handler}: no {source}")
        elif not re.search(rf"^def {function}\(", source.read_text(encoding="utf-8"), re.MULTILINE):
            found.append(f"{handler}: no function {function} in {source}")
    return found


def unrendered(text: str) -> list[str]:
    """Return Terraform's placeholders in a program's text."""
    return PLACEHOLDER.findall(text)


def job_settings(machine: str) -> list[str]:
    """Return the SageMaker settings in a machine that aren't literally true and must be."""
    found = []
    for name, state in _states(machine):
        action = str(state.get("Resource", "")).split(":")[-1].split(".")[0]
        for path in TRUE_IN_JOBS.get(action, ()):
            value: Any = state.get("Arguments", {})
            for part in path.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if value is not True:
                found.append(f"{name}: {path} is {value!r}")
    return found


def task_manners(machine: str) -> list[str]:
    """Return the tasks that don't retry what can pass, retry everything, or may wait for ever."""
    found = []
    for name, state in _states(machine):
        if state.get("Type") != "Task":
            continue
        retriers = state.get("Retry", [])
        if not retriers or any(retrier.get("JitterStrategy") != "FULL" for retrier in retriers):
            found.append(f"{name}: no Retry with jitter")
        if any({"States.ALL", "States.TaskFailed"} & set(retrier["ErrorEquals"]) for retrier in retriers):
            found.append(f"{name}: retries what won't pass")
        if ".sync" in state["Resource"] and "TimeoutSeconds" not in state:
            found.append(f"{name}: waits for ever")
    return found


def wide_grants(statements: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what a role's statements allow with a wildcard where AWS knows a name."""
    found = []
    for statement in statements:
        if statement["Effect"] != "Allow":
            continue
        actions, resources = (_as_list(statement[name]) for name in ("Action", "Resource"))
        found += [f"action {action}" for action in actions if "*" in action]
        if "*" in resources:
            found += [f"{action} on *" for action in actions if action not in WITHOUT_RESOURCE]
        if "iam:PassRole" in actions and "iam:PassedToService" not in json.dumps(statement.get("Condition")):
            found.append("iam:PassRole to any service")
    return found


def wide_trust(trust: Mapping[str, Any]) -> list[str]:
    """Return how a trust policy goes beyond one service acting for one account."""
    found = [] if len(trust["Statement"]) == 1 else ["more than one statement"]
    for statement in trust["Statement"]:
        services = _as_list(statement["Principal"].get("Service", []))
        if set(statement["Principal"]) != {"Service"} or len(services) != 1:
            found.append(f"trusts {statement['Principal']}")
        if "aws:SourceAccount" not in statement.get("Condition", {}).get("StringEquals", {}):
            found.append("acts for any account")
    return found


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _states(machine: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from json.loads(machine)["States"].items()
