"""Buildspecs: read, refused by name, and wrong in AWS's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from s_infra.sandbox.services.codebuild import buildspec
from s_infra.sandbox.services.codebuild.buildspec import BuildspecError, NotCarriedError

COMPONENT = Path(__file__).parents[2] / "components/aws/codebuild-image/buildspec.yml"


def test_all_phases_come_in_their_order_with_variables_as_text() -> None:
    text = """
version: 0.2
env:
  shell: bash
  variables: {A: 1, B: yes}
  exported-variables: [A]
phases:
  post_build: {commands: pwd}
  build: {on-failure: ABORT, commands: [one, two], finally: [three]}
"""
    read = buildspec.parse(text)
    assert [one.name for one in read.phases] == ["install", "pre_build", "build", "post_build"]
    assert (read.shell, dict(read.variables), read.exported) == ("bash", {"A": "1", "B": "true"}, ("A",))
    _, _, build, post_build = read.phases
    assert (build.commands, build.always, build.goes_on) == (("one", "two"), ("three",), False)
    assert post_build.commands == ("pwd",)


def test_a_failure_in_build_alone_is_gone_on_from() -> None:
    read = buildspec.parse("{version: 0.2, phases: {build: {commands: [x]}}}")
    assert [one.goes_on for one in read.phases] == [False, False, True, False]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{version: 0.1, phases: {build: {}}}", "version 0.1"),
        ("{version: 0.2, artifacts: {files: x}, phases: {build: {}}}", "artifacts"),
        ("{version: 0.2, env: {parameter-store: {A: b}}, phases: {build: {}}}", "env.parameter-store"),
        ("{version: 0.2, env: {shell: powershell.exe}, phases: {build: {}}}", "env.shell powershell.exe"),
        (
            "{version: 0.2, phases: {install: {runtime-versions: {python: 3.12}}}}",
            "phases.install.runtime-ver",
        ),
        ("{version: 0.2, phases: {build: {run-as: me}}}", "phases.build.run-as"),
        ("{version: 0.2, phases: {build: {on-failure: RETRY}}}", "phases.build.on-failure RETRY"),
    ],
)
def test_what_is_not_carried_out_is_named(text: str, named: str) -> None:
    with pytest.raises(NotCarriedError) as refused:
        buildspec.parse(text)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "version: [",
        "just a text",
        "{version: 0.3, phases: {build: {}}}",
        "{version: 0.2}",
        "{version: 0.2, phases: {deploy: {}}}",
        "{version: 0.2, phases: {build: {commands: [{echo a: b}]}}}",
        "{version: 0.2, wrong: 1, phases: {build: {}}}",
        "{version: 0.2, env: {variables: {a-b: c}}, phases: {build: {}}}",
    ],
)
def test_what_is_no_buildspec_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(BuildspecError) as wrong:
        buildspec.parse(text)
    assert not isinstance(wrong.value, NotCarriedError)


def test_a_text_is_told_from_a_path() -> None:
    assert buildspec.is_inline("version: 0.2\nphases: {}")
    assert not buildspec.is_inline("ci/buildspec.yml")


def test_the_component_s_buildspec_is_carried_out() -> None:
    read = buildspec.parse(COMPONENT.read_text())
    assert read.exported == ("IMAGE_DIGEST",)
    assert not any(one.goes_on for one in read.phases if one.commands)
