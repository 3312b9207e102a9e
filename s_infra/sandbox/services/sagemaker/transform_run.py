"""A batch transform job's life: model down, `serve` started, each object sent through it, answers up."""

from __future__ import annotations

import collections
import concurrent.futures
import gzip
import http.client
import logging
import shutil
import time
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.runner.container import Container, Run
from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker import artifacts, association, objects, records
from s_infra.sandbox.services.sagemaker.errors import JobError
from s_infra.sandbox.services.sagemaker.invocation import Server, shown
from s_infra.sandbox.services.sagemaker.jobs import reason
from s_infra.sandbox.services.sagemaker.logs import LogStream
from s_infra.sandbox.services.sagemaker.objects import Object
from s_infra.sandbox.services.sagemaker.records import Chunks, Payload
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s_infra.sandbox.services.sagemaker.jobs import Job
    from s_infra.sandbox.services.sagemaker.service import SageMaker

LOG = logging.getLogger(__name__)
LOG_GROUP = "/aws/sagemaker/TransformJobs"
# Defaults of the API reference of CreateTransformJob and ModelClientConfig.
MAX_PAYLOAD_MB = 6
INVOCATION_TIMEOUT_S = 600
INVOCATION_RETRIES = 3
STOP_GRACE_S = 5.0
POLL_S = 0.2
SERVER_ERROR = 500


class _StoppedError(Exception):
    """StopTransformJob was called."""


@dataclass(frozen=True)
class _Way:
    """How the program is called."""

    concurrent: int
    limit: int
    several: bool
    timeout: float
    retries: int
    headers: dict[str, str]


def run(service: SageMaker, job: Job, model: dict[str, Any]) -> None:
    """Carry the job out; whatever happens ends in its description."""
    folder = service.directory / "transform" / job.name
    logs = LogStream(service.base.client, LOG_GROUP, f"{job.name}/algo-1-{int(time.time())}")
    status, why = "Failed", ""
    try:
        _transform(service, job, model, folder, logs)
        status = "Completed"
    except _StoppedError:
        status = "Stopped"
    except JobError as error:
        why = str(error)
    except SInfraError as error:
        why = f"ClientError: {error}"
    except Exception as error:
        # Ours to mend; the job still has to end, or everything that waits for it would wait for ever.
        LOG.exception("transform job %s", job.name)
        why = f"InternalServerError: {type(error).__name__}: {error}"
    finally:
        if why and logs.last_line:
            why = f"{why}; last in its log: {logs.last_line}"
        logs.close()
        shutil.rmtree(folder, ignore_errors=True)
        final: dict[str, Any] = {"FailureReason": reason(why)} if why else {}
        job.update(**final, TransformEndTime=time.time(), TransformJobStatus=status)


