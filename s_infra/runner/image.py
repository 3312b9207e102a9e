"""An image pushed as a build context, fetched from the sandbox's registry and laid out once a digest."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from s_infra.errors import SInfraError
from s_infra.packaging import aws_images, context, dockerfile, environments, registry
from s_infra.runner.engine import EngineImage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.packaging.aws_images import AwsImage
    from s_infra.packaging.engine import Engine
    from s_infra.packaging.environments import Environment

NEXT_STEP = "push it with `s-infra image push DIR --repository NAME --tag TAG`"
NOBODY = 65534
OWN_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Image:
    """A laid-out image. `root` holds its own files under their absolute paths; `plan` is its Dockerfile's."""

    digest: str
    root: Path
    plan: dockerfile.Plan
    environment: Environment

    def program(self, arguments: tuple[str, ...], entrypoint: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the command line of `docker run IMAGE ARGUMENTS`, with another ENTRYPOINT if given."""
        if entrypoint:
            # As in Docker, the image's CMD is no argument of another ENTRYPOINT than its own.
            return (*entrypoint, *arguments)
        return (*self.plan.entrypoint, *(arguments or self.plan.command))

    def variables(self, added: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a program: the image's ENV and `added`, nothing of this process's."""
        user = self.user()
        home = next(
            (one.home for one in self.plan.users if one.user_id == user), "/root" if user == 0 else "/"
        )
        own = {"HOME": home, **self.plan.environment, **added}
        return {**own, "PATH": f"{self.environment.directory}/bin:{own['PATH']}"}

    def user(self) -> int:
        """Return the number of the image's USER.

        Raises:
            SInfraError: the name is of no user that the Dockerfile makes.
        """
        name = (self.plan.user or "root").partition(":")[0]
        if name.isdigit():
            return int(name)
        known = {"root": 0, "nobody": NOBODY, **{one.name: one.user_id for one in self.plan.users}}
        if name not in known:
            raise SInfraError(
                f"USER {name}: no line of the Dockerfile makes that user", next_step="add a useradd line"
            )
        return known[name]


class ImageError(SInfraError):
    """An image can't be had or can't be run here."""


class Client(Protocol):
    """Makes boto3 clients on the sandbox."""

    def __call__(self, service_name: str) -> Any:
        """Return the client of that service."""


class Images:
    """The images that containers were started from so far; safe for several threads."""

    def __init__(self, directory: Path, endpoint: str, client: Client, engine: Engine | None = None) -> None:
        self._directory = directory
        self._endpoint = endpoint
        self._client = client
        self._engine = engine
        self._known: dict[str, Image | EngineImage] = {}
        self._lock = threading.Lock()

    def digest(self, uri: str) -> str:
        """Return the digest that the URI stands for now.

        Raises:
            ImageError: it isn't in the sandbox's registry, or isn't a build context.
        """
        if (provided := self.of_aws(uri)) is not None:
            return registry.digest(repr(provided).encode())
        return registry.digest(self._manifest(uri).encode())

    def get(self, uri: str) -> Image | EngineImage:
        """Return the image, laid out or, when only an engine can run it, pulled.

        Raises:
            ImageError: it isn't in the sandbox's registry, its Dockerfile can't be carried out, or its Python
                environment isn't there.
        """
        if (provided := self.of_aws(uri)) is not None:
            return self._provide(uri, provided)
        manifest = self._manifest(uri)
        digest = registry.digest(manifest.encode())
        with self._lock:
            if digest not in self._known:
                content = json.loads(manifest)
                if content.get("artifactType") == registry.ARTIFACT_TYPE:
                    self._known[digest] = self._lay_out(uri, digest, content)
                else:
                    self._known[digest] = self._pull(uri, digest)
            return self._known[digest]

    def of_aws(self, uri: str) -> AwsImage | None:
        """Return the image of AWS's that the URI names, unless the user pushed one of that name here.

        Raises:
            ImageError: it is one that there are no programs for.
        """
        try:
            found = aws_images.parse(uri)
            if found is None or aws_images.account(uri) != OWN_ACCOUNT:
                return found
            return None if self._is_pushed(uri) else found
        except SInfraError as error:
            raise ImageError(error.what, which=uri, next_step=error.next_step) from error

    def _is_pushed(self, uri: str) -> bool:
        try:
            self._manifest(uri)
        except ImageError:
            return False
        return True

    def _provide(self, uri: str, provided: AwsImage) -> Image:
        digest = registry.digest(repr(provided).encode())
        with self._lock:
            known = self._known.get(digest)
            if not isinstance(known, Image):
                directory = self._directory / digest.removeprefix("sha256:")[:20]
                source = aws_images.write_context(provided, directory / "context")
                known = self._known[digest] = self._from_context(
                    uri, digest, directory, source, f"prepare it: s-infra image prepare {uri}"
                )
            return known

    def _manifest(self, uri: str) -> str:
        from botocore.exceptions import ClientError

        reference = registry.parse(uri)
        if ".dkr.ecr." not in reference.host:
            raise ImageError("the sandbox runs images of its own ECR only", which=uri, next_step=NEXT_STEP)
        try:
            answer = self._client("ecr").batch_get_image(
                repositoryName=reference.repository, imageIds=[reference.image_id]
            )
        except ClientError as error:
            raise ImageError(error.response["Error"]["Message"], which=uri, next_step=NEXT_STEP) from error
        if not answer["images"]:
            raise ImageError("the image was never pushed", which=uri, next_step=NEXT_STEP)
        manifest: str = answer["images"][0]["imageManifest"]
        is_context = json.loads(manifest).get("artifactType") == registry.ARTIFACT_TYPE
        if not is_context and self._engine is None:
            raise ImageError(
                "the image is not a build context, and this sandbox has no container engine to run it "
                "(`s-infra sandbox status` says why)",
                which=uri,
                next_step=NEXT_STEP,
            )
        return manifest

    def _pull(self, uri: str, digest: str) -> EngineImage:
        if self._engine is None:
            raise ImageError("the sandbox has no container engine", which=uri, next_step=NEXT_STEP)
        reference = registry.local(self._endpoint, registry.parse(uri).repository, digest)
        token = self._client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
        try:
            if not self._engine.has(reference):
                self._engine.pull(reference, token)
        except SInfraError as error:
            raise ImageError(error.what, which=uri, next_step=error.next_step) from error
        return EngineImage(digest, reference, self._engine, self._directory.parents[2])

    def _lay_out(self, uri: str, digest: str, manifest: dict[str, Any]) -> Image:
        reference = registry.parse(uri)
        token = self._client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
        store = registry.Registry(self._endpoint, reference.host, reference.repository, token)
        try:
            layer = store.get_blob(manifest["layers"][0]["digest"])
            directory = self._directory / digest.removeprefix("sha256:")[:20]
            source = context.unpack(layer, directory / "context")
        except SInfraError as error:
            raise ImageError(error.what, which=error.which or uri, next_step=error.next_step) from error
        return self._from_context(uri, digest, directory, source, NEXT_STEP)

    def _from_context(
        self, uri: str, digest: str, directory: Path, source: context.Context, next_step: str
    ) -> Image:
        try:
            plan = dockerfile.read(source)
            environment = environments.find(plan.python, plan.requirements)
            if environment is None:
                raise ImageError(
                    "the container's Python environment isn't on this machine", which=uri, next_step=next_step
                )
            root = directory / "root"
            write_root(root, source, plan, environment)
            image = Image(digest, root, plan, environment)
            image.user()
        except ImageError:
            raise
        except SInfraError as error:
            raise ImageError(error.what, which=error.which or uri, next_step=error.next_step) from error
        return image


def write_root(root: Path, source: context.Context, plan: dockerfile.Plan, environment: Environment) -> None:
    """Write the image's own files under `root`, whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".root-", dir=root.parent) as scratch:
        fresh = Path(scratch) / "root"
        fresh.mkdir()
        for folder in plan.folders:
            _at(fresh, folder).mkdir(parents=True, exist_ok=True)
        for file in plan.files:
            target = _at(fresh, file.target)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.directory / file.source, target)
            target.chmod(file.mode)
        for name, link in plan.links:
            target = _at(fresh, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(link)
        _add_users(fresh, plan)
        _add_interpreters(fresh, plan, environment)
        _add_if_missing(fresh / "etc" / "hosts", "127.0.0.1 localhost algo-1\n")
        for folder, _, _ in os.walk(fresh):
            Path(folder).chmod(0o755)
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)


def _at(root: Path, path: str) -> Path:
    """Return where an absolute path of the image lies under `root`; /bin and its like are mostly links."""
    first, _, rest = path.strip("/").partition("/")
    top = Path("/", first)
    if top.is_symlink():
        return root / top.readlink().as_posix().lstrip("/") / rest
    return root / first / rest


def _add_users(root: Path, plan: dockerfile.Plan) -> None:
    if not plan.users:
        return
    for name, line in (("passwd", "{0}:x:{1}:{1}::{2}:/bin/sh\n"), ("group", "{0}:x:{1}:\n")):
        lines = [line.format(user.name, user.user_id, user.home) for user in plan.users]
        _add_if_missing(root / "etc" / name, Path("/etc", name).read_text() + "".join(lines))


def _add_interpreters(root: Path, plan: dockerfile.Plan, environment: Environment) -> None:
    """Put `python` where the base image has it: the official ones in /usr/local/bin, Debian's in /usr/bin."""
    minor = ".".join(environment.python.split(".")[:2])
    folders = ["/usr/local/bin", *(["/usr/bin"] if dockerfile.is_system(plan.base_image) else [])]
    # What the environment itself leads to has to stay.
    own = _links(environment.directory / "bin" / "python")
    for path in (
        Path(folder, name) for folder in folders for name in ("python", "python3", f"python{minor}")
    ):
        if path not in own:
            script = f'#!/bin/sh\nexec "{environment.directory}/bin/python" "$@"\n'
            _add_if_missing(root / path.relative_to("/"), script, 0o755)


def _links(path: Path) -> set[Path]:
    """Return a path, and the paths that it leads to over links."""
    found = {path, path.resolve()}
    while path.is_symlink():
        path = path.parent / path.readlink()
        found.add(path)
    return found


def _add_if_missing(path: Path, text: str, mode: int = 0o644) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
