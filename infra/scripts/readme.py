"""Keeps the tables of inputs, outputs and costs in README.md equal to the module and scripts/cost.py.

Without arguments it compares and exits 1 when they differ; with --write it brings the page up to date.
"""

import pathlib
import sys

import cost
import module

FOLDER = pathlib.Path(__file__).resolve().parent.parent
BEGIN = "<!-- begin generated: infra/check --write -->\n"
END = "<!-- end generated -->\n"
COSTS = "<!-- begin generated: costs -->\n", "<!-- end generated: costs -->\n"
FILES = ["variables.tf", "variables_function.tf", "variables_destination.tf", "variables_monitoring.tf"]


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def inputs():
    found = list(module.blocks(FOLDER, "variable"))
    yield "| input | type | default | meaning |"
    yield "|---|---|---|---|"
    for name_of_file in FILES:
        for file, name, args in found:
            if file != name_of_file:
                continue
            kind = args["type"].split("(")[0] if "object" in args["type"] else args["type"]
            if args["type"].startswith("list(object"):
                kind = "list(object)"
            default = f"`{cell(args['default'])}`" if "default" in args else "required"
            yield f"| `{name}` | {kind} | {default} | {cell(args['description'])} |"


def attributes():
    """The object inputs attribute by attribute, with the default each has."""
    for name_of_file in FILES:
        for file, name, args in module.blocks(FOLDER, "variable"):
            if file == name_of_file and "object" in args["type"]:
                yield f"\n`{name}`:\n"
                yield "```hcl"
                yield args["type"]
                yield "```"


def outputs():
    yield "| output | meaning |"
    yield "|---|---|"
    for _, name, args in module.blocks(FOLDER, "output"):
        yield f"| `{name}` | {cell(args['description'])} |"


def main():
    page = FOLDER / "README.md"
    text = page.read_text()
    before, rest = text.split(COSTS[0], 1)
    wanted = before + COSTS[0] + "\n" + "".join(f"{line}\n" for line in cost.tables()) + "\n" + COSTS[1] + rest.split(COSTS[1], 1)[1]
    before, rest = wanted.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    body = ["### Inputs", "", *inputs(), "", "The objects, with the default of each attribute:", *attributes()]
    body += ["", "### Outputs", "", *outputs()]
    wanted = before + BEGIN + "\n" + "\n".join(body) + "\n\n" + END + after
    if wanted == text:
        return 0
    if "--write" in sys.argv[1:]:
        page.write_text(wanted)
        print("README.md brought up to date.")
        return 0
    print("README.md does not show the module's inputs and outputs as they are: run infra/check --write.", file=sys.stderr)
    return 1


sys.exit(main())
