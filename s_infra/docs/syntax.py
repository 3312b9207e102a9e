"""HCL's syntax tree, by tree-sitter; a file that doesn't parse is an error with file, line and column."""

from __future__ import annotations

import re

from s_infra.docs import prose
from s_infra.docs.grammar import parser
from s_infra.docs.records import NamedTuple
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from s_infra.docs.prose import Cuts


# The grammar knows no exponent without a fraction, and takes a doubled sign after a third for one that opens.
# Digits are parsed in their place; what they say is read from the file.
_MAYBE_EXPONENT = re.compile(rb"\d[eE][+-]?\d")
_EXPONENT = rb"(?<![\w.])\d+[eE][+-]?\d+"
# The first version of the language had names in quotes, too, and such as begin with a digit.
_OLD_NAME = rb'(?m)(^[ \t]*|\{[ \t]*)"([^"\\\r\n]+)"(?=[ \t]*[={])|(?<=\.)\d\w*[A-Za-z]\w*'
_HEREDOC = rb"<<-?([^\W\d][\w-]*)\r?\n"


class Source(NamedTuple):
    """A parsed file."""

    name: str
    """What messages and positions call it."""
    data: bytes
    body: Node | None
    """The node of all blocks and attributes; None in an empty file."""
    cuts: Cuts
    """What the parser didn't see."""

    def text(self, node: Node) -> str:
        """Return what the node covers, verbatim."""
        whole = self.cuts.whole
        return self.data[whole(node.start_byte) : whole(node.end_byte)].decode()

    def start(self, node: Node) -> int:
        """Return where the node begins in the data."""
        return self.cuts.whole(node.start_byte)

    def end(self, node: Node) -> int:
        """Return where the node ends in the data."""
        return self.cuts.whole(node.end_byte)

    def error(self, what: str, node: Node, *, next_step: str | None = None) -> SInfraError:
        """Return an error that points at the node's start: line and column from 1, in characters."""
        row, column = node.start_point
        start = self.start(node)
        characters = len(self.data[start - column : start].decode(errors="replace"))
        return SInfraError(what, which=f"{self.name}:{row + 1}:{characters + 1}", next_step=next_step)


class Block(NamedTuple):
    """A block of a body, with its labels unquoted."""

    kind: str
    labels: tuple[str, ...]
    body: Node | None
    node: Node


def parse(name: str, data: bytes) -> Source:
    """Parse a file's bytes; `name` is what messages call it."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise SInfraError(
            "the file is not UTF-8", which=f"{name}:{line}:{column}", next_step="save it as UTF-8"
        ) from error
    readable = _readable(data)
    rest, cuts = prose.cut(readable)
    root = parser().parse(rest).root_node
    if root.has_error and cuts:
        cuts = prose.Cuts()
        root = parser().parse(readable).root_node
    if root.has_error:
        found = parser().parse(re.sub(_OLD_NAME, _renamed, readable)).root_node
        if found.has_error:
            raise _error(Source(name, data, None, cuts), root)
        root = found
    body = next((child for child in root.children if child.type == "body"), None)
    return Source(name, data, body, cuts)


def blocks(source: Source, body: Node) -> Iterator[Block]:
    """Yield a body's blocks in their order."""
    for node in body.children:
        if node.type == "block":
            yield _block(source, node)


def attributes(source: Source, body: Node | None) -> dict[str, Node]:
    """Return a body's attributes: name to the node of the expression."""
    if body is None:
        return {}
    return {
        source.text(parts[0]): parts[2]
        for parts in (node.children for node in body.children if node.type == "attribute")
    }


def _block(source: Source, node: Node) -> Block:
    kind = ""
    labels = []
    body = None
    for child in node.children:
        match child.type:
            case "identifier" if not kind:
                kind = source.text(child)
            case "identifier":
                labels.append(source.text(child))
            case "string_lit":
                labels.append(source.text(child)[1:-1])
            case "body":
                body = child
    return Block(kind, tuple(labels), body, node)


def _readable(data: bytes) -> bytes:
    """Return the data with as many other bytes where the grammar would misread them."""
    if _MAYBE_EXPONENT.search(data):
        data = re.sub(_EXPONENT, _masked, data)
    return data.replace(b"$${", b"000").replace(b"%%{", b"000")


def _masked(match: re.Match[bytes]) -> bytes:
    return b"0" * len(match[0])


def _renamed(match: re.Match[bytes]) -> bytes:
    before, name = match.groups()
    if name is None:
        return b"_" * len(match[0])
    known = re.fullmatch(rb"[A-Za-z_][\w-]*", name)
    return bytes(before) + (b" " + name + b" " if known else b"_" * (len(name) + 2))


def _error(source: Source, root: Node) -> SInfraError:
    for match in re.finditer(_HEREDOC, source.data):
        marker = re.escape(match[1])
        if not re.compile(rb"^[ \t]*" + marker + rb"[ \t]*\r?$", re.MULTILINE).search(
            source.data, match.end()
        ):
            line = source.data.count(b"\n", 0, match.start()) + 1
            column = match.start() - source.data.rfind(b"\n", 0, match.start())
            return SInfraError(
                "the heredoc has no end",
                which=f"{source.name}:{line}:{column}",
                next_step=f"put {match[1].decode()} on a line of its own",
            )
    return source.error("the file does not parse", _first_error(root), next_step="terraform fmt shows why")


def _first_error(node: Node) -> Node:
    """Return the first node, in the file's order, that is an error or is missing."""
    for child in node.children:
        if child.is_error or child.is_missing:
            return child
        if child.has_error:
            return _first_error(child)
    return node
