"""The plugin protocol's service: each request decoded, given to the mechanism, and answered.

Plan and apply say `legacy_type_system`, as the real provider's resources do: without it Terraform refuses
every default. It then lets inconsistencies pass, so the ones that matter are looked for in the engine, and
are errors.
"""
# ruff: noqa: D102, N802 - the methods are the protocol's, and so are their names

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from s_infra.errors import SInfraError
from s_infra.sandbox.provider import configuration, wire
from s_infra.sandbox.provider.calls import OperationError
from s_infra.sandbox.provider.cty import conform
from s_infra.sandbox.provider.engine import ResourceType
from s_infra.sandbox.provider.schema import Block, load
from s_infra.sandbox.provider.session import Clients, Session
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s_infra.sandbox.provider.declaration import Served

_IMPORTED = b"imported"
_FAILURES = (SInfraError, OperationError, OSError, ClientError, BotoCoreError)


@dataclass(frozen=True)
class Site:
    """Where the provider runs: the endpoint's clients, the default Region, and where relative paths start.

    `locate` tells the working directory of a peer of a port, `directory` is taken where it tells nothing.
    """

    clients: Clients
    region: str
    directory: Path
    locate: Callable[[str, int], Path | None]


@dataclass
class Servicer(rpc.ProviderServicer):  # type: ignore[misc]
    """Serves one provider's types."""

    served: Served
    site: Site
    port: int = 0
    _sessions: dict[str, Session] = field(default_factory=dict)
    _stopped: set[str] = field(default_factory=set)

    @cached_property
    def resources(self) -> dict[str, ResourceType]:
        """The resource types by name."""
        return {name: ResourceType(name, resource) for name, resource in self.served.resources.items()}

    @cached_property
    def provider_block(self) -> Block:
        """The schema of the provider block."""
        return load("provider", self.served.name)

    @cached_property
    def schemas(self) -> Any:
        """All schemas as one message."""
        return pb.GetProviderSchema.Response(
            provider=wire.schema(self.provider_block),
            resource_schemas={name: wire.schema(served.block) for name, served in self.resources.items()},
            data_source_schemas={
                name: wire.schema(load("data", name).marked(source.sensitive))
                for name, source in self.served.data.items()
            },
            server_capabilities=pb.ServerCapabilities(plan_destroy=False),
        )

    def GetMetadata(self, request: Any, context: Any) -> Any:
        del request, context
        return pb.GetMetadata.Response(
            server_capabilities=pb.ServerCapabilities(plan_destroy=False),
            resources=[pb.GetMetadata.ResourceMetadata(type_name=name) for name in self.resources],
            data_sources=[pb.GetMetadata.DataSourceMetadata(type_name=name) for name in self.served.data],
        )

    def GetProviderSchema(self, request: Any, context: Any) -> Any:
        del request, context
        return self.schemas

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:
        del context
        config = wire.from_dynamic_value(request.config, self.provider_block.type)
        found = configuration.problems(config)
        return pb.ValidateProviderConfig.Response(diagnostics=wire.diagnostics(found))

    def ConfigureProvider(self, request: Any, context: Any) -> Any:
        config = wire.from_dynamic_value(request.config, self.provider_block.type)
        directory = self.site.locate(context.peer(), self.port) or self.site.directory
        session = configuration.session(config, self.site.clients, self.site.region, directory)
        # Each alias opens a connection of its own: its peer is what tells the configurations apart.
        self._sessions[context.peer()] = session
        self._stopped.discard(context.peer())  # the port may have been another's before
        problem = configuration.account_problem(config, session)
        return pb.ConfigureProvider.Response(diagnostics=wire.diagnostics([problem] if problem else []))

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:
        del context
        served = self.resources[request.type_name]
        config = wire.from_dynamic_value(request.config, served.block.type)
        found = served.problems(config)
        if not wire.keeps_write_only(request):
            given = [name for name in served.resource.write_only if config[name] is not None]
            why = "Terraform or OpenTofu 1.11 or later keeps it out of the state; this one would not."
            found += [Problem("Write-only argument not allowed", why, (name,)) for name in given]
        return pb.ValidateResourceConfig.Response(diagnostics=wire.diagnostics(found))

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:
        del context
        source = self.served.data[request.type_name]
        config = wire.from_dynamic_value(request.config, load("data", request.type_name).type)
        found = list(source.validate(config)) if source.validate else []
        return pb.ValidateDataResourceConfig.Response(diagnostics=wire.diagnostics(found))

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:
        del context
        kind = self.resources[request.type_name].block.type
        state = conform(json.loads(request.raw_state.json), kind)
        return pb.UpgradeResourceState.Response(upgraded_state=wire.dynamic_value(state, kind))

    def ReadResource(self, request: Any, context: Any) -> Any:
        served = self.resources[request.type_name]
        kind = served.block.type
        state = wire.from_dynamic_value(request.current_state, kind)
        try:
            imported = request.private == _IMPORTED
            now = served.refresh(self._session(context), state, imported=imported)
        except _FAILURES as error:
            problem = Problem(f"reading {request.type_name} ({state.get('id')}): {error}")
            return pb.ReadResource.Response(diagnostics=wire.diagnostics([problem]))
        return pb.ReadResource.Response(new_state=wire.dynamic_value(now, kind))

    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        served = self.resources[request.type_name]
        kind = served.block.type
        prior = wire.from_dynamic_value(request.prior_state, kind)
        proposed = wire.from_dynamic_value(request.proposed_new_state, kind)
        config = wire.from_dynamic_value(request.config, kind)
        planned = served.plan(self._session(context), prior, proposed, config)
        return pb.PlanResourceChange.Response(
            planned_state=wire.dynamic_value(planned.state, kind),
            requires_replace=[wire.attribute_path(path) for path in planned.replace],
            legacy_type_system=True,
        )

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:
        served = self.resources[request.type_name]
        kind = served.block.type
        prior = wire.from_dynamic_value(request.prior_state, kind)
        planned = wire.from_dynamic_value(request.planned_state, kind)
        config = wire.from_dynamic_value(request.config, kind)
        try:
            applied = served.apply(self._session(context), prior, planned, config)
        except _FAILURES as error:  # a file that the configuration names, say
            problem = Problem(f"{request.type_name}: {error}")
            diagnostics = wire.diagnostics([problem])
            return pb.ApplyResourceChange.Response(new_state=request.prior_state, diagnostics=diagnostics)
        return pb.ApplyResourceChange.Response(
            new_state=wire.dynamic_value(applied.state, kind),
            diagnostics=wire.diagnostics(applied.problems),
            legacy_type_system=True,
        )

    def ImportResourceState(self, request: Any, context: Any) -> Any:
        del context
        served = self.resources[request.type_name]
        state = served.imported(request.id)
        if state is None:
            forms = " or ".join(served.import_forms)
            why = f"{request.id} hasn't the form {forms}" if forms else "the real provider can't either"
            problem = Problem(f"importing {request.type_name}: {why}")
            return pb.ImportResourceState.Response(diagnostics=wire.diagnostics([problem]))
        found = pb.ImportResourceState.ImportedResource(
            type_name=request.type_name,
            state=wire.dynamic_value(state, served.block.type),
            private=_IMPORTED,
        )
        return pb.ImportResourceState.Response(imported_resources=[found])

    def ReadDataSource(self, request: Any, context: Any) -> Any:
        kind = load("data", request.type_name).type
        config = wire.from_dynamic_value(request.config, kind)
        session = self._session(context).at(config.get("region"))
        try:
            found = self.served.data[request.type_name].read(session, config)
        except _FAILURES as error:
            problem = Problem(f"reading {request.type_name}: {error}")
            return pb.ReadDataSource.Response(diagnostics=wire.diagnostics([problem]))
        return pb.ReadDataSource.Response(state=wire.dynamic_value(conform({**config, **found}, kind), kind))

    def GetFunctions(self, request: Any, context: Any) -> Any:
        del request, context
        return pb.GetFunctions.Response()

    def StopProvider(self, request: Any, context: Any) -> Any:
        del request
        self._stopped.add(context.peer())
        return pb.StopProvider.Response()

    def _session(self, context: Any) -> Session:
        peer = context.peer()
        configured = self._sessions.get(peer) or Session(
            self.site.clients, self.site.region, self.site.directory
        )
        return replace(configured, stopped=lambda: peer in self._stopped or not context.is_active())
