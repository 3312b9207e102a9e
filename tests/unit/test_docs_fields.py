"""The fields of an object type are found with their comments, and references with what they lead to."""

from __future__ import annotations

from pathlib import Path

import mermaid_support

from s_infra.docs import graph
from s_infra.docs.fields import Field, fields
from s_infra.docs.load import module_files
from s_infra.docs.references import declared

TYPE = """map(object({
    # Name of the rule,
    # as it is shown.
    name = string # not this
    port = optional(number, 443)  # The port.
    /* Who may
       come in. */
    sources = optional(list(object({
      cidr = string, // A range.
      "tags" = optional(map(string))
    })), [])

    # Of nothing in particular.

    last = any
  }))"""

MODULE = """
variable "name" {}

variable "size" {
  validation {
    condition     = var.size > 0
    error_message = "no"
  }
}

locals {
  id   = "${var.name}-${data.aws_region.this.id}"
  lost = local.id
}

data "aws_region" "this" {}

data "aws_region" "checked" {
  lifecycle {
    postcondition {
      condition     = self.id == "x"
      error_message = "no"
    }
  }
}

resource "aws_sns_topic" "this" {
  name = local.id
}

module "alarm" {
  for_each = { for key, one in aws_sns_topic.this.all : key => one }
  source   = "./alarm"
  topics   = aws_sns_topic.this[*].arn
}
"""


def test_fields_have_their_own_descriptions_types_and_defaults() -> None:
    assert fields("rules", TYPE) == (
        Field("rules[*].name", "string", None, "Name of the rule, as it is shown."),
        Field("rules[*].port", "number", "443", "The port."),
        Field("rules[*].sources", "list(object)", "[]", "Who may come in."),
        Field("rules[*].sources[*].cidr", "string", None, "A range."),
        Field("rules[*].sources[*].tags", "map(string)", "null", ""),
        Field("rules[*].last", "any", None, ""),
    )


def test_a_type_without_objects_has_no_fields() -> None:
    assert fields("names", "list(string)") == ()
    assert fields("object_names", "list(string)") == ()
    assert fields("empty", "object({})") == ()
    assert fields("unsaid", "") == ()


def module(directory: Path, text: str, name: str = "main.tf") -> list[Path]:
    (directory / name).write_text(text)
    return module_files(directory)


def test_references_are_found_wherever_they_stand(tmp_path: Path) -> None:
    things = {one.address: one.references for one in declared(module(tmp_path, MODULE))}
    assert things["local.id"] == ("var.name", "data.aws_region.this")
    assert things["var.size"] == ("var.size",)
    assert things["module.alarm"] == ("aws_sns_topic.this",)


def test_json_tells_its_references_in_templates(tmp_path: Path) -> None:
    text = """{
      "locals": {"id": "${var.name}"},
      "variable": {"name": {}},
      "resource": {"aws_sns_topic": {"this": {"name": "${local.id}", "depends_on": ["module.alarm"]}}},
      "module": {"alarm": {"source": "./alarm", "note": "no reference.at all"}}
    }"""
    things = {one.address: one.references for one in declared(module(tmp_path, text, "main.tf.json"))}
    assert things == {
        "local.id": ("var.name",),
        "var.name": (),
        "aws_sns_topic.this": ("local.id", "module.alarm"),
        "module.alarm": (),
    }


def test_the_drawing_goes_through_local_values(tmp_path: Path) -> None:
    drawing = graph.drawing(declared(module(tmp_path, MODULE)))
    assert drawing
    chart = mermaid_support.read(drawing)
    assert sorted(chart.labels.values()) == [
        "alarm",
        "aws_region checked",
        "aws_region this",
        "aws_sns_topic this",
    ]
    assert [(tail, head) for tail, _, head, _ in chart.edges] == [
        ("aws_sns_topic this", "aws_region this"),
        ("alarm", "aws_sns_topic this"),
    ]


def test_files_are_frames_and_what_is_too_large_is_drawn_by_files(tmp_path: Path) -> None:
    (tmp_path / "b.tf").write_text('resource "x_y" "base" {}\n')
    many = "\n".join(f'resource "x_y" "n{n}" {{\n  a = x_y.base.id\n}}\n' for n in range(30))
    chart = mermaid_support.read(graph.drawing(declared(module(tmp_path, many))) or "")
    assert chart.frames["x_y n3"] == "main.tf"
    many = "\n".join(f'resource "x_y" "n{n}" {{\n  a = x_y.base.id\n}}\n' for n in range(501))
    chart = mermaid_support.read(graph.drawing(declared(module(tmp_path, many))) or "")
    assert chart.edges == [("main.tf", "", "b.tf", "-->")]


def test_one_thing_is_no_drawing(tmp_path: Path) -> None:
    assert graph.drawing(declared(module(tmp_path, 'resource "x_y" "z" {}\nvariable "a" {}\n'))) is None
