"""Plants faults in copies of the module, one at a time, and tells which the offline checks notice.

usage: faults.py WORK [NUMBER...]

WORK is a folder with a copy of infra/ and docs/ in which `terraform init` was run; `infra/tests/faults` prepares it. Each fault of
tests/faults.json is a text to find in a file and its replacement. The checks are those of infra/check, the quickest first: the
plans judged without what is kept of them (access, metrics, wiring), then what is kept (golden), then the tests. A fault that none
notices survives. A text that is not found exactly once is an error, so that the list stays true.
"""

import json
import pathlib
import subprocess
import sys
import time

LIST = pathlib.Path(__file__).resolve().parent.parent / "tests" / "faults.json"


def run(infra, *command):
    return subprocess.run(command, cwd=infra, capture_output=True, text=True)


def noticed(work):
    """Who notices: every judge that does, or the first test that fails where none does."""
    infra, output = work / "infra", work / "plans.log"
    with output.open("w") as log:
        planned = subprocess.run(["terraform", "test", "-json", "-verbose", "-filter=tests/golden.tftest.hcl"], cwd=infra, stdout=log, stderr=subprocess.STDOUT)
    if planned.returncode != 0:
        return ["plan"]
    run(infra, sys.executable, "scripts/plans.py", str(output), str(work))
    seen = [j for j in ("access", "metrics", "wiring", "golden") if run(infra, sys.executable, f"scripts/{j}.py", str(work / "plans.json")).returncode]
    if not seen:
        for file in sorted(infra.glob("tests/*.tftest.hcl"), key=lambda f: f.stat().st_size):
            if run(infra, "terraform", "test", "-no-color", f"-filter=tests/{file.name}").returncode:
                return [file.name.removesuffix(".tftest.hcl")]
    return seen


def main():
    work = pathlib.Path(sys.argv[1]).resolve()
    wanted = set(map(int, sys.argv[2:]))
    survived = count = 0
    for number, fault in enumerate(json.loads(LIST.read_text()), 1):
        if wanted and number not in wanted:
            continue
        file = work / "infra" / fault["file"]
        text = file.read_text()
        if text.count(fault["find"]) != 1:
            raise SystemExit(f"fault {number} ({fault['what']}): the text to find is {text.count(fault['find'])} times in {fault['file']}")
        began = time.monotonic()
        file.write_text(text.replace(fault["find"], fault["replace"]))
        try:
            seen = noticed(work)
        finally:
            file.write_text(text)
        count += 1
        survived += not seen
        print(f"{number:3}  {time.monotonic() - began:4.0f} s  {', '.join(seen) or 'SURVIVES':<32}  {fault['what']}", flush=True)
    print(f"{count} faults planted, {survived} survive.")
    return 1 if survived > len(json.loads(LIST.read_text())) // 20 else 0


sys.exit(main())
