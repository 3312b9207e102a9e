"""A file's blocks as the reader of a module takes them, whether HCL or JSON wrote them."""

from __future__ import annotations

from s_infra.docs import syntax
from s_infra.docs.records import NamedTuple
from s_infra.docs.values import NotConstantError, constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from s_infra.docs.attributes import Attribute
    from s_infra.docs.model import Value
    from s_infra.errors import SInfraError


class Declaration(NamedTuple):
    """A block: what it declares, its arguments and the blocks in it."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, Attribute]
    blocks: tuple[Declaration, ...]


class HclAttribute(NamedTuple):
    """An argument in HCL's own syntax."""

    source: syntax.Source
    node: Node

    def text(self) -> str:
        """Return the expression as written."""
        return self.source.text(self.node)

    def value(self) -> Value:
        """Return the expression's value."""
        try:
            return constant(self.source, self.node)
        except NotConstantError as error:
            raise self.source.error(
                error.what,
                error.node,
                next_step="write a constant; references and functions belong in locals",
            ) from error

    def keyword(self) -> str:
        """Return a constant string's text, or the expression as written."""
        if self.node.children[0].type in {"literal_value", "template_expr"} and len(self.node.children) == 1:
            try:
                value = constant(self.source, self.node)
            except NotConstantError:
                return self.text()
            if isinstance(value, str):
                return value
        return self.text()

    def error(self, what: str) -> SInfraError:
        """Return an error that points at the expression."""
        return self.source.error(what, self.node)

    def items(self) -> dict[str, Attribute] | None:
        """Return the elements of an object that is written out."""
        inner = self.node.children[0]
        if inner.type != "collection_value" or inner.children[0].type != "object":
            return None
        elements = (child.children for child in inner.children[0].children if child.type == "object_elem")
        return {
            self.source.text(parts[0]).strip('"'): HclAttribute(self.source, parts[2]) for parts in elements
        }


KINDS = {"data", "ephemeral", "module", "output", "provider", "resource", "terraform", "variable"}
"""The blocks that a page tells of; the rest of a file is only parsed."""
# Of these a page tells no argument but `provider`.
_RESOURCES = {"data", "ephemeral", "resource"}
_WITHOUT_BLOCKS = {*_RESOURCES, "module"}


def of_source(source: syntax.Source) -> Iterator[Declaration]:
    """Yield the blocks of an HCL file that a page tells of."""
    if source.body is not None:
        for block in syntax.blocks(source, source.body):
            if block.kind in KINDS:
                yield _declaration(source, block)


def _declaration(source: syntax.Source, block: syntax.Block) -> Declaration:
    attributes: dict[str, Attribute] = {}
    inner: tuple[Declaration, ...] = ()
    if block.body is not None and not (
        block.kind in _RESOURCES and "provider" not in source.text(block.node)
    ):
        for name, node in syntax.attributes(source, block.body).items():
            attributes[name] = HclAttribute(source, node)
        if block.kind not in _WITHOUT_BLOCKS:
            inner = tuple(_declaration(source, child) for child in syntax.blocks(source, block.body))
    return Declaration(block.kind, block.labels, block.node.start_point[0] + 1, attributes, inner)
