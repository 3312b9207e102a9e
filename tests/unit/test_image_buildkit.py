"""Which Dockerfiles Docker's classic builder doesn't know, and what nobody here can hand over."""

from __future__ import annotations

from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.packaging import buildkit, context


def asked(folder: Path, line: str) -> str | None:
    (folder / "Dockerfile").write_text(f"FROM python:3.11\n{line}\nCMD train\n")
    return buildkit.asked_by(context.read(folder))


@pytest.mark.parametrize(
    "line",
    [
        "RUN --mount=type=cache,target=/root/.cache pip install x",
        "RUN --network=none true",
        "COPY --chown=1000 --chmod=755 a /a",
        "COPY --link a /a",
        "ADD --checksum=sha256:00 https://example.com/a /a",
        "RUN <<EOF\necho a\nEOF",
        "COPY <<-'end' /a\n\tb\nend",
    ],
)
def test_what_only_buildkit_knows_is_named_with_its_line(line: str, tmp_path: Path) -> None:
    found = asked(tmp_path, line)
    assert found is not None
    assert found.startswith(f"Dockerfile, line 2: {' '.join(line.split())[:8]}")


@pytest.mark.parametrize(
    "line",
    [
        "RUN echo --mount=type=cache",
        "RUN echo $((1<<2)) && train --network=none",
        "COPY --chown=1000 --from=0 a /a",
        "ENV A=<<EOF",
        "# RUN --mount=type=cache true",
    ],
)
def test_what_the_classic_builder_knows_is_left_to_it(line: str, tmp_path: Path) -> None:
    assert asked(tmp_path, line) is None


@pytest.mark.parametrize("kind", ["secret", "ssh"])
def test_a_secret_is_refused_before_the_build_with_the_way_out(kind: str, tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match=f"a mount of type {kind}") as caught:
        asked(tmp_path, f"RUN --mount=type={kind},id=a pip install x")
    assert caught.value.which.startswith("Dockerfile, line 2: RUN --mount")  # type: ignore[union-attr]
    assert "docker buildx" in str(caught.value.next_step)
