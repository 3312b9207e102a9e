"""What Terraform does with a configuration beside plan and apply, and with a run that is cut short."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from provider_support import Root, root_of

from s_infra.sandbox import supervisor
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform import core

Clients = Callable[[str], Any]

BY_US = (str(Path(sys.executable).with_name("s-infra")), "terraform", "--")
QUEUE = """
resource "aws_sqs_queue" "this" {
  name                       = "%s"
  visibility_timeout_seconds = 31
  %s
}
"""
MANY = """
resource "aws_sqs_queue" "many" {
  count = 60
  name  = "many-${count.index}"
}
"""


def _names(clients: Clients, prefix: str) -> list[str]:
    urls = clients("sqs").list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
    return sorted(url.rsplit("/", 1)[-1] for url in urls)


def _rewritten(root: Root, text: str) -> Root:
    (root.directory / "main.tf").write_text(text)
    return root


def test_refresh_only_takes_drift_into_the_state(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    root = root_of(QUEUE % ("drifting", ""), tmp_path, sandbox)
    root.apply()
    url = root.state()["aws_sqs_queue.this"]["url"]
    clients("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    root.done("apply", "-refresh-only", "-auto-approve")
    assert root.state()["aws_sqs_queue.this"]["visibility_timeout_seconds"] == 77
    assert root.plan() == {"aws_sqs_queue.this": ["update"]}
    root.destroy()


def test_a_state_is_moved_given_up_and_taken_in_again(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    text = QUEUE % ("kept", "")
    root = root_of(text, tmp_path, sandbox)
    root.apply()
    url = root.state()["aws_sqs_queue.this"]["url"]
    moved = text.replace('"this"', '"other"')
    _rewritten(root, moved + "moved {\n  from = aws_sqs_queue.this\n  to   = aws_sqs_queue.other\n}\n")
    root.apply()
    assert set(root.state()) == {"aws_sqs_queue.other"}
    _rewritten(root, "removed {\n  from = aws_sqs_queue.other\n  lifecycle {\n    destroy = false\n  }\n}\n")
    root.apply()
    assert _names(clients, "kept") == ["kept"]
    _rewritten(root, f'import {{\n  to = aws_sqs_queue.this\n  id = "{url}"\n}}\n')
    root.done("plan", "-generate-config-out=made.tf")
    made = (root.directory / "made.tf").read_text()
    assert re.search(r'name += "kept"', made)
    assert re.search(r"visibility_timeout_seconds += 31", made)
    root.apply()
    assert root.plan() == {}
    root.destroy()
    assert _names(clients, "kept") == []


def test_lifecycle_rules_hold(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    text = """
variable "name" {
  type = string
}

variable "seconds" {
  type    = number
  default = 31
}

resource "terraform_data" "release" {
  input = var.name
}

resource "aws_sqs_queue" "ignoring" {
  name                       = "ignoring"
  visibility_timeout_seconds = var.seconds

  lifecycle {
    ignore_changes       = [visibility_timeout_seconds]
    replace_triggered_by = [terraform_data.release]
  }
}

resource "aws_sqs_queue" "overlapping" {
  name = "overlapping-${var.name}"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sqs_queue" "held" {
  for_each = toset(["one", "two"])
  name     = "held-${each.key}-${var.name == "c" ? "new" : "old"}"

  lifecycle {
    prevent_destroy = true
  }
}
"""
    root = root_of(text, tmp_path, sandbox)
    root.apply(name="a")
    assert root.plan(name="a", seconds=99) == {}
    assert root.plan(name="b") == {
        "terraform_data.release": ["update"],
        "aws_sqs_queue.ignoring": ["delete", "create"],
        "aws_sqs_queue.overlapping": ["create", "delete"],
    }
    root.apply(name="b")
    assert root.plan(name="b") == {}
    assert _names(clients, "overlapping") == ["overlapping-b"]
    held = root.failures("plan", "-input=false", "-var=name=c")
    assert len(held) == 2
    assert all("nstance cannot be destroyed" in failure.summary for failure in held)
    _rewritten(root, text.replace("prevent_destroy = true", "prevent_destroy = false"))
    root.done("destroy", "-auto-approve", "-var=name=b")


def test_sensitive_values_are_hidden_from_people(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
variable "secret" {
  type      = string
  sensitive = true
}

resource "aws_sns_topic" "this" {
  name         = "hidden"
  display_name = var.secret
}

output "name" {
  value     = aws_sns_topic.this.display_name
  sensitive = true
}
"""
    root = root_of(text, tmp_path, sandbox)
    shown = root.done("apply", "-auto-approve", "-no-color", "-var=secret=canary-4711")
    assert "(sensitive value)" in shown
    assert "canary-4711" not in shown
    assert root.state()["aws_sns_topic.this"]["display_name"] == "canary-4711"
    root.done("destroy", "-auto-approve", "-var=secret=canary-4711")


