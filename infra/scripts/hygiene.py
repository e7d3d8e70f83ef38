"""What terraform validate does not ask: every input typed, described, not nullable unless null means something;
every output described; every alarm with its section in the runbook; no file grown too long."""

import pathlib
import re
import sys

import module

FOLDER = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX = 260


def variables(folder):
    for file, name, args in module.blocks(folder, "variable"):
        where = f"{folder.name}/{file}: variable {name}"
        if "type" not in args:
            yield f"{where} has no type"
        if re.search(r"\bany\b", args.get("type", "")):
            yield f"{where} is of type any"
        if not args.get("description", "").strip().endswith("."):
            yield f"{where} has no description that is a sentence"
        if args.get("default") == "null":
            if "nullable" in args:
                yield f"{where} defaults to null, so it cannot say nullable"
        elif args.get("nullable") != "false":
            yield f"{where} must say nullable = false"


def outputs(folder):
    for file, name, args in module.blocks(folder, "output"):
        if not args.get("description", "").strip().endswith("."):
            yield f"{folder.name}/{file}: output {name} has no description that is a sentence"


def runbook():
    """The alarms' keys in alarms.tf against the headings of docs/runbook.md, both ways."""
    alarms = set(re.findall(r"^    ([a-z0-9]+-[a-z0-9-]+)\s*= (?:merge\(|{$)", (FOLDER / "alarms.tf").read_text(), re.M))
    page = (FOLDER.parent / "docs" / "runbook.md").read_text()
    headings = {h.strip().lower().replace(" ", "-") for h in re.findall(r"^## (.+)$", page, re.M)}
    sections = {h for h in headings if not h.startswith("how-to-")}
    yield from (f"docs/runbook.md has no section for the alarm {a}" for a in sorted(alarms - sections))
    yield from (f"docs/runbook.md has the section {s}, which is no alarm" for s in sorted(sections - alarms))
    if len(alarms) < 5:
        yield "alarms.tf could not be read: fewer than five alarms found"


def lengths():
    for path in sorted(FOLDER.rglob("*")):
        inside = path.relative_to(FOLDER)
        if path.suffix in {".tf", ".py", ".hcl"} and "guards" not in path.name and not str(inside).startswith("."):
            count = len(path.read_text().splitlines())
            if count > LINES_MAX:
                yield f"{inside} has {count} lines, more than {LINES_MAX}"


def main():
    folders = [FOLDER, FOLDER / "tests" / "emulator", *sorted((FOLDER / "examples").iterdir())]
    wrong = [w for f in folders for w in (*variables(f), *outputs(f))]
    wrong += [f"{f.name} has no README.md" for f in folders[2:] if not (f / "README.md").is_file()]
    wrong += [*runbook(), *lengths()]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
