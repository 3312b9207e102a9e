"""Glue: Python-shell jobs, run for real. Everything else of the service is refused by name."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue import jobs, kept
from s_infra.sandbox.services.glue.jobs import Fields, GlueError
from s_infra.sandbox.services.glue.runs import ENDED, Run, Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response

logger = logging.getLogger(__name__)
CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.1"}
PAGE = 200


def install(base: Base) -> None:
    """Serve Glue in place of the base's, which runs no job as AWS does."""
    glue = Glue(base)
    base.keep_state("glue", glue.dump, glue.restore)
    base.add_service("glue", glue.handle, target_prefixes=["AWSGlue"], host_patterns=[r"glue\."])


class Glue:
    """Jobs and their runs."""

    def __init__(self, base: Base) -> None:
        self._lock = threading.RLock()
        self._jobs: dict[str, Fields] = {}
        self._runs: dict[str, list[Run]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._arn = f"arn:aws:glue:{base.region}:{base.account_id}:job/"
        self._put_event = base.put_aws_event("aws.glue")
        self._runner = Runner(base.client, base.endpoint, base.region, base.data_dir / "glue", self._changed)

    def dump(self) -> tuple[object, list[str]]:
        """Return jobs, runs and tags, and the names of the runs that end with the sandbox."""
        with self._lock:
            runs = {name: [kept.dumped(run) for run in of_job] for name, of_job in self._runs.items()}
            lost = [
                f"Glue job run {run.id} of {name}: it was running, and is FAILED now"
                for name, of_job in self._runs.items()
                for run in of_job
                if run.state not in ENDED
            ]
            return {"jobs": self._jobs, "runs": runs, "tags": self._tags}, lost

    def restore(self, content: Fields) -> None:
        """Take up what `dump` gave."""
        self._jobs.update(content["jobs"])
        self._tags.update(content["tags"])
        for name, runs in content["runs"].items():
            self._runs[name] = [kept.restored(fields) for fields in runs]

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        del method, path, query
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            if operation not in OPERATIONS:
                raise GlueError(
                    "InvalidInputException", f"s-infra sandbox: glue:{operation} isn't carried out"
                )
            given = _parsed(body)
            jobs.check(operation, given)
            with self._lock:
                answer = OPERATIONS[operation](self, given)
        except GlueError as error:
            content = {"__type": error.code, "Message": error.message}
            return 400, dict(CONTENT_TYPE), json.dumps(content).encode()
        return 200, dict(CONTENT_TYPE), json.dumps(answer).encode()

    def _create_job(self, given: Fields) -> Fields:
        fields = {key: value for key, value in given.items() if key not in ("Name", "Tags")}
        name = given.get("Name", "")
        if not name:
            raise GlueError("InvalidInputException", "Name is required")
        job = jobs.declared("CreateJob", fields)
        if name in self._jobs:
            raise GlueError("AlreadyExistsException", f"Job with name {name} already submitted")
        now = time.time()
        self._jobs[name] = {"Name": name, **job, "CreatedOn": now, "LastModifiedOn": now}
        self._runs[name] = []
        self._tags[self._arn + name] = dict(given.get("Tags") or {})
        return {"Name": name}

    def _update_job(self, given: Fields) -> Fields:
        job = self._job(given)
        # AWS replaces the whole definition by what is given.
        update = jobs.declared("UpdateJob", given.get("JobUpdate", {}))
        kept = {"Name": job["Name"], "CreatedOn": job["CreatedOn"]}
        self._jobs[job["Name"]] = {**update, **kept, "LastModifiedOn": time.time()}
        return {"JobName": job["Name"]}

    def _delete_job(self, given: Fields) -> Fields:
        name = given.get("JobName", "")
        for run in self._runs.pop(name, []):
            run.stopping.set()
        self._jobs.pop(name, None)
        self._tags.pop(self._arn + name, None)
        return {"JobName": name}

    def _get_jobs(self, given: Fields) -> Fields:
        return _page("Jobs", list(self._jobs.values()), given)

    def _list_jobs(self, given: Fields) -> Fields:
        return _page("JobNames", list(self._jobs), given)

    def _get_tags(self, given: Fields) -> Fields:
        return {"Tags": self._tags.get(given["ResourceArn"], {})}

    def _get_job(self, given: Fields) -> Fields:
        return {"Job": self._job(given)}

    def _start_job_run(self, given: Fields) -> Fields:
        job = self._job(given)
        for field in sorted(
            set(given) - {"JobName", "Arguments", "Timeout", "MaxCapacity", "JobRunQueuingEnabled"}
        ):
            raise jobs.refusal("StartJobRun", field)
        jobs.check_arguments("StartJobRun", given.get("Arguments") or {})
        runs = self._runs[job["Name"]]
        under_way = sum(run.state not in ENDED for run in runs)
        if under_way >= job["ExecutionProperty"]["MaxConcurrentRuns"]:
            message = f"Concurrent runs exceeded for {job['Name']}"
            raise GlueError("ConcurrentRunsExceededException", message)
        run = Run(
            id=f"jr_{secrets.token_hex(32)}",
            job=dict(job),
            arguments=jobs.run_arguments(job, given.get("Arguments") or {}),
            timeout_minutes=given.get("Timeout") or job["Timeout"],
            max_capacity=given.get("MaxCapacity") or job["MaxCapacity"],
        )
        runs.append(run)
        self._runner.start(run)
        return {"JobRunId": run.id}

    def _get_job_run(self, given: Fields) -> Fields:
        return {"JobRun": self._run(given["JobName"], given["RunId"]).described()}

    def _get_job_runs(self, given: Fields) -> Fields:
        runs = self._runs[self._job(given)["Name"]]
        return _page("JobRuns", [run.described() for run in reversed(runs)], given)

    def _batch_stop_job_run(self, given: Fields) -> Fields:
        done, errors = [], []
        for run_id in given.get("JobRunIds", []):
            identity = {"JobName": given["JobName"], "JobRunId": run_id}
            try:
                run = self._run(given["JobName"], run_id)
                if run.state in ENDED:
                    raise GlueError("InvalidInputException", f"Run {run_id} has ended: {run.state}")
            except GlueError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({**identity, "ErrorDetail": detail})
            else:
                run.stopping.set()
                done.append(identity)
        return {"SuccessfulSubmissions": done, "Errors": errors}

    def _tag_resource(self, given: Fields) -> Fields:
        self._tags.setdefault(given["ResourceArn"], {}).update(given["TagsToAdd"])
        return {}

    def _untag_resource(self, given: Fields) -> Fields:
        tags = self._tags.get(given["ResourceArn"], {})
        for key in given["TagsToRemove"]:
            tags.pop(key, None)
        return {}

    def _job(self, given: Fields) -> Fields:
        name = given.get("JobName", "")
        if name not in self._jobs:
            raise GlueError("EntityNotFoundException", f"Job {name} not found")
        return self._jobs[name]

    def _run(self, job_name: str, run_id: str) -> Run:
        for run in self._runs.get(job_name, []):
            if run.id == run_id:
                return run
        raise GlueError("EntityNotFoundException", f"JobRun {run_id} not found for job {job_name}")

    def _changed(self, run: Run) -> None:
        if run.state not in ENDED:
            return
        detail = {
            "jobName": run.job["Name"],
            "severity": "INFO" if run.state == "SUCCEEDED" else "ERROR",
            "state": run.state,
            "jobRunId": run.id,
            "message": run.error or "Job run succeeded",
        }
        self._put_event("Glue Job State Change", detail, self._arn + run.job["Name"])


OPERATIONS: Mapping[str, Callable[[Glue, Fields], Fields]] = {
    "CreateJob": Glue._create_job,
    "UpdateJob": Glue._update_job,
    "DeleteJob": Glue._delete_job,
    "GetJob": Glue._get_job,
    "GetJobs": Glue._get_jobs,
    "ListJobs": Glue._list_jobs,
    "StartJobRun": Glue._start_job_run,
    "GetJobRun": Glue._get_job_run,
    "GetJobRuns": Glue._get_job_runs,
    "BatchStopJobRun": Glue._batch_stop_job_run,
    "GetTags": Glue._get_tags,
    "TagResource": Glue._tag_resource,
    "UntagResource": Glue._untag_resource,
}


def _parsed(body: bytes) -> Fields:
    try:
        given: Fields = json.loads(body or b"{}")
    except ValueError as error:
        raise GlueError("SerializationException", f"The request is no JSON: {error}") from error
    return given


def _page(field: str, entries: list[Any], given: Fields) -> Fields:
    first = int(given.get("NextToken") or 0)
    size = min(given.get("MaxResults") or PAGE, PAGE)
    page: Fields = {field: entries[first : first + size]}
    if first + size < len(entries):
        page["NextToken"] = str(first + size)
    return page
