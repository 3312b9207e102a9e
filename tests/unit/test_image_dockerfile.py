"""Dockerfiles as plans: what is laid out, what is installed, what is refused and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.packaging import context, dockerfile
from s_infra.packaging.layout import changed_mode
from s_infra.packaging.steps import User

PYTHON_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
FILES = {"requirements.txt": "a==1 # why\n-r more.txt\n\n", "more.txt": "b>=2; \\\n python_version>'3'\n"}


def plan(tmp_path: Path, text: str, **files: str) -> dockerfile.Plan:
    (tmp_path / "Dockerfile").write_text(text)
    for name, content in {**FILES, "src/train": "", "src/deep/x.py": "", **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "src/train").chmod(0o755)
    return dockerfile.read(context.read(tmp_path))


def test_a_whole_dockerfile(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        r"""# syntax=docker/dockerfile:1
ARG VERSION=3.12
FROM --platform=linux/amd64 python:${VERSION}-slim AS base
ARG WHERE=/opt/program
ENV PATH="$WHERE:${PATH}" A='x y' B=2
LABEL a="b c"
WORKDIR $WHERE
RUN apt-get update && apt-get install -y --no-install-recommends \
    # a web server
    nginx curl=7.* \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt more.txt ./
RUN --mount=type=cache,target=/root/.cache pip install --no-cache-dir -U pip && \
    pip install -r requirements.txt 'c<3' 2>&1
