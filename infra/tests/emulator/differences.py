"""Fails on every difference of a second plan that the emulator is not known to cause.

usage: terraform show -json PLAN | differences.py KNOWN
KNOWN lists `address path` lines, with [*] for any instance of a resource; a known difference that no longer shows
fails too, so that the list stays true. One of a resource that the caller left out is passed over.
"""

import json
import re
import sys


def paths(before, after, unknown, path=""):
    """The paths at which two values differ; what is only known after an apply differs."""
    if unknown is True:
        yield path
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            inner = unknown.get(key) if isinstance(unknown, dict) else None
            yield from paths(before.get(key), after.get(key), inner, f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (old, new) in enumerate(zip(before, after)):
            inner = unknown[i] if isinstance(unknown, list) and i < len(unknown) else None
            yield from paths(old, new, inner, f"{path}[{i}]")
    elif before != after:
        yield path


def any_instance(resource):
    return re.sub(r'\["[^"]*"\]$', "[*]", resource["address"])


def differences(resource):
    change = resource["change"]
    address = any_instance(resource)
    if change["actions"] in (["no-op"], ["read"]):
        return
    if change["actions"] != ["update"]:
        yield f"{address} {'/'.join(change['actions'])}"
        return
    for path in paths(change["before"], change["after"], change["after_unknown"]):
        yield f"{address} {path}"


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        known = {line.split("#")[0].strip() for line in lines} - {""}
    resources = json.load(sys.stdin).get("resource_changes", [])
    there = {any_instance(resource) for resource in resources}
    known = {line for line in known if line.split()[0] in there}
    seen = {d for resource in resources for d in differences(resource)}
    for line in sorted(seen - known):
        print(f"the second plan differs: {line}", file=sys.stderr)
    for line in sorted(known - seen):
        print(f"listed as the emulator's doing, but not seen: {line}", file=sys.stderr)
    if seen == known:
        print(f"second plan: no difference but the {len(known)} the emulator causes", file=sys.stderr)
    return 0 if seen == known else 1


sys.exit(main())
