"""The refusal's shape: AWS's own for what isn't implemented, in the protocol of the request."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from s_infra.sandbox.base import signing_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Response

# 501 is S3's own answer to what isn't implemented; SDKs don't try it again.
STATUS, CODE = 501, "NotImplemented"


def refusal(what: str, headers: Mapping[str, str]) -> Response:
    """Return the refusal of `service:operation …` in the protocol of the request."""
    message = f"s-infra sandbox: {what} isn't carried out"
    kind = headers.get("content-type", "")
    request_id = str(uuid.uuid4())
    common = {"x-amzn-requestid": request_id, "x-amzn-errortype": CODE}
    if "x-www-form-urlencoded" in kind or signing_name(headers) in ("s3", "route53", "cloudfront"):
        error = f"<Code>{CODE}</Code><Message>{escape(message)}</Message>"
        body = f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        if signing_name(headers) == "s3":
            body = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
        return STATUS, {**common, "Content-Type": "text/xml"}, body.encode()
    content = {"__type": CODE, "message": message}
    return STATUS, {**common, "Content-Type": kind or "application/json"}, json.dumps(content).encode()
