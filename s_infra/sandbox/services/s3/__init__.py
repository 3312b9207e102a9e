"""S3: the base's, with the version in the events that it sends to EventBridge, and some answers mended."""

from __future__ import annotations

import contextvars
import functools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.policies import is_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.base import Base, Handler, Response

OWNER_HEADERS = ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner")
KMS_HEADER = "x-amz-server-side-encryption"
# What a request asks of a version besides its content.
PARTS_OF_IT = {"acl", "annotation", "attributes", "legal-hold", "retention", "tagging"}
# AWS's answer to a bucket of another owner than expected: "Verifying bucket ownership", S3 User Guide.
MALFORMED = (
    b"<Error><Code>MalformedPolicy</Code>"
    b"<Message>This policy contains invalid Json, or lacks the required field Statement</Message></Error>"
)
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


def install(base: Base) -> None:
    """Mend the events. The base builds each in a thread of its own, from the call that knows the version."""
    s3, eventbridge = base.module("s3"), base.module("eventbridge")
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    building = threading.local()

    def fire_with_version(*arguments: Any, version_id: str | None = None, **options: Any) -> None:
        building.version_id = version_id
        try:
            fire(*arguments, version_id=version_id, **options)
        finally:
            building.version_id = None

    def dispatch_with_version(event: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        if event.get("Source") == "aws.s3":
            event = {**event, "Detail": json.dumps(completed(event, getattr(building, "version_id", None)))}
        return dispatch(event, *arguments, **options)

    # One thread for all, in their order; to start one for each takes longer than to deliver it.
    events = ThreadPoolExecutor(1, thread_name_prefix="s3-events")

    def fire_later(bucket: str, key: str, kind: str, *arguments: Any, **options: Any) -> None:
        if bucket in s3._bucket_notifications:
            options["sequencer"] = s3._next_event_sequencer(kind)
            # The account and the Region of the request go with the context.
            work = functools.partial(s3._fire_s3_event, bucket, key, kind, *arguments, **options)
            events.submit(contextvars.copy_context().run, work)

    base.keep_state("uploads", lambda: (None, lost_uploads(s3)), lambda _: None)
    s3._fire_s3_event = fire_with_version
    s3._fire_s3_event_async = fire_later
    eventbridge._dispatch_event = dispatch_with_version
    # As on AWS since April 2023, a new bucket blocks all public access.
    s3._new_bucket_public_access_block = lambda: {"_public_access_block": s3._NEW_BUCKET_PUBLIC_ACCESS_BLOCK}
    s3._resolve_sse_write_headers = functools.partial(encryption, s3._resolve_sse_write_headers)
    base.wrap_service("s3", functools.partial(mended, base.account_id, s3))


def encryption(inner: Callable[..., Any], headers: dict[str, str], bucket: str) -> Any:
    """Say what a written object is encrypted with: by aws:kms without a key's name, the account's key for S3.

    The base refuses that, as another store does that is no AWS.
    """
    named = {name for name in headers if name.startswith("x-amz-server-side-encryption")}
    if named == {KMS_HEADER} and headers[KMS_HEADER] == "aws:kms":
        return {KMS_HEADER: "aws:kms"}, None
    return inner(headers, bucket)


def mended(account_id: str, s3: Any, inner: Handler) -> Handler:
    """Return a handler that holds requests to the owner they expect, and mends some of the base's answers.

    The base knows GetBucketRequestPayment by another parameter than S3's, takes any text for a policy, and
    gives a version of an object whole when a range of it is asked for.
    """

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        if any(headers.get(name, account_id) != account_id for name in OWNER_HEADERS):
            return 403, {"Content-Type": "application/xml"}, DENIED
        if method == "GET" and "requestPayment" in query:
            query = {**query, "request-payment": query["requestPayment"]}
        if method == "PUT" and "policy" in query and not is_policy(body.decode(errors="replace")):
            return 400, {"Content-Type": "application/xml"}, MALFORMED
        answer = await inner(method, path, headers, body, query)
        if method == "GET" and "versionId" in query and answer[0] == 200 and not query.keys() & PARTS_OF_IT:
            return _asked_for(s3, answer, headers.get("range", ""), query)
        return answer

    return handle


def _asked_for(s3: Any, answer: Response, wanted: str, query: dict[str, list[str]]) -> Response:
    status, headers, body = answer
    s3._apply_response_overrides(headers, query)
    if not wanted:
        return status, headers, body
    span = s3._parse_range(wanted, len(body))
    if span is None:
        error = b"<Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message>"
        headers = {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}
        return 416, headers, error + b"</Error>"
    first, last = span
    part = body[first : last + 1]
    kept = {name: value for name, value in headers.items() if not name.startswith("x-amz-checksum-")}
    place = {"Content-Length": str(len(part)), "Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return 206, {**kept, **place}, part


def lost_uploads(s3: Any) -> list[str]:
    """Return the names of the uploads under way, whose parts the base keeps in memory alone."""
    uploads = s3._multipart_uploads._data.values()
    return [f"upload in parts of s3://{one['bucket']}/{one['key']}" for one in uploads]


def completed(event: dict[str, Any], version_id: str | None) -> dict[str, Any]:
    """Return the event's detail as S3 gives it: with the version, and no size for what was deleted."""
    detail: dict[str, Any] = json.loads(event["Detail"])
    if version_id and version_id != "null":
        detail["object"]["version-id"] = version_id
    if event["DetailType"] == "Object Deleted":
        detail["object"].pop("size", None)
    return detail
