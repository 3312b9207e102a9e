"""What a served type declares: calls, identity, and what differs from the service model's shapes.

Everything else follows from the schema and the botocore model: `retention_in_days` finds `retentionInDays`, a
block finds a structure or a list of them, `rule` finds `Rules`, `tags_all` finds `Tags` as a map or as pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session
    from s_infra.sandbox.provider.wire import Problem

Names: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Terraform path ("rule.filter.and") → AWS member, or several of which the first that a shape has is meant.

A dotted member goes deeper from the shape at hand ("Attributes.DelaySeconds"), in an answer through each item
of a list ("Subnets.*.SubnetIdentifier"); "" means not in any shape.
"""


@dataclass(frozen=True)
class Call:
    """An operation that changes something.

    `when`: only if one of these attributes is set (create) or changed (update); `unset`: the operation that
    takes them back. `into`: the member that holds what isn't in the input itself ("JobUpdate", "Targets.0").
    `each`: the operation sets one of a map of attributes at a time; its map is that of the operation named
    here. `constant`: members that are always sent. `given`: the attributes that are sent, if not all that the
    input has. `returns`: attribute → member of the answer, for identities that AWS gives.
    """

    operation: str
    when: tuple[str, ...] = ()
    unset: str | None = None
    into: str | None = None
    each: str | None = None
    constant: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    returns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """An operation that tells the present state.

    `given`: the attributes that identify it, if not all that the input has. `at`: where in the answer the
    attributes lie ("Role", "repositories.0"), "" for the answer itself. `match`: (attribute, member) that
    picks an element of the list at `at`. `block`: the answer tells this block, not the whole. `needs`:
    without this attribute the resource isn't there; `gone`: nor with these values of members (any, if none is
    named). `told`: the attributes of what was found, where its shape can't tell them.
    """

    operation: str
    at: str = ""
    given: tuple[str, ...] = ()
    match: tuple[str, str] | None = None
    block: str | None = None
    needs: str | None = None
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: Callable[[Any], State] | None = None
    constant: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """How the first read tells that the resource is ready, or has failed.

    `status` and `reason` are members of what the read finds. `minutes` is the longest wait for a create,
    update or delete without a `timeouts` block. A status of neither kind is waited out.
    """

    status: str
    ready: tuple[str, ...]
    failed: tuple[str, ...] = ()
    reason: str = ""
    minutes: float = 30


@dataclass(frozen=True)
class Tags:
    """How tags are read and changed; a `remove` without keys removes all, and its `add` replaces all.

    Without `read` they are told with the rest.
    """

    read: str
    add: str
    remove: str
    constant: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """A resource type: its service and calls, then only what the schema and the shapes can't say.

    A template fills in attributes, {partition}, {account} and {region}. The meaning of each field:

    id: a template. import_ids: those that an import may be written by, if not by `id`; () if the real
        provider can't import it.
    names: see `Names`. derived: computed attribute → its template.
    defaults: by path. blank: values that mean unset, so aren't sent. filled: what AWS fills when it's left
        out, though the schema can't say so. generated: the name that is made up when it's left out.
    instead: attribute → the one that is sent in its place where it is set.
    replace: paths whose change needs a new resource (without any `update` call: all).
    renewed: computed attribute → attributes whose change makes it unknown. renewed_if: of these, attribute →
        the one that must be set for that.
    json: attributes whose spelling is kept. local: arguments that AWS never sees.
    refused: arguments that aren't carried out, though a shape has them → why.
    one_of: exactly one of each group is set.
    sensitive: paths that Terraform doesn't show. write_only: arguments that AWS gets and no state holds.
    """

    service: str
    create: tuple[Call, ...]
    read: tuple[Read, ...]
    delete: tuple[Call, ...]
    id: str
    update: tuple[Call, ...] = ()
    import_ids: tuple[str, ...] | None = None
    names: Names = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Value] = field(default_factory=dict)
    blank: Mapping[str, Value] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    filled: tuple[str, ...] = ()
    generated: str = "name"
    replace: tuple[str, ...] = ()
    renewed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renewed_if: Mapping[str, str] = field(default_factory=dict)
    json: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    one_of: tuple[tuple[str, ...], ...] = ()
    sensitive: tuple[str, ...] = ()
    write_only: tuple[str, ...] = ()
    wait: Wait | None = None
    tags: Tags | None = None
    arguments: Callable[[Session, str, State], Mapping[str, Any]] | None = None
    """More arguments of an operation, reads too, from the state: the bytes of a file, say."""
    settle: Callable[[State, State], Mapping[str, Value]] | None = None
    """From (what was read, the state before): attributes that the shapes can't tell."""
    change: Callable[[Session, State, State], None] | None = None
    """What an update does before its calls, from (the state before, the one wanted)."""
    afterwards: Callable[[Session, State], None] | None = None
    """What a create and an update do after their calls."""
    before_delete: Callable[[Session, State], None] | None = None


@dataclass(frozen=True)
class DataSource:
    """A data source: what it tells, from its configuration."""

    read: Callable[[Session, State], State]
    validate: Callable[[State], Iterable[Problem]] | None = None
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Served:
    """One provider: the types that it serves, each by its full name."""

    name: str
    resources: Mapping[str, Resource] = field(default_factory=dict)
    data: Mapping[str, DataSource] = field(default_factory=dict)
