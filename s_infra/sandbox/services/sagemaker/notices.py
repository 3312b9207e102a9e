"""SageMaker's events on EventBridge: each change of a job's, a model package's or an endpoint's state.

Source: "Events that SageMaker sends to EventBridge" in the developer guide.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.services.sagemaker.jobs import Job

LOG = logging.getLogger(__name__)
DETAIL_TYPES = {
    "TrainingJob": "SageMaker Training Job State Change",
    "HyperParameterTuningJob": "SageMaker HyperParameter Tuning Job State Change",
    "TransformJob": "SageMaker Transform Job State Change",
    "ProcessingJob": "SageMaker Processing Job State Change",
}
MODEL_PACKAGE = "SageMaker Model Package State Change"
ENDPOINT = "SageMaker Endpoint State Change"


class Notices:
    """One thread that puts events on the default bus in their order; nobody waits for a rule's target."""

    def __init__(self, put: Callable[[str, dict[str, Any], str], None]) -> None:
        self._put = put
        self._queue: queue.SimpleQueue[tuple[str, Callable[[], dict[str, Any]], str]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="sagemaker-events", daemon=True).start()

    def job(
        self, job: Job, description: dict[str, Any], tags: dict[str, str], more: Callable[[], dict[str, Any]]
    ) -> None:
        """Tell of a job as it is described now; `more` is asked later, without a lock of the job's."""

        def detail() -> dict[str, Any]:
            changed: dict[str, Any] = in_milliseconds({**description, **more()})
            return {**changed, "Tags": tags}

        self._queue.put((DETAIL_TYPES[job.kind], detail, str(description[f"{job.kind}Arn"])))

    def model_package(self, description: dict[str, Any]) -> None:
        """Tell of a model package's new state."""
        detail = in_text(description)
        self._queue.put((MODEL_PACKAGE, lambda: detail, str(description["ModelPackageArn"])))

    def endpoint(self, description: dict[str, Any], tags: dict[str, str]) -> None:
        """Tell of an endpoint's new status, which these events write as `IN_SERVICE`."""
        status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", description["EndpointStatus"]).upper()
        detail = in_milliseconds({**description, "EndpointStatus": status, "Tags": tags})
        self._queue.put((ENDPOINT, lambda: detail, str(description["EndpointArn"])))

    def _work(self) -> None:
        while True:
            kind, detail, arn = self._queue.get()
            try:
                self._put(kind, detail(), arn)
            except Exception:
                # A target's failure; the events after it still have to go out.
                LOG.exception("the event %s of %s", kind, arn)


def in_milliseconds(value: Any, name: str = "") -> Any:
    """Return a description with its times, seconds since 1970, as the jobs' events have them."""
    return _times(value, name, lambda moment: int(moment * 1000))


def in_text(value: Any, name: str = "") -> Any:
    """Return a description with its times as model packages' events have them."""
    return _times(value, name, lambda moment: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)))


def _times(value: Any, name: str, shown: Callable[[float], object]) -> Any:
    if isinstance(value, dict):
        return {key: _times(item, key, shown) for key, item in value.items()}
    if isinstance(value, list):
        return [_times(item, name, shown) for item in value]
    is_time = isinstance(value, float) and (name.endswith("Time") or name == "Timestamp")
    return shown(value) if is_time else value
