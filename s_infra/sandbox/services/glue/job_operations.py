"""The operations on jobs and their runs."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue import jobs, kept
from s_infra.sandbox.services.glue.errors import GlueError, exists, invalid, not_found, refusal
from s_infra.sandbox.services.glue.pages import page
from s_infra.sandbox.services.glue.runs import ENDED, Run, Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.glue.jobs import Fields

START_FIELDS = frozenset({"JobName", "Arguments", "Timeout", "MaxCapacity", "JobRunQueuingEnabled"})
START_SPARK_FIELDS = frozenset(
    {"JobName", "Arguments", "Timeout", "JobRunQueuingEnabled", "WorkerType", "NumberOfWorkers"}
    | {"ExecutionClass"}
)


class Jobs:
    """Jobs and their runs. The service's lock is held while an operation is carried out."""

    def __init__(self, base: Base, tags: dict[str, dict[str, str]]) -> None:
        self._jobs: dict[str, Fields] = {}
        self._runs: dict[str, list[Run]] = {}
        self._tags = tags
        self._arn = f"arn:aws:glue:{base.region}:{base.account_id}:job/"
        self._put_event = base.put_aws_event("aws.glue")
        self._runner = Runner(
            base.client,
            base.endpoint,
            base.region,
            base.data_dir / "glue",
            self._changed,
            base.sessions.of,
            base.faults.started,
        )

    def dump(self) -> tuple[dict[str, Any], list[str]]:
        """Return jobs and runs, and the names of the runs that end with the sandbox."""
        runs = {name: [kept.dumped(run) for run in of_job] for name, of_job in self._runs.items()}
        lost = [
            f"Glue job run {run.id} of {name}: it was running, and is FAILED now"
            for name, of_job in self._runs.items()
            for run in of_job
            if run.state not in ENDED
        ]
        return {"jobs": self._jobs, "runs": runs}, lost

    def restore(self, content: Fields) -> None:
        """Take up what `dump` gave."""
        self._jobs.update(content["jobs"])
        for name, runs in content["runs"].items():
            self._runs[name] = [kept.restored(fields) for fields in runs]

    def create_job(self, given: Fields) -> Fields:
        """Carry out CreateJob."""
        fields = {key: value for key, value in given.items() if key not in ("Name", "Tags")}
        name = given.get("Name", "")
        if not name:
            raise invalid("Name is required")
        job = jobs.declared("CreateJob", fields)
        if name in self._jobs:
            raise exists(f"Job with name {name} already submitted")
        now = time.time()
        self._jobs[name] = {"Name": name, **job, "CreatedOn": now, "LastModifiedOn": now}
        self._runs[name] = []
        self._tags[self._arn + name] = dict(given.get("Tags") or {})
        return {"Name": name}

    def update_job(self, given: Fields) -> Fields:
        """Carry out UpdateJob: AWS replaces the whole definition by what is given."""
        job = self._job(given)
        update = jobs.declared("UpdateJob", given.get("JobUpdate", {}))
        fixed = {"Name": job["Name"], "CreatedOn": job["CreatedOn"]}
        self._jobs[job["Name"]] = {**update, **fixed, "LastModifiedOn": time.time()}
        return {"JobName": job["Name"]}

    def delete_job(self, given: Fields) -> Fields:
        """Carry out DeleteJob; its runs are stopped."""
        name = given.get("JobName", "")
        for run in self._runs.pop(name, []):
            run.stopping.set()
        self._jobs.pop(name, None)
        self._tags.pop(self._arn + name, None)
        return {"JobName": name}

    def get_jobs(self, given: Fields) -> Fields:
        """Carry out GetJobs."""
        return page("Jobs", list(self._jobs.values()), given)

    def list_jobs(self, given: Fields) -> Fields:
        """Carry out ListJobs."""
        return page("JobNames", list(self._jobs), given)

    def get_job(self, given: Fields) -> Fields:
        """Carry out GetJob."""
        return {"Job": self._job(given)}

    def start_job_run(self, given: Fields) -> Fields:
        """Carry out StartJobRun."""
        job = self._job(given)
        kind = job["Command"]["Name"]
        for field in sorted(set(given) - (START_SPARK_FIELDS if kind == jobs.SPARK else START_FIELDS)):
            raise refusal("StartJobRun", field)
        jobs.check_arguments("StartJobRun", kind, given.get("Arguments") or {})
        runs = self._runs[job["Name"]]
        under_way = sum(run.state not in ENDED for run in runs)
        if under_way >= job["ExecutionProperty"]["MaxConcurrentRuns"]:
            message = f"Concurrent runs exceeded for {job['Name']}"
            raise GlueError("ConcurrentRunsExceededException", message)
        own = jobs.workers("StartJobRun", given, job) if kind == jobs.SPARK else {}
        if given.get("ExecutionClass"):
            own["ExecutionClass"] = given["ExecutionClass"]
        run = Run(
            id=f"jr_{secrets.token_hex(32)}",
            job={**job, **own},
            arguments=jobs.run_arguments(job, given.get("Arguments") or {}),
            timeout_minutes=given.get("Timeout") or job["Timeout"],
            max_capacity=own.get("MaxCapacity") or given.get("MaxCapacity") or job["MaxCapacity"],
        )
        runs.append(run)
        self._runner.start(run)
        return {"JobRunId": run.id}

    def get_job_run(self, given: Fields) -> Fields:
        """Carry out GetJobRun."""
        return {"JobRun": self._run(given["JobName"], given["RunId"]).described()}

    def get_job_runs(self, given: Fields) -> Fields:
        """Carry out GetJobRuns, the last one first."""
        runs = self._runs[self._job(given)["Name"]]
        return page("JobRuns", [run.described() for run in reversed(runs)], given)

    def batch_stop_job_run(self, given: Fields) -> Fields:
        """Carry out BatchStopJobRun."""
        done, errors = [], []
        for run_id in given.get("JobRunIds", []):
            identity = {"JobName": given["JobName"], "JobRunId": run_id}
            try:
                run = self._run(given["JobName"], run_id)
                if run.state in ENDED:
                    raise invalid(f"Run {run_id} has ended: {run.state}")
            except GlueError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({**identity, "ErrorDetail": detail})
            else:
                run.stopping.set()
                done.append(identity)
        return {"SuccessfulSubmissions": done, "Errors": errors}

    def _job(self, given: Fields) -> Fields:
        name = given.get("JobName", "")
        if name not in self._jobs:
            raise not_found(f"Job {name} not found")
        return self._jobs[name]

    def _run(self, job_name: str, run_id: str) -> Run:
        for run in self._runs.get(job_name, []):
            if run.id == run_id:
                return run
        raise not_found(f"JobRun {run_id} not found for job {job_name}")

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


OPERATIONS: Mapping[str, Callable[[Jobs, Fields], Fields]] = {
    "CreateJob": Jobs.create_job,
    "UpdateJob": Jobs.update_job,
    "DeleteJob": Jobs.delete_job,
    "GetJob": Jobs.get_job,
    "GetJobs": Jobs.get_jobs,
    "ListJobs": Jobs.list_jobs,
    "StartJobRun": Jobs.start_job_run,
    "GetJobRun": Jobs.get_job_run,
    "GetJobRuns": Jobs.get_job_runs,
    "BatchStopJobRun": Jobs.batch_stop_job_run,
}
