"""Docker's BuildKit, asked through the engine's API: for what its classic builder doesn't know.

Without the docker command there is no session, by which BuildKit would fetch what the engine doesn't have:
base images are pulled before, secrets are refused, and the frontend is the engine's own.
"""

from __future__ import annotations

import base64
import io
import json
import re
from typing import TYPE_CHECKING, Any

from dockerfile_parse import DockerfileParser

from s_infra.errors import SInfraError
from s_infra.packaging.context import DOCKERFILE
from s_infra.tar import tarfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.packaging.context import Context

# By Docker's "Dockerfile reference": what needs BuildKit, or a later syntax than the classic builder's.
OPTIONS = {
    "RUN": re.compile(r"--(mount|network|security)="),
    "COPY": re.compile(r"--(chmod|link|parents|exclude)\b"),
    "ADD": re.compile(r"--(chmod|link|checksum|keep-git-dir|exclude|unpack)\b"),
}
HERE_DOCUMENT = re.compile(r"<<-?[\"']?[A-Za-z_]")
OF_A_SESSION = re.compile(r"--mount=\S*type=(secret|ssh)\b")
SYNTAX = re.compile(rb"\A((?:[ \t]*#.*\n)*?)[ \t]*#[ \t]*syntax[ \t]*=.*\n", re.IGNORECASE)
SECOND_BUILDER = "2"
# Of moby.buildkit.v1.StatusResponse: a step with its name, and a line that it wrote.
VERTEX, LOG, NAME, MESSAGE = 1, 3, 3, 4
VARINT, EIGHT_BYTES, LENGTH = 0, 1, 2


def asked_by(context: Context) -> str | None:
    """Return the first instruction that only BuildKit carries out, with its line; None: any builder will do.

    Raises:
        SInfraError: one asks for a secret or a key, which nobody here can hand over.
    """
    found = None
    parser = DockerfileParser(fileobj=io.BytesIO(context.dockerfile().encode()))
    for one in parser.structure:
        name, value = one["instruction"], one["value"]
        if name not in OPTIONS:
            continue
        where = f"Dockerfile, line {one['startline'] + 1}: {name} {' '.join(value.split())[:80]}"
        if name == "RUN" and (kind := OF_A_SESSION.search(value)):
            raise SInfraError(
                f"a mount of type {kind.group(1)} is handed over by the docker command alone",
                which=where,
                next_step="leave the mount out, or build and push the image by `docker buildx`, and give the "
                'module image_push = "none"',
            )
        options = re.match(r"(?:--\S+\s+)*", value.lstrip())
        if OPTIONS[name].search(options.group() if options else "") or HERE_DOCUMENT.search(value):
            found = found or where
    return found


def build(
    api: Any, context: bytes, tag: str, labels: Mapping[str, str], platform: str | None
) -> Iterator[dict[str, str]]:
    """Build a packed context; `api` is the docker SDK's. Yields what is said: `stream`, or `error`."""
    parameters = {"t": tag, "version": SECOND_BUILDER, "labels": json.dumps(dict(labels))}
    if platform is not None:
        parameters["platform"] = platform
    with api.post(
        f"{api.base_url}/v{api.api_version}/build",
        params=parameters,
        data=_by_its_own_frontend(context),
        headers={"Content-Type": "application/x-tar"},
        stream=True,
        timeout=None,
    ) as answer:
        if not answer.ok:
            yield {"error": answer.text}
            return
        told: set[str] = set()
        for line in answer.iter_lines():
            said = json.loads(line) if line else {}
            if said.get("id") == "moby.buildkit.trace":
                for text in _texts(base64.b64decode(said["aux"]), told):
                    yield {"stream": text}
            elif "error" in said:
                yield {"error": said["error"]}


def _by_its_own_frontend(data: bytes) -> bytes:
    """Return the packed context without the line that has another frontend fetched."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as given:
        file = given.extractfile(DOCKERFILE)
        text = b"" if file is None else file.read()
        if not SYNTAX.match(text):
            return data
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w:gz", format=tarfile.PAX_FORMAT) as taken:
            for entry in given.getmembers():
                content = given.extractfile(entry) if entry.isreg() else None
                if entry.name == DOCKERFILE:
                    # As many lines as before, so that errors name the right one.
                    content = io.BytesIO(SYNTAX.sub(rb"\1#\n", text))
                    entry.size = len(content.getvalue())
                taken.addfile(entry, content)
    return raw.getvalue()


def _texts(trace: bytes, told: set[str]) -> Iterator[str]:
    """Yield the names of steps that haven't been told of, and what steps wrote."""
    for kind, message in _fields(trace):
        for number, value in _fields(message) if kind in (VERTEX, LOG) else ():
            if (kind, number) not in ((VERTEX, NAME), (LOG, MESSAGE)):
                continue
            text = value.decode(errors="replace")
            if kind == LOG or text not in told:
                yield text
            if kind == VERTEX:
                told.add(text)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of a protobuf message's fields that have a length."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind, size = key & 7, 0
        if kind in (LENGTH, VARINT):
            size, place = _varint(message, place)
        if kind == LENGTH:
            yield key >> 3, message[place : place + size]
            place += size
        elif kind != VARINT:
            place += 8 if kind == EIGHT_BYTES else 4


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while message[place] & 0x80:
        value |= (message[place] & 0x7F) << shift
        shift, place = shift + 7, place + 1
    return value | message[place] << shift, place + 1
