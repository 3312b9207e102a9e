"""Terraform's JSON syntax: the same blocks as objects, and expressions as strings."""

from __future__ import annotations

import json

from s_infra.docs.declarations import KINDS, Declaration
from s_infra.docs.json_lines import lines
from s_infra.docs.records import NamedTuple
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.docs.attributes import Attribute
    from s_infra.docs.model import Value

_LABELS = {"data": 2, "ephemeral": 2, "module": 1, "output": 1, "provider": 1, "resource": 2, "variable": 1}
_INNER = {"required_providers", "validation"}


class JsonAttribute(NamedTuple):
    """An argument in JSON."""

    file: str
    raw: Value

    def text(self) -> str:
        """Return the value as JSON, indented as Terraform's own."""
        return json.dumps(self.raw, ensure_ascii=False, indent=2)

    def value(self) -> Value:
        """Return the value; templates in it stay as they are."""
        return self.raw

    def keyword(self) -> str:
        """Return a string's text, or any other value as JSON."""
        return self.raw if isinstance(self.raw, str) else self.text()

    def error(self, what: str) -> SInfraError:
        """Return an error that names the file and the value."""
        return SInfraError(what, which=f"{self.file}: {self.text()}")

    def items(self) -> dict[str, Attribute] | None:
        """Return an object's members."""
        if not isinstance(self.raw, dict):
            return None
        return {name: JsonAttribute(self.file, value) for name, value in self.raw.items()}


def of_json(name: str, data: bytes) -> Iterator[Declaration]:
    """Yield the blocks of a JSON file that a page tells of."""
    try:
        text = data.decode("utf-8-sig")
        root = json.loads(text)
    except UnicodeDecodeError as error:
        raise SInfraError("the file is not UTF-8", which=name, next_step="save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise SInfraError(
            f"the file does not parse: {error.msg}", which=f"{name}:{error.lineno}:{error.colno}"
        ) from error
    places = lines(text)
    for level in _objects(root, name):
        for kind in KINDS & level.keys():
            for declaration in _labelled(name, kind, (), level[kind]):
                yield declaration._replace(line=places.get((kind, *declaration.labels), 0))


def _labelled(file: str, kind: str, labels: tuple[str, ...], raw: Value) -> Iterator[Declaration]:
    for level in _objects(raw, file):
        if len(labels) == _LABELS.get(kind, 0):
            yield _declaration(file, kind, labels, level)
        else:
            for label, inner in level.items():
                if label != "//":
                    yield from _labelled(file, kind, (*labels, label), inner)


def _declaration(file: str, kind: str, labels: tuple[str, ...], raw: dict[str, Value]) -> Declaration:
    attributes: dict[str, Attribute] = {
        name: JsonAttribute(file, value) for name, value in raw.items() if name not in _INNER
    }
    blocks = [
        _declaration(file, name, (), level)
        for name in _INNER & raw.keys()
        for level in _objects(raw[name], file)
    ]
    return Declaration(kind, labels, 0, attributes, tuple(blocks))


def _objects(raw: Value, file: str) -> list[dict[str, Value]]:
    """Return the objects of a place where JSON may have one or a list of them."""
    items = raw if isinstance(raw, list) else [raw]
    objects = [item for item in items if isinstance(item, dict)]
    if len(objects) < len(items):
        raise SInfraError("a block must be an object", which=f"{file}: {json.dumps(raw)[:80]}")
    return objects
