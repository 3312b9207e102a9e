"""CodeBuild's projects and builds as modules and the helper use them, on the sandbox or on AWS."""

from __future__ import annotations

from typing import Any

import pytest
from builds_support import context, phases, project, spec, statuses
from cloud_support import Cloud, code

WRITES_LOG = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
}


def made(cloud: Cloud, buildspec: str, **more: Any) -> str:
    role = cloud.role("codebuild", {**WRITES_LOG, "Resource": "*"})
    codebuild, name = cloud.client("codebuild"), cloud.name()
    # Last of all: a build makes it.
    cloud.later(cloud.client("logs").delete_log_group, logGroupName=f"/aws/codebuild/{name}")
    cloud.once_allowed(codebuild.create_project, **project(name, buildspec, serviceRole=role, **more))
    cloud.later(codebuild.delete_project, name=name)
    return name


def ended(cloud: Cloud, identity: str) -> dict[str, Any]:
    def build() -> dict[str, Any] | None:
        (found,) = cloud.client("codebuild").batch_get_builds(ids=[identity])["builds"]
        return dict(found) if found["buildComplete"] else None

    found: dict[str, Any] = cloud.until(build, 300)
    return found


@pytest.mark.parity(
    "codebuild:CreateProject", "codebuild:UpdateProject", "codebuild:BatchGetProjects",
    "codebuild:ListProjects", "codebuild:DeleteProject",
)  # fmt: skip
def test_a_project_is_kept_changed_and_deleted(cloud: Cloud) -> None:
    codebuild = cloud.client("codebuild")
    name = made(cloud, phases(build=["true"]), timeoutInMinutes=5, tags=[{"key": "a", "value": "1"}])

    def told() -> dict[str, Any]:
        (found,) = codebuild.batch_get_projects(names=[name])["projects"]
        return dict(found)

    first = told()
    assert first["arn"].endswith(f":project/{name}")
    assert (first["timeoutInMinutes"], first["queuedTimeoutInMinutes"]) == (5, 480)
    assert first["encryptionKey"].endswith(":alias/aws/s3")
    assert first["environment"]["privilegedMode"] is False
    assert first["tags"] == [{"key": "a", "value": "1"}]
    pages = codebuild.get_paginator("list_projects").paginate(sortBy="NAME", sortOrder="ASCENDING")
    assert name in [one for page in pages for one in page["projects"]]
    codebuild.update_project(name=name, timeoutInMinutes=6)
    changed = told()
    # What isn't told is left as it was.
    assert (changed["timeoutInMinutes"], changed["source"]) == (6, first["source"])
    again = project(name, phases(build=["true"]), serviceRole=first["serviceRole"])
    assert code(codebuild.create_project, **again) == "ResourceAlreadyExistsException"
    assert (
        code(codebuild.update_project, name=name, source={"type": "S3", "location": "none"})
        == "InvalidInputException"
    )
    codebuild.delete_project(name=name)
    answer = codebuild.batch_get_projects(names=[name])
    assert (answer["projects"], answer["projectsNotFound"]) == ([], [name])
    assert code(codebuild.start_build, projectName=name) == "ResourceNotFoundException"


@pytest.mark.parity(
    "codebuild:StartBuild",
    "codebuild:BatchGetBuilds",
    "codebuild:ListBuildsForProject",
    "codebuild:StopBuild",
)
def test_a_build_runs_its_phases_fails_and_is_stopped(cloud: Cloud) -> None:
    codebuild = cloud.client("codebuild")
    commands = {
        "pre_build": {"commands": ["cd /", "WHO=world", 'test "$GREETING" != slow || sleep 600']},
        "build": {"commands": ['RESULT="$GREETING $WHO in $(pwd)"', 'test "$GREETING" = hello']},
        "post_build": {"commands": ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"']},
    }
    env = {"variables": {"GREETING": "nobody"}, "exported-variables": ["RESULT"]}
    name = made(cloud, spec(commands, env=env))

    def start(greeting: str) -> str:
        variables = [{"name": "GREETING", "value": greeting}]
        answer = codebuild.start_build(projectName=name, environmentVariablesOverride=variables)
        return str(answer["build"]["id"])

    good = ended(cloud, start("hello"))
    assert (good["buildStatus"], good["buildNumber"]) == ("SUCCEEDED", 1)
    assert good["exportedEnvironmentVariables"] == [{"name": "RESULT", "value": "hello world in /"}]
    assert set(statuses(good).values()) == {"SUCCEEDED"}
    assert good["logs"]["groupName"] == f"/aws/codebuild/{name}"
    bad = ended(cloud, start("bye"))
    assert bad["buildStatus"] == "FAILED"
    assert statuses(bad)["BUILD"] == "FAILED"
    # What failed in BUILD can still be told of in POST_BUILD.
    assert statuses(bad)["POST_BUILD"] == "SUCCEEDED"
    status, message = context(bad, "BUILD")
    assert status == "COMMAND_EXECUTION_ERROR"
    assert message.startswith(
        'Error while executing command: test "$GREETING" = hello. Reason: exit status 1'
    )
    slow = start("slow")
    cloud.until(
        lambda: codebuild.batch_get_builds(ids=[slow])["builds"][0]["currentPhase"] == "PRE_BUILD", 300
    )
    codebuild.stop_build(id=slow)
    assert ended(cloud, slow)["buildStatus"] == "STOPPED"
    ids = codebuild.list_builds_for_project(projectName=name)["ids"]
    assert ids == [slow, bad["id"], good["id"]]
    codebuild.delete_project(name=name)
    # A project's builds outlive it.
    assert len(codebuild.batch_get_builds(ids=ids)["builds"]) == 3
    assert codebuild.batch_get_builds(ids=[f"{name}:none"])["buildsNotFound"] == [f"{name}:none"]