def _transform(service: SageMaker, job: Job, model: dict[str, Any], folder: Path, logs: LogStream) -> None:
    description = job.describe()
    source = description["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    found = objects.under(service, source)
    if not found:
        raise JobError(f"ClientError: No S3 objects found under {source}")
    container = Container(_container(service, description, model, folder), logs.take)
    try:
        job.update(TransformStartTime=time.time())
        server = Server(container)
        if not server.wait_until_ready(job.stop_requested):
            raise _StoppedError
        way = _way(description, server)
        with ThreadPoolExecutor(way.concurrent, thread_name_prefix=job.name) as pool:
            for one in found:
                _object(service, job, _Calls(server, way, pool, job), one, folder)
    finally:
        container.stop(STOP_GRACE_S)
        container.close()


def _container(service: SageMaker, description: dict[str, Any], model: dict[str, Any], folder: Path) -> Run:
    try:
        image = service.images.get(model["PrimaryContainer"]["Image"])
    except ImageError as error:
        raise JobError(f"ClientError: {error}") from error
    base = folder / "ml"
    (base / "model").mkdir(parents=True)
    data = model["PrimaryContainer"].get("ModelDataUrl")
    if data is not None:
        bucket, key = split_s3_uri(data)
        archive = objects.download(service, Object(bucket, key, 0, "model.tar.gz"), folder)
        artifacts.unpack(archive, base / "model")
    network = service.network(model["EnableNetworkIsolation"])
    variables = {
        **model["PrimaryContainer"].get("Environment", {}),
        **description.get("Environment", {}),
        **network["variables"],
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(description.get("MaxPayloadInMB", MAX_PAYLOAD_MB)),
        "SAGEMAKER_BATCH_STRATEGY": _strategy(description.get("BatchStrategy", "MultiRecord")),
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(description.get("MaxConcurrentTransforms", 1)),
    }
    return Run(image, ("serve",), base, variables, endpoint_port=network["port"])


def _strategy(name: str) -> str:
    return {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}[name]


def _way(description: dict[str, Any], server: Server) -> _Way:
    """Return how to call the program: as the job says, else as the program says, else AWS's defaults."""
    settings = ("MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy")
    asked = server.execution_parameters() if any(name not in description for name in settings) else {}
    concurrent = description.get("MaxConcurrentTransforms") or asked.get("MaxConcurrentTransforms") or 1
    payload = description.get("MaxPayloadInMB", asked.get("MaxPayloadInMB", MAX_PAYLOAD_MB))
    strategy = description.get("BatchStrategy") or _named(asked.get("BatchStrategy")) or "MultiRecord"
    client = description.get("ModelClientConfig", {})
    headers = {
        "Content-Type": description["TransformInput"].get("ContentType"),
        "Accept": description["TransformOutput"].get("Accept"),
    }
    return _Way(
        int(str(concurrent)),
        int(str(payload)) * 1024 * 1024,
        strategy == "MultiRecord",
        client.get("InvocationsTimeoutInSeconds", INVOCATION_TIMEOUT_S),
        client.get("InvocationsMaxRetries", INVOCATION_RETRIES),
        {name: value for name, value in headers.items() if value},
    )


def _named(strategy: object) -> str | None:
    return {"MULTI_RECORD": "MultiRecord", "SINGLE_RECORD": "SingleRecord"}.get(str(strategy))


@dataclass(frozen=True)
class _Calls:
    """Calls of the program, several at once, answered in the order in which they were made."""

    server: Server
    way: _Way
    pool: ThreadPoolExecutor
    job: Job

    def answers(self, payloads: Iterator[Payload], where: str) -> Iterator[tuple[Payload, bytes]]:
        """Yield each payload and its answer. Only a few more than run at once are in memory."""
        waiting: collections.deque[tuple[Payload, Future[bytes]]] = collections.deque()
        try:
            for payload in payloads:
                if self.job.stop_requested.is_set():
                    raise _StoppedError
                waiting.append((payload, self.pool.submit(self._invoke, payload, where)))
                if len(waiting) > self.way.concurrent:
                    yield self._result(*waiting.popleft())
            while waiting:
                yield self._result(*waiting.popleft())
        finally:
            for _, future in waiting:
                future.cancel()

    def _result(self, payload: Payload, future: Future[bytes]) -> tuple[Payload, bytes]:
        while not concurrent.futures.wait([future], POLL_S).done:
            if self.job.stop_requested.is_set():
                # What is under way is cut off with the program.
                self.server.kill()
                raise _StoppedError
        return payload, future.result()

    def _invoke(self, payload: Payload, where: str) -> bytes:
        problem = ""
        for attempt in range(self.way.retries + 1):
            if self.job.stop_requested.is_set():
                raise _StoppedError
            try:
                answer = self.server.request(
                    "POST",
                    "/invocations",
                    # What may be arbitrarily large is sent in chunks, as the API reference has it.
                    Chunks(payload.body)
                    if isinstance(payload.body, bytes) and not self.way.limit
                    else payload.body,
                    self.way.headers,
                    timeout=self.way.timeout,
                )
            except TimeoutError:
                problem = f"no answer in {self.way.timeout:.0f} s"
            except (OSError, http.client.HTTPException) as error:
                problem = f"the connection to the program broke: {error}"
            else:
                if answer.status == http.client.OK:
                    return answer.body
                problem = f"Bad HTTP status received from algorithm: {answer.status} {shown(answer.body)}"
                if answer.status < SERVER_ERROR:
                    break
            if attempt < self.way.retries:
                time.sleep(min(0.05 * 2**attempt, 1.0))
        kind = "ClientError" if "status received from algorithm: 4" in problem else "AlgorithmError"
        raise JobError(f"{kind}: {where}: {problem}")


def _object(service: SageMaker, job: Job, calls: _Calls, one: Object, folder: Path) -> None:
    """Send one object through the program and store the answers as `<path>.out`."""
    description = job.describe()
    given, wanted = description["TransformInput"], description["TransformOutput"]
    data = association.of_request(description)
    local = objects.download(service, one, folder / "input")
    if given["CompressionType"] == "Gzip":
        local = _decompressed(local, folder / "decompressed", one.uri)
    payloads = records.payloads(
        local,
        split=given["SplitType"] == "Line",
        several=calls.way.several,
        limit=calls.way.limit,
        where=one.uri,
        sent=(lambda record: data.sent(record, one.uri)) if data.active else None,
    )
    answers = (
        data.stored(payload.records, answer, one.uri) if data.after else answer
        for payload, answer in calls.answers(payloads, one.uri)
    )
    result = folder / "output"
    with result.open("wb") as out:
        for part in records.assembled(answers, by_line=wanted["AssembleWith"] == "Line"):
            out.write(part)
    target = wanted["S3OutputPath"].rstrip("/")
    objects.upload(service, result, f"{target}/{one.relative}.out", wanted.get("KmsKeyId"))
    local.unlink()


def _decompressed(path: Path, target: Path, where: str) -> Path:
    """Return the file without its gzip compression; the compressed one is removed."""
    try:
        with gzip.open(path) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, objects.COPY_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise JobError(f"ClientError: {where}: the object is not valid gzip: {error}") from error
    path.unlink()
    return target
