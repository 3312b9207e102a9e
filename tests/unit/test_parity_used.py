"""What catalogue and components use of AWS has tests that can be run on AWS: read from their code."""

from __future__ import annotations

import parity_support
import used_support

AWAY = (
    "mark a test that asks for `cloud`: @pytest.mark.parity(…), then python tests/support/parity_support.py"
)


def test_all_that_is_used_can_be_held_to_aws() -> None:
    there = parity_support.on_aws()
    held = {name for name, tests in parity_support.shown_by().items() if there & set(tests)}
    used = used_support.used()
    assert {name: place for name, place in used.items() if name not in held} == {}, AWAY


def test_what_is_used_is_found_wherever_it_stands() -> None:
    used = used_support.used()
    # A resource's call, a task's, a function's, one of a method that makes several.
    assert used["kms:EnableKeyRotation"] == "components/aws/kms-key/main.tf"
    assert used["sagemaker:CreateTransformJob"] == "catalog/aws/ml-ops/workflows/scoring.asl.json"
    assert used["states:GetExecutionHistory"].endswith("report_failure/handler.py")
    assert used["s3:HeadObject"].endswith("quarantine.py")
    assert {"monitoring:PutMetricData", "task:aws-sdk:cloudwatch:*", "jsonata:sift"} <= used.keys()
    assert {"field:Retry.JitterStrategy", "field:ItemProcessor", "state:Map"} <= used.keys()


def test_a_function_that_a_machine_defines_is_none_of_jsonata_s() -> None:
    state = {"Type": "Pass", "Output": "{% ($own := function($x) { $string($x) }; $own(1)) %}", "End": True}
    found = used_support.features({"StartAt": "A", "States": {"A": state}})
    assert {name for name in found if name.startswith("jsonata:")} == {"jsonata:string"}
