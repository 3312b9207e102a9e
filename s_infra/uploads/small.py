"""Sends files of one request each, many at a time, through AWS's own C client (awscrt)."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from s_infra.errors import SInfraError
from s_infra.uploads import digests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from s_infra.uploads.plan import Local

BYTES_UNDER_WAY = 48 * digests.MEBIBYTE
REQUESTS_UNDER_WAY = 64
THREADS = 1


@dataclass(frozen=True)
class Sent:
    """An object that S3 has confirmed, and what it is known by."""

    local: Local
    etag: str
    checksum: str


class RefusedError(Exception):
    """S3's refusal of one object."""

    def __init__(self, local: Local, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.local, self.status, self.code, self.message = local, status, code, message


class Sender:
    """Sends objects to one bucket. `client` is a boto3 client, whose endpoint and credentials are used."""

    def __init__(self, session: Any, client: Any, bucket: str, headers: Mapping[str, str]) -> None:
        from awscrt import s3
        from awscrt.io import ClientBootstrap, DefaultHostResolver, EventLoopGroup

        endpoint = urlsplit(client.meta.endpoint_url)
        self._host = endpoint.netloc
        self._bucket, self._headers = bucket, dict(headers)
        group = EventLoopGroup(THREADS)
        secure = endpoint.scheme == "https"
        self._client = s3.S3Client(
            bootstrap=ClientBootstrap(group, DefaultHostResolver(group)),
            region=client.meta.region_name,
            credential_provider=_credentials(session.get_credentials()),
            tls_mode=s3.S3RequestTlsMode.ENABLED if secure else s3.S3RequestTlsMode.DISABLED,
            max_active_connections_override=REQUESTS_UNDER_WAY,
        )

    def send(self, files: Iterable[Local], sent: Callable[[Sent], None]) -> None:
        """Send them; `sent` is told of each as it is confirmed. After a failure no other is begun.

        Raises:
            RefusedError: S3 refuses one.
            SInfraError: one changed while it was read, can't be read, or S3 can't be reached.
        """
        under_way = _UnderWay()
        failure: Exception | None = None
        for local in files:
            failure = under_way.failure
            if failure is not None:
                break
            under_way.enter(local.stat.size)
            try:
                self._start(local, under_way, sent)
            except SInfraError as error:
                under_way.leave(local.stat.size, None)
                failure = error
                break
        under_way.wait()
        failure = failure or under_way.failure
        if failure is not None:
            raise failure

    def _start(self, local: Local, under_way: _UnderWay, sent: Callable[[Sent], None]) -> None:
        from awscrt.http import HttpHeaders, HttpRequest
        from awscrt.s3 import S3RequestType

        body = _read(local)
        checksum = digests.encoded(hashlib.sha256(body).digest())
        headers = HttpHeaders(
            [
                ("Host", self._host),
                ("Content-Length", str(len(body))),
                ("Content-Type", local.content_type),
                ("x-amz-checksum-sha256", checksum),
                *self._headers.items(),
            ]
        )
        path = f"/{self._bucket}/{urllib.parse.quote(local.key, safe='/-_.~')}"
        etags: list[str] = []

        def on_headers(status_code: int, headers: list[tuple[str, str]], **_: object) -> None:
            etags.extend(value for name, value in headers if name.lower() == "etag" and status_code == 200)

        def on_done(error: BaseException | None = None, **details: Any) -> None:
            problem = _problem(local, error, details)
            if problem is None and not etags:
                problem = SInfraError("S3 confirmed an object without its ETag", which=local.key)
            if problem is None:
                sent(Sent(local, etags[-1], checksum))
            under_way.leave(len(body), problem)

        self._client.make_request(
            type=S3RequestType.DEFAULT,
            operation_name="PutObject",
            request=HttpRequest("PUT", path, headers, io.BytesIO(body)),
            on_headers=on_headers,
            on_done=on_done,
        )


def _credentials(credentials: Any) -> Any:
    """Return what signs each request; keys that end are asked for anew, so that they are renewed."""
    from awscrt.auth import AwsCredentials, AwsCredentialsProvider
    from botocore.credentials import RefreshableCredentials

    if not isinstance(credentials, RefreshableCredentials):
        return AwsCredentialsProvider.new_static(
            credentials.access_key, credentials.secret_key, credentials.token
        )

    def current() -> AwsCredentials:
        frozen = credentials.get_frozen_credentials()
        return AwsCredentials(frozen.access_key, frozen.secret_key, frozen.token)

    return AwsCredentialsProvider.new_delegate(current)


class _UnderWay:
    """Counts requests and their bytes, so that memory stays bounded."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._requests = self._bytes = 0
        self.failure: Exception | None = None

    def enter(self, size: int) -> None:
        with self._condition:
            self._condition.wait_for(
                lambda: (
                    self._requests == 0
                    or (self._requests < REQUESTS_UNDER_WAY and self._bytes + size <= BYTES_UNDER_WAY)
                )
            )
            self._requests, self._bytes = self._requests + 1, self._bytes + size

    def leave(self, size: int, failure: Exception | None) -> None:
        with self._condition:
            self._requests, self._bytes = self._requests - 1, self._bytes - size
            self.failure = self.failure or failure
            self._condition.notify_all()

    def wait(self) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._requests == 0)


def _read(local: Local) -> bytes:
    try:
        # A third of what a Python file costs, which counts with thousands of them.
        descriptor = os.open(local.path, os.O_RDONLY)
        try:
            body = os.read(descriptor, local.stat.size + 1)
            after = digests.stat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SInfraError(f"a file can't be read: {error.strerror}", which=str(local.path)) from error
    if after != local.stat or len(body) != local.stat.size:
        raise digests.changed(local.path)
    return body


def _problem(local: Local, error: BaseException | None, details: Mapping[str, Any]) -> Exception | None:
    if error is None:
        return None
    status, body = details.get("status_code"), details.get("error_body")
    if not status or status < 300:
        return SInfraError(
            f"S3 can't be reached: {error}",
            which=local.key,
            next_step="check the network, and upload again: what has arrived isn't sent twice",
        )
    code, message = f"{status}", str(error)
    if body:
        try:
            root = ET.fromstring(body)  # noqa: S314 - S3's own answer
            code, message = root.findtext("Code") or code, root.findtext("Message") or message
        except ET.ParseError:
            message = bytes(body[:200]).decode(errors="replace")
    return RefusedError(local, int(status), code, message)