def test_a_service_of_one_region_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
resource "aws_sfn_state_machine" "far" {
  region     = "eu-west-1"
  name       = "far"
  role_arn   = "arn:aws:iam::000000000000:role/x"
  definition = jsonencode({ StartAt = "A", States = { A = { Type = "Succeed" } } })
}
"""
    root = root_of(text, tmp_path, sandbox)
    [found] = root.failures("apply", "-auto-approve", "-input=false")
    assert "states:CreateStateMachine in another Region than us-east-1" in found.summary
    assert found.address == "aws_sfn_state_machine.far"


def test_a_time_out_is_a_duration(sandbox: Sandbox, tmp_path: Path) -> None:
    text = QUEUE % ("hasty", 'timeouts {\n    create = "%s"\n  }')
    root = root_of(text % "soon", tmp_path, sandbox)
    [found] = root.failures("validate")
    assert found.summary == 'invalid duration "soon": write it as 90s, 10m or 1h30m'
    assert found.line == 6
    _rewritten(root, text % "1m30s").apply()
    assert root.state()["aws_sqs_queue.this"]["timeouts"] == {
        "create": "1m30s",
        "delete": None,
        "update": None,
    }
    assert root.plan() == {}
    root.destroy()


def _apply_until_some(
    root: Root, count: Callable[[], int], command: Sequence[str]
) -> subprocess.Popen[bytes]:
    with (root.directory / "output").open("wb") as output:
        process = subprocess.Popen(
            [*command, "apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=2"],
            cwd=root.directory,
            env=core.quiet_environment({**os.environ, **root.sandbox.environment}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 30
    while count() < 5:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_apply_cut_short_is_completed_by_a_second(
    sandbox: Sandbox, clients: Clients, tmp_path: Path, number: signal.Signals
) -> None:
    root = root_of(MANY, tmp_path, sandbox)
    process = _apply_until_some(root, lambda: len(_names(clients, "many-")), root.core.command)
    process.send_signal(number)
    assert process.wait(timeout=30) != 0
    there = len(_names(clients, "many-"))
    assert 5 <= there < 60
    if number == signal.SIGINT:
        assert len(root.state()) == there
    root.done("apply", "-auto-approve", "-parallelism=10")
    assert len(_names(clients, "many-")) == 60
    assert root.plan() == {}
    root.destroy()
    assert _names(clients, "many-") == []


def test_a_sandbox_killed_during_an_apply_leaves_the_state(tmp_path: Path) -> None:
    with supervisor.running() as first:
        root = root_of(MANY, tmp_path, first)
        with closing(first.client("sqs")) as sqs:
            process = _apply_until_some(root, lambda: len(_names(lambda _: sqs, "many-")), BY_US)
        os.kill(first.pid, signal.SIGKILL)
        assert process.wait(timeout=60) != 0
    output = (tmp_path / "output").read_text()
    assert "Plugin did not respond" in output
    assert "the sandbox doesn't answer; what was applied is in the state" in output
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert len(state["resources"][0]["instances"]) >= 3  # two of the five may have been under way
    with supervisor.running() as second:
        again = Root(root.directory, second, root.core)
        again.apply()
        assert len(again.state()) == 60
        assert again.plan() == {}


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_type_that_is_not_served_is_named_with_those_that_are(
    sandbox: Sandbox, tmp_path: Path, command: str
) -> None:
    text = 'resource "aws_instance" "this" {\n}\n\ndata "aws_instance" "this" {\n}\n'
    root = root_of(text, tmp_path, sandbox)
    program = core.Core(BY_US, "s-infra")
    outside = Root(tmp_path.parent, sandbox, program).run(f"-chdir={tmp_path}", command, "-no-color")
    assert outside.returncode == 1
    assert "Invalid resource type" in outside.stderr
    told = outside.stderr.partition("s-infra sandbox: aws_instance isn't carried out\n")[2].splitlines()
    assert told[0].startswith("  resources that are: aws_cloudwatch_")
    assert "aws_sqs_queue" in told[0]
    assert "aws_region" in told[1]
    assert root.run("validate").returncode == 1
