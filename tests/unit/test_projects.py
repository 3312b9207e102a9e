from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.projects import making
from s_infra.projects.making import make


def test_a_project_has_all_its_files_and_no_placeholder(tmp_path: Path) -> None:
    project = make("churn", tmp_path, "git::https://example.com/s-infra.git//catalog/aws/ml-ops?ref=v1")
    assert project.directory == tmp_path / "churn"
    names = {str(path) for path in project.files}
    container = "source/containers/churn/"
    assert names >= {
        "main.tf",
        "README.md",
        "source/scripts/transform.py",
        *(container + name for name in ("Dockerfile", ".dockerignore", "build_and_push.sh")),
        *(f"{container}model/{name}" for name in ("train", "predictor.py", "serve", "wsgi.py", "nginx.conf")),
        "source/data/train/train.csv",
        "tests/test_pipeline.py",
        ".github/workflows/pipeline.yml",
    }
    for path in project.files:
        text = (project.directory / path).read_text(encoding="utf-8")
        assert "{{" not in text, path
        assert "ml-ops-byo-custom" not in text or str(path).startswith(container), path
    assert 'source = "git::https://example.com/' in (project.directory / "main.tf").read_text()
    assert (project.directory / container / "model/train").stat().st_mode & 0o111


def test_the_data_are_the_examples_own(tmp_path: Path) -> None:
    from pipeline_support import example_data

    example_data(tmp_path / "data")
    project = make("churn", tmp_path)
    for name, place in (
        ("train.csv", "source/data/train"),
        ("score.csv", "source/data/score"),
        ("labels.csv", "tests"),
    ):
        assert (project.directory / place / name).read_bytes() == (tmp_path / "data" / name).read_bytes()
    schema = json.loads((project.directory / "source/data/train/schema.json").read_text())
    header = (project.directory / "source/data/train/train.csv").read_text().splitlines()[0].split(",")
    assert {field["name"] for field in schema["fields"]} <= set(header)


def test_the_catalog_of_a_checkout_is_named_by_a_path(tmp_path: Path) -> None:
    main = (make("churn", tmp_path).directory / "main.tf").read_text()
    source = re.search(r'source = "(\.[^"]*)"', main)
    assert source
    assert (tmp_path / "churn" / source[1] / "main.tf").is_file()


def test_a_helper_without_a_checkout_asks_for_the_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "CHECKOUT", tmp_path)
    with pytest.raises(SInfraError, match="without the catalog") as caught:
        make("churn", tmp_path)
    assert "--catalog" in str(caught.value.next_step)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "Churn", "1st", "a--b", "a-", "a_b", "a" * 21, "../up"])
def test_a_name_that_no_pipeline_may_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match="a project's name"):
        make(name, tmp_path)


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "churn").mkdir()
    with pytest.raises(SInfraError, match="nothing was written"):
        make("churn", tmp_path)
    assert list((tmp_path / "churn").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SInfraError, match="can't be written"):
        make("churn", tmp_path / "file")
