"""An instance of an endpoint's variant: one container that serves, started again when it dies or is ill."""

from __future__ import annotations

import logging
import shutil
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.runner.container import Container, Run
from s_infra.sandbox.services.sagemaker import artifacts, objects
from s_infra.sandbox.services.sagemaker.connections import Connections
from s_infra.sandbox.services.sagemaker.errors import JobError
from s_infra.sandbox.services.sagemaker.health import FAILURES, Health
from s_infra.sandbox.services.sagemaker.invocation import Server
from s_infra.sandbox.services.sagemaker.logs import LogStream
from s_infra.sandbox.services.sagemaker.objects import Object
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from pathlib import Path

    from s_infra.sandbox.services.sagemaker.service import SageMaker

LOG = logging.getLogger(__name__)
LOG_GROUP = "/aws/sagemaker/Endpoints"
POLL_S = 0.05
STOP_GRACE_S = 5.0
RESTART_FIRST_S, RESTART_LAST_S = 0.1, 5.0


@dataclass(frozen=True)
class Serving:
    """What an instance serves: a variant of an endpoint with its model, as both were when it was made.

    `timeout` is in seconds: how long a container may take until it answers /ping.
    """

    endpoint: str
    variant: str
    model: dict[str, Any]
    timeout: float


class Instance:
    """A container in a thread of its own, which starts it, watches it and stops it."""

    def __init__(self, service: SageMaker, serving: Serving) -> None:
        self.serving = serving
        self.failure: str | None = None
        self.connections: Connections | None = None
        self._service = service
        self._identity = f"i-{uuid.uuid4().hex[:17]}"
        self._folder: Path = service.directory / "endpoints" / serving.endpoint / self._identity
        self._stop = threading.Event()
        self._known = threading.Event()
        self._changed = threading.Condition()
        self._taken = 0
        self._retired = False
        run = service.in_role(serving.model["ExecutionRoleArn"], self._run)
        self._thread = threading.Thread(target=run, name=f"{serving.endpoint} serve", daemon=True)
        self._thread.start()

    def wait_until_known(self, timeout: float) -> bool:
        """Return whether it is known within `timeout` seconds that it serves, or why not (`failure`)."""
        return self._known.wait(timeout)

    @property
    def taken(self) -> int:
        """The number of requests under way."""
        return self._taken

    def take(self) -> Connections | None:
        """Count a request in and return what it goes over, or None when it has to go elsewhere."""
        with self._changed:
            if self._retired or self.connections is None:
                return None
            self._taken += 1
            return self.connections

    def give_back(self) -> None:
        """Count a request out."""
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    def retire(self, timeout: float) -> None:
        """Take no more requests, finish within `timeout` seconds those under way, and ask to stop."""
        with self._changed:
            self._retired = True
            self._changed.wait_for(lambda: not self._taken, timeout)
        self._stop.set()

    def join(self) -> None:
        """Wait until nothing of it is left."""
        self._thread.join()

    def _run(self) -> None:
        logs = LogStream(
            self._service.base.client,
            f"{LOG_GROUP}/{self.serving.endpoint}",
            f"{self.serving.variant}/{self._identity}",
        )
        try:
            self._keep_serving(self._lay_out(), logs)
        except (JobError, SInfraError) as error:
            self.failure = self._described(error, logs.last_line)
        except Exception as error:
            # Ours to mend; the endpoint still has to learn of it, or it would wait for ever.
            LOG.exception("instance of endpoint %s", self.serving.endpoint)
            self.failure = f"InternalServerError: {type(error).__name__}: {error}"
        finally:
            # What is logged can be read when the failure is told.
            logs.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._known.set()

    def _described(self, error: Exception, last: str) -> str:
        if not isinstance(error, JobError):
            return f"ClientError: {error}"
        told = f"; last in its log: {last}" if last else ""
        return f"{error}{told}"

    def _keep_serving(self, run: Run, logs: LogStream) -> None:
        """Serve until told to stop. Only the first start may fail; later ones are tried again and again."""
        pause = RESTART_FIRST_S
        while not self._stop.is_set():
            try:
                self._serve(run, logs)
            except (JobError, SInfraError) as error:
                # The latter is a container engine's that has gone; it may come back.
                if not self._known.is_set():
                    raise
                LOG.warning("%s: %s", self.serving.endpoint, error)
            if not self._stop.is_set():
                LOG.warning("%s: its container ended and is started again", self.serving.endpoint)
            self._stop.wait(pause)
            pause = min(2 * pause, RESTART_LAST_S)

    def _serve(self, run: Run, logs: LogStream) -> None:
        container = Container(run, logs.take)
        try:
            self._await_ping(container)
            if self._stop.is_set():
                return
            connections = self.connections = Connections(container)
            self._known.set()
            health = Health(container, connections, lambda: self._taken > 0)
            while container.running() and not self._stop.wait(POLL_S):
                if health.lost():
                    logs.take(
                        f"s-infra sandbox: /ping failed {FAILURES} times; the container is started again"
                    )
                    return
        finally:
            if (open_ones := self.connections) is not None:
                self.connections = None
                open_ones.close()
            container.stop(STOP_GRACE_S)
            # Its last lines are in the log when the failure is described.
            container.wait(STOP_GRACE_S)
            container.close()

    def _await_ping(self, container: Container) -> None:
        server = Server(container)
        try:
            server.wait_until_ready(self._stop, self.serving.timeout)
        except JobError as error:
            raise JobError(
                f"The primary container for production variant {self.serving.variant} did not pass the ping "
                f"health check. Please check CloudWatch logs for this endpoint. ({error})"
            ) from error
        finally:
            # Some programs serve one connection at a time.
            server.close()

    def _lay_out(self) -> Run:
        container = self.serving.model["PrimaryContainer"]
        image = self._service.images.get(container["Image"])
        base = self._folder / "ml"
        (base / "model").mkdir(parents=True)
        if (data := container.get("ModelDataUrl")) is not None:
            bucket, key = split_s3_uri(data)
            source = Object(bucket, key, 0, "model.tar.gz")
            archive = objects.download(self._service, source, self._folder)
            artifacts.unpack(archive, base / "model")
            archive.unlink()
        network = self._service.network(self.serving.model["EnableNetworkIsolation"])
        variables = {**container.get("Environment", {}), **network["variables"]}
        return Run(image, ("serve",), base, variables, endpoint_port=network["port"])
