"""An interrupted Terraform is the only one whose waiting ends: several may talk to one provider."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tf.gen import tfplugin_pb2 as pb

from s_infra.sandbox.provider import wire
from s_infra.sandbox.provider.server import Servicer, Site
from s_infra.sandbox.provider.session import Clients
from s_infra.sandbox.provider.types import PROVIDERS

SITE = Site(Clients("http://127.0.0.1:1"), "us-east-1", Path(), lambda peer, port: None)


@dataclass
class Context:
    """A call of a peer, as gRPC tells it."""

    name: str
    active: bool = True

    def peer(self) -> str:
        return self.name

    def is_active(self) -> bool:
        return self.active


def test_a_stop_ends_the_waiting_of_its_own_peer() -> None:
    servicer = Servicer(PROVIDERS[0], SITE)
    one, other, gone = Context("one"), Context("other"), Context("gone", active=False)
    sessions = [servicer._session(context) for context in (one, other, gone)]
    assert [session.stopped() for session in sessions] == [False, False, True]
    servicer.StopProvider(None, one)
    assert [session.stopped() for session in sessions] == [True, False, True]


def test_a_peer_that_comes_by_a_port_of_before_is_not_stopped() -> None:
    servicer = Servicer(PROVIDERS[0], SITE)
    servicer.StopProvider(None, Context("one"))
    block = servicer.provider_block
    empty = wire.dynamic_value(dict.fromkeys([*block.attributes, *block.blocks]), block.type)
    servicer.ConfigureProvider(pb.ConfigureProvider.Request(config=empty), Context("one"))
    assert not servicer._session(Context("one")).stopped()
