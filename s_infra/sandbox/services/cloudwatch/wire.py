"""CloudWatch's three protocols, by botocore's model: query (XML), JSON 1.0 and RPC v2 CBOR.

Inside, a request and an answer are dicts of the model's members; times are seconds since 1970.
"""

from __future__ import annotations

import gzip
import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.cloudwatch.errors import CloudWatchError, validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s_infra.sandbox.base import Response

QUERY, JSON, CBOR = "query", "json", "cbor"
CONTENT_TYPES = {QUERY: "text/xml", JSON: "application/x-amz-json-1.0", CBOR: "application/cbor"}
OPERATION = re.compile(r"/service/GraniteServiceVersion20100801/operation/(?P<name>\w+)$")
EPOCH_TAG = 1
# As JSON has them, which has no number for them.
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
Shape: TypeAlias = Any


def protocol(path: str, headers: Mapping[str, str]) -> str:
    """Return which of the protocols a request speaks."""
    if headers.get("smithy-protocol") == "rpc-v2-cbor" or OPERATION.search(path):
        return CBOR
    return JSON if "x-amz-target" in headers else QUERY


def decode(
    kind: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]
) -> tuple[str, dict[str, Any]]:
    """Return the operation and its input.

    Raises:
        CloudWatchError: the body can't be read.
    """
    # SDKs compress PutMetricData's longer bodies.
    try:
        content = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        if kind == QUERY:
            fields = dict(parse_qsl(content.decode(), keep_blank_values=True))
            fields = {**{name: values[0] for name, values in query.items()}, **fields}
            operation = fields.get("Action", "")
            return operation, _from_fields(_input(operation), fields)
        if kind == CBOR:
            found = OPERATION.search(path)
            operation = found["name"] if found else ""
            given = _from_cbor(content) if content else {}
        else:
            operation = headers["x-amz-target"].rpartition(".")[2]
            given = json.loads(content or b"{}")
    except (ValueError, OSError, EOFError) as error:
        raise CloudWatchError(
            "SerializationException", "SerializationException", f"The request can't be read: {error}"
        ) from error
    if not isinstance(given, dict):
        raise validation("The request is no structure.")
    return operation, _converted(_input(operation), given, _moment)


def answer(kind: str, operation: str, content: Mapping[str, Any]) -> Response:
    """Return an operation's output in the protocol of its request."""
    request_id = str(uuid.uuid4())
    output = service_model("cloudwatch").operation_model(operation).output_shape
    if kind == QUERY:
        space = service_model("cloudwatch").metadata["xmlNamespace"]
        inner = f"<{operation}Result>{_xml(output, content)}</{operation}Result>" if output else ""
        meta = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        body = f'<{operation}Response xmlns="{space}">{inner}{meta}</{operation}Response>'.encode()
    elif kind == CBOR:
        import cbor2

        body = cbor2.dumps(_converted(output, content, lambda moment: cbor2.CBORTag(EPOCH_TAG, moment)))
    else:
        body = json.dumps(_converted(output, content, lambda moment: moment)).encode()
    return 200, _headers(kind, request_id), body


def failure(kind: str, error: CloudWatchError) -> Response:
    """Return an error in the protocol of its request."""
    request_id = str(uuid.uuid4())
    fault = "Sender" if error.status < 500 else "Receiver"
    headers = {**_headers(kind, request_id), "x-amzn-query-error": f"{error.code};{fault}"}
    if kind == QUERY:
        text = f"<Type>{fault}</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        body = f"<ErrorResponse><Error>{text}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        return error.status, headers, body.encode()
    headers["x-amzn-errortype"] = error.shape
    content = {"__type": error.shape, "message": error.message}
    if kind == CBOR:
        import cbor2

        return error.status, headers, cbor2.dumps(content)
    return error.status, headers, json.dumps(content).encode()


def _from_cbor(content: bytes) -> Any:
    import cbor2

    try:
        return cbor2.loads(content)
    except cbor2.CBORError as error:
        raise ValueError(str(error)) from error


def _headers(kind: str, request_id: str) -> dict[str, str]:
    headers = {"Content-Type": CONTENT_TYPES[kind], "x-amzn-requestid": request_id}
    return {**headers, "smithy-protocol": "rpc-v2-cbor"} if kind == CBOR else headers


def _input(operation: str) -> Shape:
    model = service_model("cloudwatch")
    return model.operation_model(operation).input_shape if operation in model.operation_names else None


def _converted(shape: Shape, value: Any, time: Callable[[Any], Any]) -> Any:
    """Return a value with its times converted and its doubles as floats; what the model lacks is left."""
    if shape is None or value is None:
        return value if value is not None else {}
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {
            name: _converted(shape.members.get(name), item, time) if name in shape.members else item
            for name, item in value.items()
            if item is not None
        }
    if kind == "list" and isinstance(value, list):
        return [_converted(shape.member, item, time) for item in value]
    if kind == "timestamp":
        return time(value)
    if kind == "double" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind == "double" and value in NO_NUMBERS:
        return float(value)
    return value


def _moment(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as error:
        raise validation(f"timestamp must follow ISO8601, but is {value}") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _from_fields(shape: Shape, fields: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in (shape.members if shape is not None else {}).items():
        value = _from_field(member, fields, f"{prefix}{name}")
        if value is not None:
            found[name] = value
    return found


def _from_field(shape: Shape, fields: Mapping[str, str], name: str) -> Any:
    if shape.type_name == "structure":
        return _from_fields(shape, fields, f"{name}.") or None
    if shape.type_name == "list":
        if fields.get(name) == "":
            return []
        return [
            _from_field(shape.member, fields, one) for one in _numbered(fields, f"{name}.member.")
        ] or None
    if name not in fields:
        return None
    return _scalar(shape.type_name, fields[name])


def _numbered(fields: Mapping[str, str], prefix: str) -> Iterator[str]:
    numbers = {name[len(prefix) :].partition(".")[0] for name in fields if name.startswith(prefix)}
    yield from (f"{prefix}{number}" for number in sorted(numbers, key=int))


def _scalar(kind: str, text: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("double", "float"):
            return float(text)
    except ValueError as error:
        raise validation(f"{text} is no {kind}") from error
    if kind == "boolean":
        return text.lower() == "true"
    return _moment(text) if kind == "timestamp" else text


def _xml(shape: Shape, value: Any) -> str:
    kind = shape.type_name
    if kind == "structure":
        return "".join(
            f"<{name}>{_xml(member, value[name])}</{name}>"
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if kind == "list":
        return "".join(f"<member>{_xml(shape.member, item)}</member>" for item in value)
    if kind == "map":
        return "".join(
            f"<entry><key>{escape(str(key))}</key><value>{_xml(shape.value, item)}</value></entry>"
            for key, item in value.items()
        )
    if kind == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if kind == "boolean":
        return "true" if value else "false"
    return escape(str(value))
