"""Renders aws_iam_policy_document: the text is that of the real provider, byte for byte."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any, Final

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s_infra.sandbox.provider.cty import State

Statement = dict[str, Any]

_ORDER: Final = (
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
)
# Go's JSON writer escapes these, so that its output may stand within HTML.
_ESCAPES: Final = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(config: State) -> State:
    """The computed attributes of a configuration; SInfraError names what is wrong with a document."""
    document: dict[str, Any] = {"Version": "", "Id": "", "Statement": []}
    sources = [_parse(text) for text in config.get("source_policy_documents") or [] if text]
    _check_unique((s for source in sources for s in source["Statement"]), "source_policy_documents")
    for source in sources:
        _merge(document, source)
    _merge(document, _configured(config))
    for text in config.get("override_policy_documents") or []:
        if text:
            _merge(document, _parse(text))
    found = {name: value for name, value in document.items() if value}
    text = _dump(found, indent=2)
    return {
        "json": text,
        "minified_json": _dump(found, indent=None),
        "id": str(zlib.crc32(text.encode())),
        "version": config.get("version") or "2012-10-17",
    }


def _configured(config: State) -> dict[str, Any]:
    version = config.get("version") or "2012-10-17"
    statements = [_statement(block, version) for block in config.get("statement") or []]
    _check_unique(statements, "statement")
    return {"Version": version, "Id": config.get("policy_id") or "", "Statement": statements}


def _statement(block: State, version: str) -> Statement:
    def variables(items: list[str]) -> list[str]:
        if version == "2008-10-17" and any("&{" in item for item in items):
            raise SInfraError("policy variables need version 2012-10-17 of the policy language")
        return [item.replace("&{", "${") for item in items]

    found = {
        "Sid": block.get("sid"),
        "Effect": block.get("effect") or "Allow",
        "Action": _strings(block.get("actions") or []),
        "NotAction": _strings(block.get("not_actions") or []),
        "Resource": _strings(variables(block.get("resources") or [])),
        "NotResource": _strings(variables(block.get("not_resources") or [])),
        "Principal": _principals(block.get("principals") or [], variables),
        "NotPrincipal": _principals(block.get("not_principals") or [], variables),
        "Condition": _conditions(block.get("condition") or [], variables),
    }
    return {name: value for name, value in found.items() if value}


def _strings(items: list[str]) -> str | list[str]:
    return items[0] if len(items) == 1 else sorted(items, reverse=True)


def _principals(blocks: list[State], variables: Any) -> str | dict[str, Any]:
    if len(blocks) == 1 and blocks[0]["type"] == "*" and blocks[0]["identifiers"] == ["*"]:
        return "*"
    by_type: dict[str, list[str]] = {}
    for block in blocks:
        by_type.setdefault(block["type"], []).extend(sorted(variables(block["identifiers"]), reverse=True))
    return {kind: names[0] if len(names) == 1 else names for kind, names in sorted(by_type.items())}


def _conditions(blocks: list[State], variables: Any) -> dict[str, Any]:
    found: dict[str, dict[str, list[str]]] = {}
    for block in blocks:
        values = found.setdefault(block["test"], {}).setdefault(block["variable"], [])
        values.extend(variables(block["values"]))
    return {
        test: {name: values[0] if len(values) == 1 else values for name, values in sorted(by_name.items())}
        for test, by_name in sorted(found.items())
    }


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SInfraError(f"a policy document isn't JSON: {error}", which=text[:200]) from error
    statements = document.get("Statement") or []
    listed = statements if isinstance(statements, list) else [statements]
    return {
        "Version": document.get("Version") or "",
        "Id": document.get("Id") or "",
        "Statement": [_ordered(statement) for statement in listed],
    }


def _ordered(statement: Statement) -> Statement:
    if unknown := sorted(set(statement) - set(_ORDER)):
        raise SInfraError(f"a statement of a policy document has {', '.join(unknown)}")
    found = {name: statement[name] for name in _ORDER if statement.get(name)}
    for name in ("Principal", "NotPrincipal", "Condition"):
        if isinstance(found.get(name), dict):
            found[name] = _sorted(found[name])
    return found


def _sorted(value: Any) -> Any:
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


def _check_unique(statements: Iterable[Statement], where: str) -> None:
    seen: set[str] = set()
    for statement in statements:
        sid = statement.get("Sid")
        if sid and sid in seen:
            raise SInfraError(f"duplicate Sid ({sid}) in {where}. Remove the Sid or make it unique.")
        seen.add(sid or "")


def _merge(document: dict[str, Any], other: dict[str, Any]) -> None:
    document["Id"] = other["Id"] or document["Id"]
    document["Version"] = max(document["Version"], other["Version"])
    for statement in other["Statement"]:
        sid = statement.get("Sid")
        same = [i for i, present in enumerate(document["Statement"]) if sid and present.get("Sid") == sid]
        if same:
            document["Statement"][same[0]] = statement
        else:
            document["Statement"].append(statement)


def _dump(document: dict[str, Any], *, indent: int | None) -> str:
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    return re.sub("[&<>\u2028\u2029]", lambda found: _ESCAPES[found.group()], text)