COPY src .
RUN chmod +x deep/x.py && mkdir -p data && ln -s train fit && useradd -m -u 1234 worker && rm more.txt
USER worker
EXPOSE 8080
ENTRYPOINT ["python", "-m", "program"]
CMD ["serve"]
""",
    )
    assert (found.base_image, found.python) == ("python:3.12-slim", "3.12")
    assert found.environment["PATH"] == f"/opt/program:{PYTHON_PATH}"
    assert (found.environment["A"], found.environment["B"]) == ("x y", "2")
    assert found.working_directory == "/opt/program"
    assert {file.target: (file.source, oct(file.mode)) for file in found.files} == {
        "/opt/program/requirements.txt": ("requirements.txt", "0o644"),
        "/opt/program/train": ("src/train", "0o755"),
        "/opt/program/deep/x.py": ("src/deep/x.py", "0o755"),
    }
    assert "/opt/program/data" in found.folders
    assert found.links == (("/opt/program/fit", "train"),)
    assert found.requirements == ("a==1", "b>=2; python_version>'3'", "c<3")
    assert (found.entrypoint, found.command) == (("python", "-m", "program"), ("serve",))
    assert (found.user, found.users) == ("worker", (User("worker", 1234, "/home/worker"),))
    assert (found.labels, found.ports) == ({"a": "b c"}, ("8080",))
    assert len(found.warnings) == 1
    assert found.warnings[0].endswith("nginx, curl=7.*")


@pytest.mark.parametrize(
    ("copy", "targets"),
    [
        ("COPY src/train /bin/", ["/bin/train"]),
        ("COPY src/train /bin/fit", ["/bin/fit"]),
        ("COPY src /opt/a", ["/opt/a/deep/x.py", "/opt/a/train"]),
        ('COPY ["src/train", "/with space/"]', ["/with space/train"]),
        ("COPY s*/tr?in /x/", ["/x/train"]),
        ("COPY *.txt /x/", ["/x/more.txt", "/x/requirements.txt"]),
        ("WORKDIR /w\nCOPY src/train .", ["/w/train"]),
        ("RUN mkdir /made\nCOPY src/train /made", ["/made/train"]),
        ("ADD src/train /x", ["/x"]),
        ("COPY --chown=1:1 --chmod=700 src/train /x", ["/x"]),
    ],
)
def test_copies_go_where_docker_puts_them(tmp_path: Path, copy: str, targets: list[str]) -> None:
    assert [file.target for file in plan(tmp_path, f"FROM python:3.11\n{copy}\n").files] == targets


def test_what_the_ignore_file_leaves_out_cannot_be_copied(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("src/train")
    with pytest.raises(SInfraError, match=r"\.dockerignore leaves out"):
        plan(tmp_path, "FROM python:3.11\nCOPY src/train /x\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("FROM debian", "a build in several stages"),
        ("SHELL ['bash']", "the instruction SHELL"),
        ("ONBUILD RUN true", "the instruction ONBUILD"),
        ("COPY --from=other /a /b", "COPY --from"),
        ("COPY --exclude=a src /b", "COPY --exclude"),
        ("COPY missing /b", "not in the build context"),
        ("COPY src/train src/deep /b", "doesn't end with /"),
        ("ADD https://example.org/a /b", "ADD of an address"),
        ("ADD a.tar.gz /b", "ADD of an archive"),
        ("RUN curl -o /x https://example.org", "curl -o /x"),
        ("RUN echo a > /b", "'>'"),
        ("RUN true | cat", r"'\|'"),
        ("RUN echo $(date)", r"'\$\('"),
        ('RUN echo "`date`"', "'`'"),
        ("RUN pip install $WHAT", r"\$WHAT, which no ENV or ARG"),
        ("RUN pip install ./local.whl", "a package that lies in the build context"),
        ("RUN pip install --constraint c.txt a", "pip install --constraint"),
        ("RUN pip install -r requirements.txt", "no COPY before this line"),
        ("RUN chmod +x /elsewhere", "hasn't copied"),
        ("RUN <<EOF\ntrue\nEOF", "here-document"),
        ("RUN --mount=type=secret,id=a true", "RUN --mount=type=secret"),
        ("ENV A=${B:-c}", "a variable with a default"),
        ("ENTRYPOINT [python]", "not a JSON array"),
        ("RUN", "RUN without a value"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(SInfraError, match=message) as raised:
        plan(tmp_path, f"FROM python:3.11\n\n{line}\n")
    assert raised.value.which is not None
    assert "line 3" in raised.value.which or "build context" in raised.value.what


@pytest.mark.parametrize("image", ["tensorflow/tensorflow:2.16.1", "public.ecr.aws/lambda/java:21"])
def test_a_base_image_whose_files_matter_is_refused(tmp_path: Path, image: str) -> None:
    with pytest.raises(SInfraError, match=f"the base image {image} can't be had"):
        plan(tmp_path, f"FROM {image}\n")


@pytest.mark.parametrize(
    ("image", "python"),
    [
        ("python:3.11.7-slim-bookworm", "3.11"),
        ("public.ecr.aws/docker/library/python:3.12-slim@sha256:00", "3.12"),
        ("python:3.13", "3.13"),
        ("python", None),
        ("ubuntu:22.04", None),
    ],
)
def test_the_minor_version_of_python_is_the_base_images(
    tmp_path: Path, image: str, python: str | None
) -> None:
    found = plan(tmp_path, f"FROM {image}\n")
    assert found.python == python
    assert bool(found.warnings) is (python is None)


@pytest.mark.parametrize(
    ("old", "change", "new"),
    [(0o644, "+x", 0o755), (0o644, "755", 0o755), (0o755, "go-rx", 0o700), (0o600, "u=rwx,go=r", 0o744)],
)
def test_modes_are_changed_as_chmod_does(old: int, change: str, new: int) -> None:
    assert changed_mode(old, change) == new


def test_the_ways_in_which_sagemaker_containers_come_by_pip(tmp_path: Path) -> None:
    """Options before pip's command, Python's own pip fetched, Debian's names turned: as AWS's samples do."""
    found = plan(
        tmp_path,
        "FROM ubuntu:22.04\n"
        "RUN add-apt-repository ppa:some/where && apt-get update\n"
        "RUN wget https://bootstrap.pypa.io/get-pip.py && python3.9 get-pip.py && python --version && \\\n"
        "    pip --no-cache-dir install a==1 b\n"
        "RUN update-alternatives --install /usr/bin/python python /usr/bin/python3.9 1\n"
        "RUN python3 -m pip --quiet --no-cache-dir install c && rm get-pip.py\n",
    )
    assert found.requirements == ("a==1", "b", "c")
    assert any("add-apt-repository ppa:some/where" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    "command",
    ["wget https://example.com/get-pip.sh", "curl -O https://example.com/x", "python setup.py install"],
)
def test_other_downloads_and_programs_are_refused(tmp_path: Path, command: str) -> None:
    with pytest.raises(SInfraError, match="can't be carried out"):
        plan(tmp_path, f"FROM python:3.11\nRUN {command}\n")


def test_the_base_images_are_those_of_other_people(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "ARG TAG=3.11\nFROM python:${TAG} AS made\nFROM scratch AS none\nFROM made\nFROM debian:12\n"
    )
    assert dockerfile.base_images(context.read(tmp_path)) == ["python:3.11", "debian:12"]
