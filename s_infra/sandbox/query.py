"""AWS's Query protocol, read and written by botocore's models: a form comes in, XML goes out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "text/xml"
OWN_KEYS = frozenset({"Action", "Version"})
# Of a request whose signature is in its address.
SIGNATURE = "X-Amz-"
NUMBERS = {"integer": int, "long": int, "float": float, "double": float}
BOOLEANS = {"true": True, "false": False}


class MalformedError(Exception):
    """The form isn't of the operation's shape; the text says which key."""


def form_of(body: bytes, query: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the keys and values of a request's body and address."""
    given = {key: values[0] for key, values in query.items()}
    return given | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def request(service: str, operation: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the operation's input as the service model has it, by members' names.

    Raises:
        MalformedError: a key is unknown, or a value isn't of its type.
    """
    model = service_model(service)
    shape = model.operation_model(operation).input_shape
    reader = _Reader(form, ec2=model.metadata["protocol"] == "ec2")
    found = reader.structure(shape, "") if shape is not None else {}
    if unknown := sorted(set(form) - reader.used):
        raise MalformedError(f"{unknown[0]} is not a parameter of {operation}")
    return found


class _Reader:
    """Reads values by their shapes out of a form, and notes which keys it `used`.

    EC2's dialect of the protocol has names of its own, and its lists' items have none.
    """

    def __init__(self, form: Mapping[str, str], *, ec2: bool) -> None:
        self._form = form
        self._ec2 = ec2
        self.used = {key for key in form if key in OWN_KEYS or key.startswith(SIGNATURE)}

    def read(self, shape: Any, key: str) -> Any:
        """Return the value at `key`, None if there is none."""
        if shape.type_name == "structure":
            return self.structure(shape, key) or None
        if shape.type_name == "list":
            return self._list(shape, key)
        if key not in self._form:
            return None
        self.used.add(key)
        return _scalar(shape.type_name, self._form[key], key)

    def structure(self, shape: Any, key: str) -> dict[str, Any]:
        """Return the members of a structure that are given."""
        found = {}
        for name, member in shape.members.items():
            own = self._name(member, name)
            value = self.read(member, f"{key}.{own}" if key else own)
            if value is not None:
                found[name] = value
        return found

    def _name(self, member: Any, name: str) -> str:
        found = str(member.serialization.get("name", name))
        if not self._ec2:
            return found
        return str(member.serialization.get("queryName", found[:1].upper() + found[1:]))

    def _list(self, shape: Any, key: str) -> list[Any] | None:
        if self._form.get(key) == "":
            self.used.add(key)
            return []
        flat = self._ec2 or shape.serialization.get("flattened")
        stem = key if flat else f"{key}.{_item(shape)}"
        below = [one.removeprefix(f"{stem}.") for one in self._form if one.startswith(f"{stem}.")]
        numbers = sorted({int(one.partition(".")[0]) for one in below if one.partition(".")[0].isdecimal()})
        return [self.read(shape.member, f"{stem}.{number}") for number in numbers] or None


def _item(shape: Any) -> str:
    return str(shape.member.serialization.get("name", "member"))


def _scalar(kind: str, text: str, key: str) -> Any:
    try:
        if kind in NUMBERS:
            return NUMBERS[kind](text)
        return BOOLEANS[text.lower()] if kind == "boolean" else text
    except (KeyError, ValueError) as error:
        raise MalformedError(f"{key} must be of type {kind}, not '{text}'") from error


def answer(service: str, operation: str, result: Mapping[str, Any]) -> bytes:
    """Return the XML of an operation's result, by members' names; what isn't in it is left out."""
    model = service_model(service)
    shape = model.operation_model(operation).output_shape
    root = ET.Element(f"{operation}Response", xmlns=model.metadata.get("xmlNamespace", ""))
    if shape is not None:
        wrapper = ET.SubElement(root, shape.serialization.get("resultWrapper", f"{operation}Result"))
        _write_members(wrapper, shape, result)
    ET.SubElement(ET.SubElement(root, "ResponseMetadata"), "RequestId").text = str(uuid.uuid4())
    return _written(root)


def _write_members(place: ET.Element, shape: Any, value: Mapping[str, Any]) -> None:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _write(place, member.serialization.get("name", name), member, value[name])


def _write(place: ET.Element, name: str, shape: Any, value: Any) -> None:
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        for item in value:
            _write(place, name, shape.member, item)
        return
    element = ET.SubElement(place, name)
    if shape.type_name == "structure":
        _write_members(element, shape, value)
    elif shape.type_name == "list":
        for item in value:
            _write(element, _item(shape), shape.member, item)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def error(service: str, code: str, message: str) -> bytes:
    """Return the XML of an error that the caller made."""
    root = ET.Element("ErrorResponse", xmlns=service_model(service).metadata.get("xmlNamespace", ""))
    fault = ET.SubElement(root, "Error")
    for name, text in (("Type", "Sender"), ("Code", code), ("Message", message)):
        ET.SubElement(fault, name).text = text
    ET.SubElement(root, "RequestId").text = str(uuid.uuid4())
    return _written(root)


def _written(root: ET.Element) -> bytes:
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content
