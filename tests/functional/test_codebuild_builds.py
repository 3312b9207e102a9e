"""Builds in the sandbox: sources, shells, bounds, and what is refused by name."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from builds_support import Clients, built, context, ended, log, phases, project, spec, statuses

from s_infra.runner import isolation
from s_infra.sandbox.access import Session
from s_infra.sandbox.services.codebuild.build import Build
from s_infra.sandbox.services.codebuild.running import Runner
from s_infra.sandbox.supervisor import Sandbox


def packed(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def test_a_source_is_unpacked_and_brings_its_buildspec(clients: Clients) -> None:
    commands = ["cat word", "cd /", "hello() { echo from a function; }", "hello", "pwd"]
    source = packed(**{"buildspec.yml": phases(build=commands), "word": "from the source\n"})
    clients("s3").create_bucket(Bucket="sources")
    clients("s3").put_object(Bucket="sources", Key="a/first.zip", Body=source)
    given = {"type": "S3", "location": "sources/a/none.zip"}
    codebuild = clients("codebuild")
    codebuild.create_project(**project("sourced", "", source=given))
    done = built(codebuild, "sourced", sourceLocationOverride="sources/a/first.zip")
    assert done["buildStatus"] == "SUCCEEDED", done["phases"]
    assert log(clients("logs"), done) == ["from the source", "from a function", "/"]
    # The folder of a prefix is a source, too.
    clients("s3").put_object(Bucket="sources", Key="b/buildspec.yml", Body=phases(build=["cat sub/x"]))
    clients("s3").put_object(Bucket="sources", Key="b/sub/x", Body=b"from a folder\n")
    done = built(codebuild, "sourced", sourceLocationOverride="sources/b/")
    assert log(clients("logs"), done) == ["from a folder"]
    absent = built(codebuild, "sourced")
    assert (absent["buildStatus"], statuses(absent)["DOWNLOAD_SOURCE"]) == ("FAILED", "FAILED")
    assert "INSTALL" not in statuses(absent)
    status, message = context(absent, "DOWNLOAD_SOURCE")
    assert status == "CLIENT_ERROR"
    assert "sources/a/none.zip" in message


def test_a_phase_ends_at_its_first_failure_and_what_is_final_is_still_done(clients: Clients) -> None:
    given = {
        "install": {"commands": ["set -e", "false", "echo never"], "finally": ["echo at the end"]},
        "build": {"commands": ["echo never"]},
    }
    codebuild = clients("codebuild")
    codebuild.create_project(**project("failing", spec(given)))
    done = built(codebuild, "failing")
    assert done["buildStatus"] == "FAILED"
    assert statuses(done)["INSTALL"] == "FAILED"
    assert not {"PRE_BUILD", "BUILD", "POST_BUILD"} & statuses(done).keys()
    assert log(clients("logs"), done) == ["at the end"]
    aborting = {"build": {"commands": ["exit 7"], "on-failure": "ABORT"}, "post_build": {"commands": ["pwd"]}}
    codebuild.update_project(name="failing", source={"type": "NO_SOURCE", "buildspec": spec(aborting)})
    done = built(codebuild, "failing")
    assert context(done, "BUILD")[1] == "Error while executing command: exit 7. Reason: exit status 7"
    assert "POST_BUILD" not in statuses(done)


def test_a_build_has_its_own_machine_but_for_the_programs(clients: Clients, tmp_path: Path) -> None:
    (tmp_path / "private").touch()
    commands = [
        f"test -e {tmp_path}/private && echo seen || echo hidden",
        "aws ecr get-login-password | wc -c | tr -d ' '",
        "aws sts get-caller-identity",
    ]
    codebuild = clients("codebuild")
    codebuild.create_project(**project("alone", phases(build=commands)))
    done = built(codebuild, "alone")
    lines = log(clients("logs"), done)
    assert lines[0] == ("hidden" if isolation.available() else "seen")
    assert int(lines[1]) > 10
    # What stands in for the AWS CLI says so, if this machine has none where a build would find it.
    assert "aws sts get-caller-identity isn't carried out" in lines[2] or "arn:aws" in " ".join(lines)


def test_the_same_token_is_the_same_build_and_a_limit_is_kept(clients: Clients) -> None:
    codebuild = clients("codebuild")
    codebuild.create_project(**project("bounded", phases(build=["sleep 60"]), concurrentBuildLimit=1))
    first = codebuild.start_build(projectName="bounded", idempotencyToken="one")["build"]["id"]
    again = codebuild.start_build(projectName="bounded", idempotencyToken="one")["build"]["id"]
    assert again == first
    with pytest.raises(codebuild.exceptions.InvalidInputException, match="do not match"):
        codebuild.start_build(projectName="bounded", idempotencyToken="one", timeoutInMinutesOverride=6)
    with pytest.raises(codebuild.exceptions.AccountLimitExceededException, match="more than 1 active"):
        codebuild.start_build(projectName="bounded", idempotencyToken="two")
    codebuild.stop_build(id=first)
    stopped = ended(codebuild, first)
    assert stopped["buildStatus"] == "STOPPED"
    codebuild.stop_build(id=codebuild.start_build(projectName="bounded")["build"]["id"])


@pytest.mark.parametrize("apart", [True, False], ids=["namespaces", "processes"])
def test_a_build_over_its_time_ends_with_all_that_it_started(
    sandbox: Sandbox, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    if not apart:
        monkeypatch.setattr(isolation, "available", lambda: False)
    # AWS's shortest time is five minutes, so the runner is given less by hand.
    commands = ["echo begun", "sleep 3217 & sleep 3217"]
    given = project("late", "", source={"type": "NO_SOURCE", "buildspec": phases(build=commands)})
    environment = {**given["environment"], "privilegedMode": False, "environmentVariables": []}
    given |= {
        "arn": "arn",
        "timeoutInMinutes": 0.05,
        "queuedTimeoutInMinutes": 5,
        "environment": environment,
        "encryptionKey": "k",
        "cache": {},
    }
    session = Session("arn:aws:iam::000000000000:role/builds", "arn", "test", "test", "token")
    changes: list[str] = []
    runner = Runner(
        clients,
        sandbox.endpoint,
        sandbox.region,
        "000000000000",
        tmp_path,
        lambda: None,
        lambda *_: session,
        lambda build: changes.append(build.status),
    )
    build = Build(
        1, f"late:0000000{int(apart)}-1", "arn:aws:codebuild:us-east-1:0:build/late", given, "me", "us-east-1"
    )
    build.begin("QUEUED")
    runner.start(build)
    deadline = time.monotonic() + 30
    while build.ended is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert build.status == "TIMED_OUT"
    (over,) = [one for one in build.phases if one.status == "TIMED_OUT"]
    assert over.contexts[0]["statusCode"] == "BUILD_TIMED_OUT"
    assert changes == ["IN_PROGRESS", "TIMED_OUT"]
    assert log(clients("logs"), build.described()) == ["begun"]
    while any("3217" in (one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"cache": {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]}}, "cache.type LOCAL"),
    ({"artifacts": {"type": "S3", "location": "b"}}, "artifacts.type S3"),
    ({"source": {"type": "GITHUB", "location": "https://github.com/a/b"}}, "source.type GITHUB"),
    ({"vpcConfig": {"vpcId": "vpc-1", "subnets": ["a"], "securityGroupIds": ["b"]}}, "vpcConfig"),
    (
        {"source": {"type": "NO_SOURCE", "buildspec": spec({"build": {}}, cache={"paths": ["x"]})}},
        "buildspec cache",
    ),
    (
        {"source": {"type": "NO_SOURCE", "buildspec": spec({"build": {"on-failure": "CONTINUE"}})}},
        "buildspec phases.build.on-failure CONTINUE",
    ),
    (
        {
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "golang:1.22",
                "computeType": "BUILD_GENERAL1_SMALL",
            }
        },
        "environment.image golang:1.22",
    ),
]


@pytest.mark.parametrize(("more", "named"), REFUSED, ids=[named for _, named in REFUSED])
def test_what_is_not_carried_out_is_refused_by_name(
    clients: Clients, more: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError) as refused:
        clients("codebuild").create_project(**{**project("refused", phases(build=["true"])), **more})
    told = refused.value.response["Error"]["Message"]
    assert told.startswith("s-infra sandbox: codebuild:CreateProject ")
    assert named in told


def test_a_privileged_build_needs_an_engine_and_its_project_does_not(clients: Clients) -> None:
    codebuild = clients("codebuild")
    given = project("engineless", phases(build=["true"]))
    given["environment"]["privilegedMode"] = True
    codebuild.create_project(**given)
    with pytest.raises(codebuild.exceptions.InvalidInputException, match="this sandbox has none") as refused:
        codebuild.start_build(projectName="engineless")
    assert "codebuild:StartBuild of engineless isn't carried out" in str(refused.value)
    # Without the engine it is a build like any other.
    done = built(codebuild, "engineless", privilegedModeOverride=False)
    assert done["buildStatus"] == "SUCCEEDED"


def test_a_build_s_beginning_and_end_are_events(clients: Clients) -> None:
    queue = clients("sqs").create_queue(QueueName="builds")["QueueUrl"]
    arn = clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]})
    clients("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    pattern = {"source": ["aws.codebuild"], "detail": {"project-name": ["told"]}}
    clients("events").put_rule(Name="builds", EventPattern=json.dumps(pattern))
    clients("events").put_targets(Rule="builds", Targets=[{"Id": "queue", "Arn": arn}])
    clients("codebuild").create_project(**project("told", phases(build=["false"])))
    done = built(clients("codebuild"), "told")
    found: list[Any] = []
    deadline = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < deadline:
        messages = clients("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
        found += [json.loads(one["Body"]) for one in messages]
    assert {one["detail-type"] for one in found} == {"CodeBuild Build State Change"}
    assert {one["detail"]["build-status"] for one in found} == {"IN_PROGRESS", "FAILED"}
    assert {one["detail"]["build-id"] for one in found} == {done["arn"]}


def test_a_region_s_client_is_all_it_takes(sandbox: Sandbox) -> None:
    codebuild = boto3.Session("test", "test", region_name=sandbox.region).client(
        "codebuild", endpoint_url=sandbox.endpoint
    )
    with pytest.raises(codebuild.exceptions.ResourceNotFoundException, match="Project cannot be found"):
        codebuild.start_build(projectName="nowhere")
    with pytest.raises(codebuild.exceptions.ResourceNotFoundException, match="Build cannot be found"):
        codebuild.stop_build(id="nowhere:1")
    codebuild.close()
