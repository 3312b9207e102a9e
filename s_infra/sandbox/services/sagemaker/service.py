"""The service's state and what its operations share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from s_infra.runner.image import Images
from s_infra.sandbox.access import acting, acting_in
from s_infra.sandbox.services.sagemaker.errors import validation
from s_infra.sandbox.services.sagemaker.jobs import Job, Table
from s_infra.sandbox.services.sagemaker.notices import Notices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.sagemaker.endpoint import Endpoint


class SageMaker:
    """Jobs and models of one sandbox. Jobs run in threads of their own; their files lie below `directory`."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.directory: Path = base.data_dir / "sagemaker"
        self.images = Images(self.directory / "images", base.endpoint, base.client, base.engine)
        self.training_jobs: Table[Job] = Table()
        self.tuning_jobs: Table[Job] = Table()
        self.transform_jobs: Table[Job] = Table()
        self.processing_jobs: Table[Job] = Table()
        self.models: Table[dict[str, Any]] = Table()
        self.model_package_groups: Table[dict[str, Any]] = Table()
        self.model_packages: Table[dict[str, Any]] = Table()
        self.endpoint_configs: Table[dict[str, Any]] = Table()
        self.endpoints: Table[Endpoint] = Table()
        self.tags: dict[str, dict[str, str]] = {}
        self.notices = Notices(base.put_aws_event("aws.sagemaker"))

    def arn(self, resource: str, name: str) -> str:
        """Return the ARN of a resource (`training-job`) of the sandbox's account."""
        return f"arn:aws:sagemaker:{self.base.region}:{self.base.account_id}:{resource}/{name}"

    def keep_tags(self, arn: str, request: Mapping[str, Any]) -> None:
        """Remember the tags that a resource was made with."""
        self.tags[arn] = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}

    def spawn(self, work: Callable[[Any], None], subject: Job, role: str | None = None) -> None:
        """Do `work(subject)` in a thread of its own and in a role, its own one if none is given.

        EventBridge is told how it goes.
        """
        subject.listen(lambda description: self._tell(subject, description))
        described = subject.describe()
        # A tuning job's role is its trials'.
        own = described.get("TrainingJobDefinition", described)
        run = self.in_role(role or own["RoleArn"], work)
        threading.Thread(target=run, args=(subject,), name=subject.name, daemon=True).start()

    def in_role(self, role: str, work: Callable[..., None]) -> Callable[..., None]:
        """Return `work` as something that is done in a role of the account's."""

        def run(*arguments: Any) -> None:
            with acting_in(self.base.sessions.of(role, "sagemaker", "SageMaker")):
                work(*arguments)

        return run

    def _tell(self, job: Job, description: dict[str, Any]) -> None:
        from s_infra.sandbox.services.sagemaker import tuning_run

        def more() -> dict[str, Any]:
            return tuning_run.progress(self, job) if job.kind == "HyperParameterTuningJob" else {}

        self.notices.job(job, description, dict(self.tags.get(job.arn, {})), more)

    def network(self, isolated: bool) -> dict[str, Any]:
        """Return what a container may reach, nothing or the sandbox's endpoint, as variables and a port."""
        region = {"AWS_REGION": self.base.region}
        if isolated:
            return {"variables": region, "port": None}
        from s_infra.sandbox import environment

        session = acting()
        keys = session.variables if session else {}
        return {
            "variables": {**region, **environment.standard(self.base.endpoint, self.base.region), **keys},
            "port": self.base.port,
        }

    def forget(self) -> None:
        """Stop all jobs and forget everything."""
        tables = (self.tuning_jobs, self.training_jobs, self.transform_jobs, self.processing_jobs)
        jobs = [job for table in tables for job in table.all()]
        for job in jobs:
            job.request_stop()
        for endpoint in self.endpoints.all():
            endpoint.forget()
        made = (self.endpoints, self.endpoint_configs, self.models)
        for table in (*tables, *made, self.model_packages, self.model_package_groups):
            table.clear()
        self.tags.clear()


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of an `s3://` address.

    Raises:
        SageMakerError: it isn't one.
    """
    parts = urlsplit(uri, allow_fragments=False)
    if parts.scheme != "s3" or not parts.netloc:
        raise validation(f"1 validation error detected: '{uri}' is not a valid S3 URI")
    # A key may hold a question mark, which an address would end at.
    return parts.netloc, uri.removeprefix(f"s3://{parts.netloc}").removeprefix("/")
