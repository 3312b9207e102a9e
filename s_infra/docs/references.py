"""What in a module refers to what: for the drawing of its resources, and to find what nothing uses."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tree_sitter import Query, QueryCursor

from s_infra.docs import reading, syntax
from s_infra.docs.grammar import language
from s_infra.docs.model import Position
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tree_sitter import Node

# Words that begin a reference of one name, and of two.
ONE_NAME = {"var", "local", "module"}
TWO_NAMES = {"data", "ephemeral"}
PREFIXES = {"variable": "var.", "resource": ""}


class Declared(NamedTuple):
    """A thing that a module declares, with what it refers to."""

    address: str
    """As Terraform writes it: `aws_s3_bucket.this`, `data.aws_region.this`, `module.store`, `var.name`.
    What can't be referred to has its kind before its name: `output.arn`, `provider.aws`."""
    at: Position
    references: tuple[str, ...]
    """Addresses in the order in which they first stand there."""
    checks: bool
    """Whether it holds a condition of its own, by which it has a use even if nothing refers to it."""


def declared(files: Iterable[Path]) -> list[Declared]:
    """Return what the files declare.

    Raises:
        SInfraError: A file doesn't parse.
    """
    found: list[Declared] = []
    for path in files:
        data = reading.file(path)
        if path.name.endswith(".json"):
            found += _of_json(path, data)
            continue
        source = syntax.parse(str(path), data)
        if source.body is not None:
            for block in syntax.blocks(source, source.body):
                found += _of_block(source, block, path.name)
    return found


def _of_block(source: syntax.Source, block: syntax.Block, file: str) -> Iterator[Declared]:
    if block.kind == "locals":
        for child in block.body.children if block.body else ():
            if child.type == "attribute":
                name, at = source.text(child.children[0]), Position(file, child.start_point[0] + 1)
                yield Declared(f"local.{name}", at, _in_node(source, child.children[2]), checks=False)
        return
    kinds = {inner.kind for inner in syntax.blocks(source, block.body)} if block.body else set()
    conditions = "lifecycle" in kinds and any(
        inner.kind in {"precondition", "postcondition"}
        for outer in syntax.blocks(source, block.body or block.node)
        if outer.kind == "lifecycle" and outer.body
        for inner in syntax.blocks(source, outer.body)
    )
    at = Position(file, block.node.start_point[0] + 1)
    yield Declared(_address(block.kind, block.labels), at, _in_node(source, block.node), conditions)


def _address(kind: str, labels: tuple[str, ...]) -> str:
    return PREFIXES.get(kind, f"{kind}.") + ".".join(labels)


@cache
def _query() -> Query:
    return Query(language(), "(variable_expr) @expression")


def _in_node(source: syntax.Source, node: Node) -> tuple[str, ...]:
    found: dict[str, None] = {}
    nodes = QueryCursor(_query()).captures(node).get("expression", [])
    for one in sorted(nodes, key=lambda one: one.start_byte):
        words = [source.text(one)]
        after = one.next_sibling
        while after is not None and after.type == "get_attr" and len(words) < 3:
            words.append(source.text(after.children[-1]))
            after = after.next_sibling
        address = _referred(words)
        if address:
            found[address] = None
    return tuple(found)


def _referred(words: list[str]) -> str:
    length = 2 if words[0] in ONE_NAME else 3 if words[0] in TWO_NAMES else 2
    return ".".join(words[:length]) if len(words) >= length else ""


def _of_json(path: Path, data: bytes) -> Iterator[Declared]:
    """Yield what a JSON file declares; its expressions are templates in strings."""
    content = json.loads(data.decode("utf-8-sig"))
    at = Position(path.name, 1)
    for kind, inside in content.items() if isinstance(content, dict) else ():
        for labels, body in _labelled(inside, 2 if kind in {"resource", "data", "ephemeral"} else 1):
            prefix = "local." if kind == "locals" else _address(kind, ())
            references = tuple(dict.fromkeys(found for text in _strings(body) for found in _in_text(text)))
            yield Declared(prefix + ".".join(labels), at, references, checks=False)


def _labelled(
    inside: object, depth: int, labels: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(inside, list):
        for one in inside:
            yield from _labelled(one, depth, labels)
    elif depth and isinstance(inside, dict):
        for name, body in inside.items():
            yield from _labelled(body, depth - 1, (*labels, name))
    else:
        yield labels, inside


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _in_text(text: str) -> tuple[str, ...]:
    """Return the references of a template, or of a bare reference, as `depends_on` has them."""
    quoted = json.dumps(text) if "${" in text or "%{" in text else text
    try:
        source = syntax.parse("", f"x = {quoted}\n".encode())
    except SInfraError:
        return ()
    return _in_node(source, source.body) if source.body is not None else ()
