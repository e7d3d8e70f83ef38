"""Compares every planned configuration with tests/golden, where each is kept whole.

usage: golden.py PLANS [--write]

The run `default` is kept whole; each other run as what it adds, changes and takes away, resource by resource.
A difference is a change somebody must have meant: look at it, then LOGFERRY_BLESS=1 infra/check.
"""

import difflib
import json
import pathlib
import sys

import plans

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"


def text(value):
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def beside(default, resources):
    """What a run has beside the default: whole resources, null for one it lacks."""
    other = {a: v for a, v in resources.items() if default.get(a) != v}
    return {**other, **{a: None for a in default if a not in resources}}


def main():
    found = {run: resources for run, (resources, _) in plans.read(sys.argv[1]).items()}
    wanted = {run: text(r if run == "default" else beside(found["default"], r)) for run, r in found.items()}
    if "--write" in sys.argv[2:]:
        for file in FOLDER.glob("*.json"):
            file.unlink()
        for run, content in wanted.items():
            (FOLDER / f"{run}.json").write_text(content)
        print(f"tests/golden: {len(wanted)} configurations written.")
        return 0
    wrong = 0
    for run in sorted(wanted.keys() | {f.stem for f in FOLDER.glob("*.json")}):
        file = FOLDER / f"{run}.json"
        kept = file.read_text() if file.is_file() else ""
        if kept != wanted.get(run, ""):
            wrong += 1
            sys.stderr.writelines(
                difflib.unified_diff(kept.splitlines(True), wanted.get(run, "").splitlines(True), f"tests/golden/{run}.json", "as planned", n=2)
            )
    if wrong:
        print(f"{wrong} planned configurations are not as in tests/golden. Where that is meant: LOGFERRY_BLESS=1 infra/check", file=sys.stderr)
        return 1
    print(f"golden: {len(wanted)} planned configurations, each as it is kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
