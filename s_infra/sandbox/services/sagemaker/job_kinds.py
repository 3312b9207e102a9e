"""What is alike in the operations on every kind of job: names that are taken, Describe, Stop and List."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing
from s_infra.sandbox.services.sagemaker.errors import SageMakerError, validation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.sagemaker.jobs import Job, Table
    from s_infra.sandbox.services.sagemaker.service import SageMaker


def _as_kept(service: SageMaker, job: Job) -> dict[str, Any]:
    del service
    return job.describe()


@dataclass(frozen=True)
class JobKind:
    """A kind of job.

    `prefix` begins its fields (`TrainingJob`), `word` is what AWS's messages call it (`training job`),
    `summary` the fields that List gives of one, `absent` the error for a name that there isn't, and
    `described` makes what Describe answers.
    """

    prefix: str
    word: str
    table: Callable[[SageMaker], Table[Job]]
    summary: tuple[str, ...]
    absent: Callable[[str], SageMakerError]
    called: str = "Job name"
    described: Callable[[SageMaker, Job], dict[str, Any]] = _as_kept

    def refuse_taken(self, service: SageMaker, name: str) -> None:
        """Refuse a name that a job has.

        Raises:
            SageMakerError: ResourceInUse.
        """
        if (existing := self.table(service).get(name)) is not None:
            raise self._taken(existing.arn)

    def add(self, service: SageMaker, job: Job) -> None:
        """Keep a new job.

        Raises:
            SageMakerError: ResourceInUse; another request was faster.
        """
        if not self.table(service).add(job.name, job):
            raise self._taken(job.arn)

    def _taken(self, arn: str) -> SageMakerError:
        return SageMakerError(
            "ResourceInUse",
            f"{self.called} must be unique within an AWS account and region, "
            f"and a {self.word} with this name already exists ({arn})",
        )

    def find(self, service: SageMaker, request: Mapping[str, Any]) -> Job:
        """Return the job that a request names.

        Raises:
            SageMakerError: there is none.
        """
        name = request[f"{self.prefix}Name"]
        job = self.table(service).get(name)
        if job is None:
            raise self.absent(name)
        return job

    def describe(self, service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
        """Answer Describe."""
        return self.described(service, self.find(service, request))

    def stop(self, service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
        """Answer Stop."""
        job = self.find(service, request)
        if job.wait(0):
            raise validation(
                f"The request was rejected because the {self.word} is in status {job.status}. "
                "Only InProgress jobs can be stopped."
            )
        job.request_stop()
        return {}

    def list(self, service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
        """Answer List."""
        described = [self.described(service, job) for job in self.table(service).all()]
        found = listing.matching(described, request, self.prefix)
        keys = {
            "Name": lambda item: item[f"{self.prefix}Name"],
            "CreationTime": lambda item: item["CreationTime"],
            "Status": lambda item: item[f"{self.prefix}Status"],
        }
        ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
        summaries = [listing.kept(item, *self.summary) for item in ordered]
        return listing.page(summaries, request, f"{self.prefix}Summaries")


def could_not_find(name: str) -> SageMakerError:
    """Return the error that Describe and Stop of some kinds give for a name that there isn't."""
    return validation(f"Could not find requested job with name: {name}")
