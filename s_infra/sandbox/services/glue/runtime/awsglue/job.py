"""A job's bracket. It keeps nothing: a job that asks for bookmarks is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .context import GlueContext


class Job:
    """What a script opens with `init` and closes with `commit`."""

    def __init__(self, glue_context: GlueContext) -> None:
        self.glue_ctx = glue_context
        self._name: str | None = None

    def init(self, job_name: str, args: dict[str, Any] | None = None) -> None:
        """Begin the job."""
        del args
        self._name = job_name

    def isInitialized(self) -> bool:  # noqa: N802 - Glue's name
        """Tell whether `init` was called."""
        return self._name is not None

    def commit(self) -> None:
        """End the job. Raises RuntimeError before `init`."""
        if self._name is None:
            raise RuntimeError("Job.commit() was called before Job.init()")
