"""What `terraform test -json -verbose` planned for tests/golden.tftest.hcl, for the scripts that judge it.

usage: plans.py TEST_OUTPUT FOLDER

Terraform repeats the provider's schema with every plan, so the output is large. It is read once: FOLDER/plans.json holds what
the other scripts read, FOLDER/checkov/RUN.json each plan in the form `terraform show -json` gives, as far as checkov reads it.
"""

import json
import pathlib
import re
import sys

# What a mocked provider makes up for a computed attribute that nothing sets: eight letters and digits.
MADE_UP = re.compile(r"[a-z0-9]{8}")
# The module's default name has eight letters too.
MEANT = {"logferry"}


def read(path):
    """{run: (resources by address, outputs)}. Values that only an apply would tell are left out."""
    return json.loads(pathlib.Path(path).read_text())


def of_kind(resources, kind):
    """(address, attributes) of each resource of a type."""
    return [(a, v) for a, v in resources.items() if a.startswith(kind + ".")]


def tidy(value):
    """Without what is not set or made up, and with JSON texts as the values they stand for."""
    if isinstance(value, dict):
        kept = {k: tidy(v) for k, v in value.items() if k not in ("tags_all", "timeouts")}
        return {k: v for k, v in sorted(kept.items()) if v not in (None, {}, [])}
    if isinstance(value, list):
        return [tidy(v) for v in value]
    if isinstance(value, str):
        if MADE_UP.fullmatch(value) and value not in MEANT:
            return None
        if value[:1] in "{[" and value[:2] != "[]":
            try:
                return tidy(json.loads(value))
            except ValueError:
                return value
    return value


def shown(changes):
    """The plan as checkov reads it: values, and the changes they come from."""
    planned = [
        {**{k: c[k] for k in ("address", "mode", "type", "name", "index", "provider_name") if k in c}, "values": c["change"]["after"]}
        for c in changes
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"root_module": {}},
    }


def main(output, folder):
    found = {}
    (folder / "checkov").mkdir(parents=True, exist_ok=True)
    with open(output, encoding="utf-8") as lines:
        for line in lines:
            if '"test_plan":' not in line:
                continue
            message = json.loads(line)
            run, plan = message["@testrun"], message["test_plan"]
            changes = [c for c in plan["resource_changes"] if c.get("mode", "managed") == "managed" and c["change"].get("after") is not None]
            outputs = {name: o.get("after") for name, o in plan["output_changes"].items()}
            found[run] = {c["address"]: tidy(c["change"]["after"]) for c in changes}, outputs
            (folder / "checkov" / f"{run}.json").write_text(json.dumps(shown(changes)))
    if not found:
        raise SystemExit(f"{output} holds no plan: the test run failed before it planned")
    (folder / "plans.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
