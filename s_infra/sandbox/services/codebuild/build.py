"""One build: what it was started with, its phases, how it ended."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

IN_PROGRESS, SUCCEEDED, FAILED = "IN_PROGRESS", "SUCCEEDED", "FAILED"
STOPPED, TIMED_OUT, FAULT = "STOPPED", "TIMED_OUT", "FAULT"
COMPLETED = "COMPLETED"
# What contexts say; the codes are AWS's.
COMMAND_ERROR, YAML_ERROR, CLIENT_ERROR = "COMMAND_EXECUTION_ERROR", "YAML_FILE_ERROR", "CLIENT_ERROR"
TIMED_OUT_ERROR = "BUILD_TIMED_OUT"
GROUP = "/aws/codebuild/"


@dataclass
class Phase:
    """A phase; times are in seconds since 1970."""

    kind: str
    started: float
    ended: float | None = None
    status: str = IN_PROGRESS
    contexts: list[dict[str, str]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """Return the phase as BatchGetBuilds does; the last one, COMPLETED, never ends."""
        told: dict[str, Any] = {"phaseType": self.kind, "startTime": self.started}
        if self.kind == COMPLETED:
            return told
        told |= {"phaseStatus": self.status}
        if self.ended is not None:
            told |= {"endTime": self.ended, "durationInSeconds": int(self.ended - self.started)}
            told["contexts"] = self.contexts or [{"statusCode": "", "message": ""}]
        return told


@dataclass
class Build:
    """A build of a project as it was when it started. Its thread writes it; `stop` asks for its end."""

    number: int
    id: str
    arn: str
    project: dict[str, Any]
    initiator: str
    region: str
    token: str | None = None
    request: str = ""
    started: float = field(default_factory=time.time)
    ended: float | None = None
    status: str = IN_PROGRESS
    phases: list[Phase] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event, compare=False)

    @property
    def unique(self) -> str:
        """The part of the id after the project's name."""
        return self.id.rpartition(":")[2]

    @property
    def timeout_s(self) -> float:
        """After how many seconds it is ended."""
        return float(self.project["timeoutInMinutes"]) * 60

    @property
    def log(self) -> tuple[str, str]:
        """The group and the stream of its log."""
        given = self.project.get("logsConfig", {}).get("cloudWatchLogs", {})
        group = given.get("groupName") or f"{GROUP}{self.project['name']}"
        prefix = given.get("streamName")
        return group, f"{prefix}/{self.unique}" if prefix else self.unique

    def begin(self, kind: str) -> Phase:
        """Begin a phase."""
        phase = Phase(kind, time.time())
        self.phases.append(phase)
        return phase

    def end(self, status: str, code: str = "", message: str = "") -> None:
        """End the phase that is going on; of none, it is the commands that couldn't be begun."""
        phase = self.begin("INSTALL") if self.phases[-1].ended else self.phases[-1]
        phase.status, phase.ended = status, time.time()
        if code:
            phase.contexts = [{"statusCode": code, "message": message}]

    def described(self) -> dict[str, Any]:
        """Return the build as BatchGetBuilds does."""
        project, (group, stream) = self.project, self.log
        account = self.arn.split(":")[4]
        log_arn = f"arn:aws:logs:{self.region}:{account}:log-group:{group}:log-stream:{stream}"
        logs = {
            "groupName": group,
            "streamName": stream,
            "deepLink": f"https://console.aws.amazon.com/cloudwatch/home?region={self.region}#logsV2:log-groups"
            f"/log-group/{_escaped(group)}/log-events/{_escaped(stream)}",
            "cloudWatchLogsArn": log_arn,
            "cloudWatchLogs": project.get("logsConfig", {}).get("cloudWatchLogs", {"status": "ENABLED"}),
            "s3Logs": {"status": "DISABLED", "encryptionDisabled": False},
        }
        told = {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started,
            "endTime": self.ended,
            "currentPhase": self.phases[-1].kind,
            "buildStatus": self.status,
            "projectName": project["name"],
            "phases": [phase.described() for phase in self.phases],
            "source": project["source"],
            "artifacts": {"location": ""},
            "cache": project["cache"],
            "environment": project["environment"],
            "serviceRole": project["serviceRole"],
            "logs": logs,
            "timeoutInMinutes": project["timeoutInMinutes"],
            "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
            "buildComplete": self.ended is not None,
            "initiator": self.initiator,
            "encryptionKey": project["encryptionKey"],
            "exportedEnvironmentVariables": [
                {"name": name, "value": value} for name, value in self.exported.items()
            ],
        }
        return {name: value for name, value in told.items() if value is not None}


def _escaped(text: str) -> str:
    return text.replace("/", "$252F")
