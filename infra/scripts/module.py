"""Reads the variables and outputs of a Terraform folder, as `terraform fmt` leaves them."""

import pathlib
import re
import textwrap


def blocks(folder, kind):
    """Yields (file, name, {argument: text}) for each `kind "name" {` block, in the files' order."""
    for path in sorted(pathlib.Path(folder).glob("*.tf")):
        text = path.read_text()
        for match in re.finditer(rf'^{kind} "([^"]+)" {{\n(.*?)^}}\n', text, re.M | re.S):
            yield path.name, match.group(1), arguments(match.group(2))


def arguments(body):
    """The arguments at the block's own level; nested blocks such as `validation` are left out."""
    found = {}
    lines = iter(body.splitlines())
    for line in lines:
        match = re.match(r"  (\w+)\s*= (.*)$", line)
        if match is None:
            continue
        name, value = match.groups()
        if value.startswith("<<-EOT"):
            kept = []
            for line in lines:
                if line.strip() == "EOT":
                    break
                kept.append(line)
            value = textwrap.dedent("\n".join(kept))
        elif value.startswith('"') and value.endswith('"'):
            value = value[1:-1].replace('\\"', '"')
        else:
            depth = nesting(value)
            while depth > 0:
                line = next(lines)
                value += "\n" + line[2:]
                depth += nesting(line)
        found[name] = value
    return found


def nesting(line):
    """How many brackets a line leaves open; strings of types and defaults hold none here."""
    bare = re.sub(r'"[^"]*"', "", line)
    return sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
