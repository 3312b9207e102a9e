"""What of each operation is carried out, by its fields; anything else is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.carried import Fields, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES = ("NO_SOURCE", "S3")
# What stands in for the images of both kinds is this machine itself, as each build's log says.
KINDS = ("LINUX_CONTAINER", "ARM_CONTAINER")
# The key's name is kept and given back, as everywhere in the sandbox; so is the size of a machine.
PROJECT = fields(
    "name description serviceRole timeoutInMinutes queuedTimeoutInMinutes encryptionKey tags "
    "concurrentBuildLimit source.location source.buildspec environment.image environment.computeType "
    "environment.environmentVariables.name environment.environmentVariables.value "
    "environment.privilegedMode logsConfig.cloudWatchLogs.groupName logsConfig.cloudWatchLogs.streamName",
    source__type=SOURCES,
    source__gitCloneDepth=(0,),
    source__insecureSsl=(False,),
    source__reportBuildStatus=(False,),
    artifacts__type=("NO_ARTIFACTS",),
    artifacts__encryptionDisabled=(False,),
    artifacts__overrideArtifactName=(False,),
    cache__type=("NO_CACHE",),
    environment__type=KINDS,
    environment__environmentVariables__type=("PLAINTEXT",),
    environment__imagePullCredentialsType=("CODEBUILD",),
    logsConfig__cloudWatchLogs__status=("ENABLED",),
    logsConfig__s3Logs__status=("DISABLED",),
    logsConfig__s3Logs__encryptionDisabled=(False,),
    badgeEnabled=(False,),
    autoRetryLimit=(0,),
)
CARRIED: Mapping[str, Fields] = {
    "CreateProject": PROJECT,
    "UpdateProject": PROJECT,
    "DeleteProject": fields("name"),
    "BatchGetProjects": fields("names"),
    "ListProjects": fields("nextToken", sortBy=("NAME",), sortOrder=("ASCENDING",)),
    "StartBuild": fields(
        "projectName idempotencyToken sourceLocationOverride buildspecOverride timeoutInMinutesOverride "
        "privilegedModeOverride environmentVariablesOverride.name environmentVariablesOverride.value",
        sourceTypeOverride=SOURCES,
        environmentVariablesOverride__type=("PLAINTEXT",),
    ),
    "StopBuild": fields("id"),
    "BatchGetBuilds": fields("ids"),
    "ListBuildsForProject": fields("projectName sortOrder nextToken"),
}
