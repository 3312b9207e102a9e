"""The deriving of schemas, on a small piece of what cdktn generates."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from s_infra.sandbox.provider.declaration import DataSource, Resource, Served
from s_infra.sandbox.provider.schemas.derive import PACKAGES, Package, derive, read_package

ANYTHING = Resource("sqs", create=(), read=(), delete=(), id="{id}")
NOTHING = DataSource(lambda session, config: {})
SOURCE = """
function thingRuleToHclTerraform(struct) {
    const attrs = {
        days: {
            value: cdktn.numberToHclTerraform(struct.days),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
    };
}
class ThingRuleOutputReference extends cdktn.ComplexObject {
    // days - computed: false, optional: false, required: true
    _days;
    get days() {
        return this.getNumberAttribute('days');
    }
}
class ThingRuleList extends cdktn.ComplexList {
}
class ThingInfoOutputReference extends cdktn.ComplexObject {
    // state - computed: true, optional: false, required: false
    get state() {
        return this.getStringAttribute('state');
    }
}
class ThingInfoList extends cdktn.ComplexList {
}
class Thing extends cdktn.TerraformResource {
    // ==========
    // ATTRIBUTES
    // ==========
    // arn - computed: true, optional: false, required: false
    get arn() {
        return this.getStringAttribute('arn');
    }
    // names - computed: false, optional: true, required: false
    _names;
    get names() {
        return cdktn.Fn.tolist(this.getListAttribute('names'));
    }
    // labels - computed: true, optional: false, required: false
    _labels = new cdktn.StringMap(this, "labels");
    get labels() {
        return this._labels;
    }
    // info - computed: true, optional: false, required: false
    _info = new ThingInfoList(this, "info", false);
    get info() {
        return this._info;
    }
    // rule - computed: false, optional: false, required: true
    _rule = new ThingRuleList(this, "rule", true);
    get rule() {
        return this._rule;
    }
    // single - computed: false, optional: true, required: false
    _single = new ThingRuleOutputReference(this, "single");
    get single() {
        return this._single;
    }
    // =========
    // SYNTHESIS
    // =========
    synthesizeHclAttributes() {
        const attrs = {
            names: {
                value: cdktn.listMapperHcl(cdktn.stringToHclTerraform, false)(this._names),
                isBlock: false,
                type: "set",
                storageClassType: "stringList",
            },
            rule: {
                value: cdktn.listMapperHcl(thingRuleToHclTerraform, true)(this._rule.internalValue),
                isBlock: true,
                type: "set",
                storageClassType: "ThingRuleList",
            },
            single: {
                value: thingRuleToHclTerraform(this._single.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ThingRuleList",
            },
        };
    }
}
"""
RULE = {"attributes": {"days": {"type": "number", "required": True}}}


def test_names_types_flags_and_nesting_are_derived() -> None:
    assert derive(SOURCE)["block"] == {
        "attributes": {
            "arn": {"type": "string", "computed": True},
            "names": {"type": ["set", "string"], "optional": True},
            "labels": {"type": ["map", "string"], "computed": True},
            "info": {"type": ["list", ["object", {"state": "string"}]], "computed": True},
        },
        "block_types": {
            "rule": {"nesting_mode": "set", "block": RULE, "min_items": 1},
            "single": {"nesting_mode": "list", "block": RULE, "max_items": 1},
        },
    }


def _wheel(path: Path, folders: tuple[str, ...]) -> Path:
    sources = io.BytesIO()
    with tarfile.open(fileobj=sources, mode="w:gz") as archive:
        for folder in folders:
            info = tarfile.TarInfo(f"package/lib/{folder}/index.js")
            info.size = len(SOURCE)
            archive.addfile(info, io.BytesIO(SOURCE.encode()))
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("thing/_jsii/thing@1.jsii.tgz", sources.getvalue())
    return path


def test_the_wanted_types_are_found_in_a_wheel(tmp_path: Path) -> None:
    package = Package("thing", "1", Served("aws", {"aws_thing_one": ANYTHING}, {"aws_two": NOTHING}))
    wheel = _wheel(tmp_path / "thing.whl", ("thing-one", "data-aws-two", "other", "provider"))
    assert set(read_package(package, wheel)) == {"resource_aws_thing_one", "data_aws_two", "provider_aws"}


def test_a_type_that_the_package_lacks_is_named(tmp_path: Path) -> None:
    package = Package("thing", "1", Served("aws", {"aws_thing_one": ANYTHING}))
    with pytest.raises(ValueError, match="has no resource_aws_thing_one"):
        read_package(package, _wheel(tmp_path / "thing.whl", ("provider",)))


def test_the_packages_are_pinned() -> None:
    assert {(p.name, p.version) for p in PACKAGES} == {
        ("cdktn-provider-aws", "25.8.1"),
        ("cdktn-provider-archive", "14.0.1"),
    }
