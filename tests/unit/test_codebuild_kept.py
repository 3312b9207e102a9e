"""What of builds outlives a stop, and what EventBridge is told of them."""

from __future__ import annotations

import json

from builds_support import project

from s_infra.sandbox.services.codebuild import events, kept
from s_infra.sandbox.services.codebuild.build import Build


def build() -> Build:
    given = project("one", "version: 0.2\n", encryptionKey="key", cache={}, timeoutInMinutes=60)
    given |= {"queuedTimeoutInMinutes": 480, "arn": "arn:aws:codebuild:us-east-1:000000000000:project/one"}
    given["environment"] |= {"privilegedMode": False, "environmentVariables": []}
    arn = "arn:aws:codebuild:us-east-1:000000000000:build/one:1"
    made = Build(7, "one:1", arn, given, "root", "us-east-1", started=1504282349.0)
    made.begin("SUBMITTED")
    made.end("SUCCEEDED")
    made.begin("BUILD")
    return made


def test_a_build_that_had_ended_is_told_as_before() -> None:
    made = build()
    made.end("FAILED", "COMMAND_EXECUTION_ERROR", "it failed")
    made.begin("COMPLETED")
    made.status, made.ended, made.exported = "FAILED", 1504282400.0, {"A": "b"}
    assert kept.restored(json.loads(json.dumps(kept.dumped(made)))).described() == made.described()


def test_a_build_under_way_has_failed_and_says_why() -> None:
    told = kept.restored(json.loads(json.dumps(kept.dumped(build())))).described()
    assert (told["buildStatus"], told["buildComplete"], told["currentPhase"]) == ("FAILED", True, "COMPLETED")
    assert told["phases"][1]["phaseStatus"] == "FAILED"
    assert "was stopped while the build was running" in told["phases"][1]["contexts"][0]["message"]


def test_an_event_has_what_rules_go_by() -> None:
    made = build()
    made.end("FAILED", "COMMAND_EXECUTION_ERROR", "it failed")
    detail = events.state_change(made)
    assert (detail["project-name"], detail["build-id"], detail["version"]) == ("one", made.arn, "1")
    assert (detail["current-phase"], detail["build-status"]) == ("BUILD", "IN_PROGRESS")
    assert detail["current-phase-context"] == "[COMMAND_EXECUTION_ERROR: it failed]"
    more = detail["additional-information"]
    assert (more["build-complete"], more["build-start-time"]) == (False, "Sep 1, 2017 4:12:29 PM")
    assert [one["phase-status"] for one in more["phases"]] == ["SUCCEEDED", "FAILED"]
    assert more["environment"]["privileged-mode"] is False
