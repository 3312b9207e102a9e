"""CodeBuild: projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State
    from s_infra.sandbox.provider.session import Session

UNLIMITED = -1


def _taken_back(session: Session, operation: str, state: State) -> Mapping[str, Any]:
    """Take a limit back that isn't set any more, as AWS wants it said."""
    del session
    taken = operation == "UpdateProject" and not state.get("concurrent_build_limit")
    return {"concurrentBuildLimit": UNLIMITED} if taken else {}


RESOURCES = {
    "aws_codebuild_project": Resource(
        service="codebuild",
        id="{arn}",
        import_ids=("{name}", "{arn}"),
        create=(Call("CreateProject", returns={"arn": "project.arn"}),),
        read=(Read("BatchGetProjects", at="projects.0"),),
        update=(Call("UpdateProject"),),
        delete=(Call("DeleteProject"),),
        arguments=_taken_back,
        names={
            "name": ("name", "names"),
            "build_timeout": "timeoutInMinutes",
            "queued_timeout": "queuedTimeoutInMinutes",
            "environment.environment_variable": "environmentVariables",
            "logs_config.cloudwatch_logs": "cloudWatchLogs",
        },
        defaults={
            "badge_enabled": False,
            "build_timeout": 60,
            "queued_timeout": 480,
            "project_visibility": "PRIVATE",
            "environment.privileged_mode": False,
            "environment.image_pull_credentials_type": "CODEBUILD",
            "environment.environment_variable.type": "PLAINTEXT",
            "logs_config.cloudwatch_logs.status": "ENABLED",
        },
        filled=("cache",),
        replace=("name",),
        tags=Tags("", "UpdateProject", "UpdateProject"),
    ),
}
