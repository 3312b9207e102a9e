from __future__ import annotations

from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.landing.landing import kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [("train.csv", "training"), ("Training-2026.csv", "training"), ("score_7.csv", "scoring")],
)
def test_a_files_name_says_what_it_is_for(name: str, kind: str) -> None:
    assert kind_of(Path("some") / name) == kind


def test_a_name_that_says_nothing_is_asked_about() -> None:
    with pytest.raises(SInfraError, match="--as training"):
        kind_of(Path("restrain.csv"))
