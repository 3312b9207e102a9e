"""MiniStack in this process, extended from outside: the one place that touches its registries."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import re
import threading
import types
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from s_infra.errors import SInfraError
from s_infra.sandbox import asgi, connections, environment, http_server, kept
from s_infra.sandbox.access import OWN_KEY, Access, Sessions, acting
from s_infra.sandbox.clock import Clock
from s_infra.sandbox.faults.registry import Faults
from s_infra.sandbox.handlers import Handlers
from s_infra.sandbox.hidden import hidden

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from s_infra.packaging.engine import Engine
    from s_infra.sandbox.access import Session

Response: TypeAlias = tuple[int, dict[str, str], bytes]
Handler: TypeAlias = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]
Filter: TypeAlias = Callable[[str, str, Mapping[str, str]], Response | None]
Page: TypeAlias = Callable[[], Mapping[str, object]]
Command: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, object]]
AwsEventListener: TypeAlias = Callable[[str, str, Mapping[str, Any]], None]
MetricListener: TypeAlias = Callable[[str, Mapping[str, float], Mapping[str, str], str | None, float], None]
Dump: TypeAlias = Callable[[], tuple[object, Sequence[str]]]

SCOPE = re.compile(r"Credential=[^/]+/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
START_TIMEOUT_S = 20.0
# Tags by S3 Control, which Terraform's provider reads those of buckets with.
TAGS_PATH = "/v20180820/tags/"


class Base:
    """The AWS services that MiniStack gives, and what is added to and mended in them.

    `endpoint` is `http://127.0.0.1:<port>`, known before the start; `data_dir` is scratch space that
    goes with the sandbox, but for what `save` writes there when `keep` is set. Services are added and wrapped
    before `start`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        region: str = environment.DEFAULT_REGION,
        keep: bool = False,
        iam: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.region = region
        self.keep = keep
        self.account_id = environment.ACCOUNT_ID
        # What containers are run by; None: as processes. Set before services are installed.
        self.engine: Engine | None = None
        # Services of ours that others of ours ask directly, by name.
        self.installed: dict[str, Any] = {}
        # Alarms and schedules go by it; a test may move it forward.
        self.clock = Clock()
        data_dir.mkdir(parents=True, exist_ok=True)
        self._socket = connections.bind(port)
        self.port = int(self._socket.getsockname()[1])
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._configure()
        # MiniStack reads its settings from the environment while it is imported.
        app = http_server.ministack()
        from ministack.core import router

        self._app = app
        self._router = router
        # It does without Docker's SDK, which takes longer to load and has no use here.
        with hidden("docker"):
            app._get_module("lambda_svc")
        # A container engine of the user's is not MiniStack's to tidy up.
        app._reaper_docker_client = _no_engine
        app._docker_socket_present = _no_engine
        self._filters: list[Filter] = []
        self._pages: dict[str, Page] = {}
        self.faults = Faults()
        self._direct: tuple[tuple[str, str, str], ...] = ()
        self._commands: dict[str, Command] = {}
        self._event_listeners: list[AwsEventListener] = []
        self._metric_listeners: list[MetricListener] = []
        self._clients: dict[str, Any] = {}
        self._clients_lock = threading.Lock()
        self._kept: dict[str, Dump] = {}
        # Addresses and ports of this machine that functions may reach, too: databases'.
        self.open_addresses: set[tuple[str, int]] = set()
        self.access = Access(self, enforced=iam)
        self.sessions = Sessions(lambda: self.module("sts"), self.account_id, self.access.trusted)
        self._loop: asyncio.AbstractEventLoop | None = None

    def _configure(self) -> None:
        os.environ.update(
            {
                **environment.standard(self.endpoint, self.region),
                "GATEWAY_PORT": str(self.port),
                "BIND_HOST": "127.0.0.1",
                "MINISTACK_HOST": "127.0.0.1",
                "MINISTACK_REGION": self.region,
                "MINISTACK_ACCOUNT_ID": self.account_id,
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "PERSIST_STATE": str(int(self.keep)),
                "S3_PERSIST": str(int(self.keep)),
                "S3_DATA_DIR": str(self.data_dir / kept.OBJECTS),
                "STATE_DIR": str(self.data_dir / kept.BASE_STATE),
                "LOG_LEVEL": "WARNING",
            }
        )

    def add_service(
        self,
        name: str,
        handler: Handler,
        *,
        target_prefixes: Sequence[str] = (),
        path_patterns: Sequence[str] = (),
        host_patterns: Sequence[str] = (),
        reset: Callable[[], None] | None = None,
    ) -> None:
        """Serve `name` (its signing name) with `handler`; MiniStack's of that name is replaced."""
        module = types.SimpleNamespace(handle_request=handler, reset=reset or _nothing, get_state=dict)
        self._app._loaded_modules[name] = module
        self._app.SERVICE_REGISTRY[name] = {"module": name}
        self._app.SERVICE_HANDLERS[name] = handler
        self._router.SERVICE_PATTERNS[name] = {
            "target_prefixes": list(target_prefixes),
            "path_patterns": list(path_patterns),
            "host_patterns": list(host_patterns),
        }

    def handler(self, name: str) -> Handler:
        """Return what serves `name` now."""
        found: Handler = self._app.SERVICE_HANDLERS[name]
        return found

    def wrap_service(self, name: str, wrap: Callable[[Handler], Handler]) -> None:
        """Put `wrap(handler)` in the place of the handler of `name`."""
        self._app.SERVICE_HANDLERS[name] = wrap(self.handler(name))

    def serve_unknown(self, make: Callable[[str], Handler]) -> None:
        """Answer requests for services that nobody serves with `make(name)`."""
        self._app.SERVICE_HANDLERS = Handlers(make, self._app.SERVICE_HANDLERS)

    def service_names(self) -> tuple[str, ...]:
        """Return the names that requests are routed by."""
        return tuple(self._app.SERVICE_HANDLERS)

    def module(self, name: str) -> Any:
        """Return MiniStack's module of that name (`s3`, `stepfunctions`), imported."""
        return self._app._get_module(name)

    def core(self, name: str) -> Any:
        """Return MiniStack's module of that name that several of its services use (`lambda_runtime`)."""
        return importlib.import_module(f"ministack.core.{name}")

    def close_side_entrances(self) -> None:
        """Have a request reach a service by its signature alone; the image registry and tags stay by path.

        MiniStack also serves some by names of hosts and by paths, past the handlers of its services.
        """
        app = self._app

        async def by_path(
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query: dict[str, list[str]],
            request_id: str,
            **_: Any,
        ) -> Response | None:
            if path.startswith(TAGS_PATH):
                answer = await app._handle_s3_control_request(path, method, body, query, request_id, headers)
            else:
                answer = await app._handle_ecr_registry_request(method, path, headers, body, query)
            return app._with_data_plane_headers(answer, request_id) if answer else None

        app._handle_special_data_plane_request = by_path

    def names_a_bucket(self, host: str) -> bool:
        """Tell whether MiniStack would read a bucket's name from a request's host."""
        return bool(self._app._extract_s3_vhost_bucket(host))

    def add_filter(self, check: Filter) -> None:
        """Have `check(method, path, headers)` see each request first; what it returns is the answer."""
        self._filters.append(check)

    def reachable(self) -> tuple[str, ...]:
        """Return the addresses that functions may reach beside the endpoint, as `127.0.0.1:5432`."""
        return tuple(f"{host}:{port}" for host, port in sorted(self.open_addresses))

    def serve_also(self, listener: socket.socket) -> Callable[[], object]:
        """Answer on another listening socket, which the server then owns; what is returned closes it."""
        loop = self._running_loop()
        close = asyncio.run_coroutine_threadsafe(self._server.listen(listener), loop).result()
        return lambda: loop.call_soon_threadsafe(close)

    def add_page(self, path: str, page: Page) -> None:
        """Answer `GET path` with `page()` as JSON."""
        self._pages[path] = page

    def serve_directly(self, service: str, method: str, prefix: str) -> None:
        """Bring requests signed for `service` with this method and path past MiniStack's router.

        For what is called hundreds of times a second. The handler is the one that MiniStack would ask.
        """
        self._direct = (*self._direct, (service, method, prefix))

    def add_command(self, path: str, command: Command) -> None:
        """Answer `POST path` with `command(body)` as JSON, from a thread; an SInfraError is a 400."""
        self._commands[path] = command

    def listen_to_aws_events(self, listener: AwsEventListener) -> None:
        """Tell `listener(source, detail_type, detail)` each event that an AWS service puts."""
        self._event_listeners.append(listener)

    def listen_to_metrics(self, listener: MetricListener) -> None:
        """Tell `listener(namespace, values, dimensions, unit, moment)` what `put_metrics` gets."""
        self._metric_listeners.append(listener)

    def put_metrics(
        self,
        namespace: str,
        values: Mapping[str, float],
        dimensions: Mapping[str, str],
        *,
        unit: str | None = None,
        moment: float | None = None,
    ) -> None:
        """Publish an AWS service's own metrics, by name, in the unit that it has, as of now."""
        moment = self.clock.now() if moment is None else moment
        for listener in self._metric_listeners:
            listener(namespace, values, dimensions, unit, moment)

    def keep_state(self, name: str, dump: Dump, restore: Callable[[Any], None]) -> None:
        """Have a service's own state kept: `restore` gets, here and now, what `dump` gave at the last stop.

        `dump` also tells what of it can't be kept. It is asked at a stop, when `keep` is set.
        """
        if not self.keep:
            return
        self._kept[name] = dump
        found = kept.read(self.data_dir, name)
        if found is not None:
            restore(found)

    def save(self) -> list[str]:
        """Write all state down; return what is lost, by name. Nothing is answered meanwhile."""
        # On the loop's own thread, so that no request changes what is being written.
        return asyncio.run_coroutine_threadsafe(self._save(), self._running_loop()).result()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise SInfraError("the sandbox's base has not started", which=self.endpoint)
        return self._loop

    async def _save(self) -> list[str]:
        lost: list[str] = []
        for name, dump in self._kept.items():
            content, gone = dump()
            kept.write(self.data_dir, name, content)
            lost += gone
        self._app.save_all(self._app._build_persistence_save_dict())
        return lost

    def client(self, service_name: str, session: Session | None = None) -> Any:
        """Return the boto3 client of `service_name` on the own endpoint; one for all threads.

        It calls in the role of `session`, or of the one that this thread acts in; else as the sandbox itself.
        """
        session = session or acting()
        key = f"{service_name} {session.access_key_id if session else OWN_KEY}"
        with self._clients_lock:
            if key not in self._clients:
                self._clients[key] = connections.make_client(
                    service_name, self.endpoint, self.region, session
                )
            return self._clients[key]

    def put_aws_event(self, source: str) -> Callable[[str, dict[str, Any], str], None]:
        """Return what puts an AWS service's event on the default bus: `put(detail_type, detail, resource)`.

        The operation PutEvents rightly refuses such sources to users.
        """
        eventbridge = self.module("eventbridge")

        def put(detail_type: str, detail: dict[str, Any], resource: str) -> None:
            entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
            more = {"Resources": [resource], "Time": self.clock.now()}
            eventbridge._put_events({"Entries": [{**entry, **more}]}, allow_aws_source=True)
            for listener in self._event_listeners:
                listener(source, detail_type, detail)

        return put

    def start(self) -> None:
        """Listen on the port; returns when requests are answered. It ends with the process."""
        ready = threading.Event()
        threading.Thread(target=self._serve, args=(ready,), name="base", daemon=True).start()
        if not ready.wait(START_TIMEOUT_S):
            raise SInfraError("the sandbox's base did not start", which=self.endpoint)
        self.clock.start()

    def _serve(self, ready: threading.Event) -> None:
        asyncio.run(self._run(ready))

    async def _run(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()

        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                send = asgi.announcing(send, ready)
            await self._answer(scope, receive, send)

        self._server = http_server.HttpServer(application)
        # The application is called with the lifespan's start before there are requests.
        await self._server.serve(self._socket)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            method, path = str(scope["method"]), str(scope["path"])
            headers = {
                key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]
            }
            response = self._own_answer(method, path, headers)
            if method == "POST" and path in self._commands:
                body = await asgi.read_body(receive)
                # In a thread: what a command does may call this same server.
                response = await asyncio.to_thread(asgi.carry_out, self._commands[path], body or b"")
            service = self._direct_service(scope, method, path, headers) if response is None else None
            if service is not None:
                response = await self._direct_answer(service, method, path, headers, receive)
                if response is None:
                    return
            if response is not None:
                await asgi.write(asgi.finishing(send), response)
                return
        await self._app.app(scope, receive, asgi.finishing(send))

    def _own_answer(self, method: str, path: str, headers: Mapping[str, str]) -> Response | None:
        if method == "GET" and path in self._pages:
            return 200, {"Content-Type": "application/json"}, json.dumps(self._pages[path]()).encode()
        for check in self._filters:
            if (response := check(method, path, headers)) is not None:
                return response
        return None

    def _direct_service(self, scope: Any, method: str, path: str, headers: Mapping[str, str]) -> str | None:
        for service, verb, prefix in self._direct:
            # A body that is packed in some way is MiniStack's to unpack, and so is a query.
            plain = "content-encoding" not in headers and not scope["query_string"]
            if verb == method and path.startswith(prefix) and plain and signing_name(headers) == service:
                return service
        return None

    async def _direct_answer(
        self, service: str, method: str, path: str, headers: dict[str, str], receive: Any
    ) -> Response | None:
        body = await asgi.read_body(receive)
        if body is None:
            return None
        status, answered, content = await self.handler(service)(method, path, headers, body, {})
        return status, {"x-amzn-requestid": str(uuid.uuid4()), **answered}, content


def signing_name(headers: Mapping[str, str]) -> str | None:
    """Return the service in the request's signature (version 4), or None when it isn't signed so."""
    match = SCOPE.search(headers.get("authorization", ""))
    return match["service"] if match else None


def signing_region(headers: Mapping[str, str]) -> str | None:
    """Return the Region in the request's signature (version 4), or None when it isn't signed so."""
    match = SCOPE.search(headers.get("authorization", ""))
    return match["region"] if match else None


def _no_engine() -> None:
    return None


def _nothing() -> None:
    return None
