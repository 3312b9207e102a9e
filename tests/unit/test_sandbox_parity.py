"""The table of what is carried out: complete, true to the tests, and written down as it is."""

from __future__ import annotations

import json

import parity_support
from click.testing import CliRunner

from s_infra.cli.sandbox import parity as command
from s_infra.sandbox import parity
from s_infra.sandbox.parity import declared

AGAIN = "write it anew: python tests/support/parity_support.py"


def test_all_that_the_code_carries_out_has_a_test() -> None:
    listed = {one.name for one in declared.operations() if one.listed}
    rows = parity.table(parity_support.shown_by())
    assert [row.name for row in rows if row.name in listed and not row.tests] == []


def test_no_test_names_what_is_not_carried_out() -> None:
    assert parity_support.unknown() == []


def test_the_table_and_its_page_are_up_to_date() -> None:
    shown = parity_support.shown_by()
    assert parity.SHOWN_BY.read_text() == parity_support.stored(shown), AGAIN
    assert parity_support.PAGE.read_text() == parity_support.page(parity.table(shown)), AGAIN


def test_the_command_prints_carried_out_and_refused() -> None:
    rows = {
        f"{row['service']}:{row['operation']}": row
        for row in json.loads(CliRunner().invoke(command, ["--json"]).stdout)
    }
    training = rows["sagemaker:CreateTrainingJob"]
    assert training["by"] == "ours"
    assert "TrainingJobName" in training["features"]
    assert training["tests"]
    assert rows["sagemaker:CreateNotebookInstance"]["by"] == "refused"
    assert rows["s3:PutBucketLogging"]["by"] == "refused"
    assert "| CreateTrainingJob | ours |" in CliRunner().invoke(command).stdout
