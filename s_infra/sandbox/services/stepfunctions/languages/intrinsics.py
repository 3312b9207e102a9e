"""The intrinsic functions of JSONPath states: `States.Format('run {}', $.n)`."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.languages import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN = re.compile(
    r"\s*(?:(?P<name>States\.\w+)\s*\(|(?P<text>'(?:[^'\\]|\\.)*')|(?P<end>\))|(?P<comma>,)"
    r"|(?P<word>true|false|null|-?\d+(?:\.\d+)?)(?![\w.])|(?P<path>\$))"
)
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
MOST_ITEMS = 1000


class IntrinsicError(Exception):
    """A call isn't well formed, or fails."""


def is_call(text: object) -> bool:
    """Tell whether something is written as a call of an intrinsic function."""
    return isinstance(text, str) and text.startswith("States.")


def problem(text: str) -> str | None:
    """Return why a call can't be parsed, or None."""
    try:
        _parse(text)
    except IntrinsicError as error:
        return str(error)
    return None


def call(text: str, scope: paths.Scope) -> Any:
    """Return what the call gives. Raises IntrinsicError or paths.PathError."""
    return _value(_parse(text), scope)


def _value(node: tuple[str, Any], scope: paths.Scope) -> Any:
    kind, content = node
    if kind == "value":
        return content
    if kind == "path":
        return paths.find(content, scope)
    name, arguments = content
    given = [_value(argument, scope) for argument in arguments]
    try:
        return FUNCTIONS[name](*given)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise IntrinsicError(f"{name} failed: {error}") from error


def _parse(text: str) -> tuple[str, Any]:
    node, at = _node(text, 0)
    if text[at:].strip():
        raise IntrinsicError(f"'{text}' goes on after its end")
    if node[0] != "call":
        raise IntrinsicError(f"'{text}' is no call of an intrinsic function")
    return node


def _node(text: str, at: int) -> tuple[tuple[str, Any], int]:
    match = TOKEN.match(text, at)
    if match is None or match["end"] or match["comma"]:
        raise IntrinsicError(f"'{text}' is not well formed at character {at + 1}")
    if match["text"]:
        return ("value", re.sub(r"\\(.)", r"\1", match["text"][1:-1])), match.end()
    if match["word"]:
        return ("value", json.loads(match["word"])), match.end()
    if match["path"]:
        return _path(text, match.start("path"))
    if match["name"] not in FUNCTIONS:
        raise IntrinsicError(f"There is no intrinsic function {match['name']}")
    return _call(text, match["name"], match.end())


def _call(text: str, name: str, at: int) -> tuple[tuple[str, Any], int]:
    arguments: list[tuple[str, Any]] = []
    match = TOKEN.match(text, at)
    while match is None or not match["end"] or arguments:
        node, at = _node(text, at)
        arguments.append(node)
        match = TOKEN.match(text, at)
        if match is None or not (match["end"] or match["comma"]):
            raise IntrinsicError(f"'{text}' is not well formed at character {at + 1}")
        at = match.end()
        if match["end"]:
            return ("call", (name, arguments)), at
    return ("call", (name, arguments)), match.end()


def _path(text: str, start: int) -> tuple[tuple[str, Any], int]:
    depth, at = 0, start
    while at < len(text) and (depth or text[at] not in ",)"):
        depth += {"[": 1, "]": -1}.get(text[at], 0)
        at += 1
    path = text[start:at].strip()
    if why := paths.problem(path):
        raise IntrinsicError(why)
    return ("path", path), at


def _format(template: str, *values: Any) -> str:
    pieces = template.split("{}")
    if len(pieces) != len(values) + 1:
        raise ValueError("the number of {} isn't that of the arguments")
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))


def _partition(items: list[Any], size: int) -> list[list[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _range(first: int, last: int, step: int) -> list[int]:
    found = list(range(first, last + (1 if step > 0 else -1), step))
    if len(found) > MOST_ITEMS:
        raise ValueError(f"it has at most {MOST_ITEMS} items")
    return found


def _unique(items: list[Any]) -> list[Any]:
    first: dict[str, Any] = {}
    for item in items:
        first.setdefault(json.dumps(item, sort_keys=True), item)
    return list(first.values())


def _merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("only the shallow mode, false, is there")
    return {**first, **second}


def _split(text: str, separators: str) -> list[str]:
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _random(first: int, last: int, seed: int | None = None) -> int:
    generator = random.Random() if seed is None else random.Random(seed)  # noqa: S311
    return generator.randrange(first, last)


def _hash(value: Any, algorithm: str) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return hashlib.new(HASHES[algorithm], text.encode()).hexdigest()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "States.Array": lambda *values: list(values),
    "States.ArrayContains": lambda items, value: value in items,
    "States.ArrayGetItem": lambda items, index: items[index],
    "States.ArrayLength": len,
    "States.ArrayPartition": _partition,
    "States.ArrayRange": _range,
    "States.ArrayUnique": _unique,
    "States.Base64Decode": lambda text: base64.b64decode(text).decode(),
    "States.Base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "States.Format": _format,
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
    "States.MathAdd": lambda first, second: first + second,
    "States.MathRandom": _random,
    "States.StringSplit": _split,
    "States.StringToJson": json.loads,
    "States.UUID": lambda: str(uuid.uuid4()),
}
