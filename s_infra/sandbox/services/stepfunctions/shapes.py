"""Between a state's JSON and botocore's requests and answers, as Step Functions spells them."""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.stepfunctions.errors import RUNTIME, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# How a state writes fields: as the API does, with a capital each, or as the Java SDK (with dates as text).
Names: TypeAlias = Literal["own", "capitals", "sdk"]


def sdk_name(member: str) -> str:
    """Return a member's name as in `aws-sdk:` integrations: the Java SDK's, capitalised (DbInstanceClass)."""
    end = 1
    while end < len(member) and member[end].isupper() and not member[end + 1 : end + 2].islower():
        end += 1
    lowered = member[:end].lower() + member[end:]
    return lowered[0].upper() + lowered[1:]


def _written(member: str, names: Names) -> str:
    return member if names == "own" else sdk_name(member)


def _members(shape: Any, *, names: Names) -> dict[str, tuple[str, Any]]:
    return {
        _written(name, names): (name, member)
        for name, member in (shape.members.items() if shape is not None else ())
    }


def template_problems(template: Any, shape: Any, *, names: Names) -> Iterator[str]:
    """Give what is wrong with the names of fields in a task's `Arguments`, as they are written."""
    kind = shape.type_name if shape is not None else "structure"
    if kind == "structure" and isinstance(template, dict):
        members = _members(shape, names=names)
        for field, value in template.items():
            if field not in members:
                yield f'The field "{field}" is not supported by Step Functions'
            else:
                yield from template_problems(value, members[field][1], names=names)
        required = set(shape.required_members) if shape is not None else set()
        missing = [
            field for field, (name, _) in members.items() if name in required and field not in template
        ]
        if missing:
            yield f"The following fields are required but were missing: {missing}"
    elif kind == "list" and isinstance(template, list):
        for value in template:
            yield from template_problems(value, shape.member, names=names)
    elif kind == "map" and isinstance(template, dict):
        for value in template.values():
            yield from template_problems(value, shape.value, names=names)


def request(value: Any, shape: Any, *, names: Names) -> Any:
    """Return `value` as botocore's parameters. Raises StateError for a field or type that the call hasn't."""
    kind = shape.type_name if shape is not None else "structure"
    if kind == "structure":
        if not isinstance(value, dict):
            raise StateError(RUNTIME, f"The parameters are a JSON object, not {json.dumps(value)}")
        members = _members(shape, names=names)
        unknown = sorted(set(value) - set(members))
        if unknown:
            raise StateError(RUNTIME, f'The field "{unknown[0]}" is not supported by Step Functions')
        return {members[key][0]: request(item, members[key][1], names=names) for key, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [request(item, shape.member, names=names) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: request(item, shape.value, names=names) for key, item in value.items()}
    if kind == "blob":
        return value.encode() if isinstance(value, str) else json.dumps(value, separators=(",", ":")).encode()
    return value


def answer(value: Any, shape: Any, *, names: Names) -> Any:
    """Return botocore's answer as the state's result: names, bodies as text, dates as AWS gives them."""
    kind = shape.type_name if shape is not None else "structure"
    if kind == "structure":
        members = shape.members if shape is not None else {}
        return {
            _written(name, names): answer(value[name], member, names=names)
            for name, member in members.items()
            if name in value
        }
    if kind == "list":
        return [answer(item, shape.member, names=names) for item in value]
    if kind == "map":
        return {key: answer(item, shape.value, names=names) for key, item in value.items()}
    if kind == "blob":
        return _text(value)
    if isinstance(value, dt.datetime):
        return _moment(value, names=names)
    return value


def _text(value: Any) -> str:
    content: bytes = value.read() if hasattr(value, "read") else value
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise StateError(RUNTIME, "The answer's body is not UTF-8 text") from error


def _moment(value: dt.datetime, *, names: Names) -> str | int:
    if names == "sdk":
        text = value.astimezone(dt.UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z").replace(".000Z", "Z")
    # The optimized integrations give milliseconds since 1970.
    return round(value.timestamp() * 1000)


def error_name(prefix: str, unnamed: str, service: str, code: str) -> str:
    """Return the name of a service's error for Retry and Catch: `S3.NoSuchKeyException`."""
    codes = _error_codes(service)
    if code in codes:
        return f"{prefix}.{code if code.endswith('Exception') else code + 'Exception'}"
    return f"{prefix}.{unnamed}"


@functools.cache
def _error_codes(service: str) -> Mapping[str, str]:
    model = service_model(service)
    return {shape.error_code: shape.name for shape in model.error_shapes}
