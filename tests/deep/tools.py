"""What the deep run needs beside a shell. One verb a line:

field FILE PATH            a field of a JSON document (FILE may be -), by a dotted path
http METHOD URL            asks, prints the answer
port                       a free port of 127.0.0.1
package BINARY ZIP         a function package with the binary as bootstrap
distinct                   how many different record_id there are in NDJSON on standard input
blocks PAGE HEADING FOLDER the blocks of a section, each a file: 01.sh, 02.hcl, ..
kill-functions PID         SIGKILL for every function that the emulator with this id started
compare EXPECTED TABLE     rows of `logferry convert` against rows of the table, each column of each
"""

import json
import os
import re
import signal
import socket
import sys
import urllib.request
import zipfile


def field(file, path):
    with sys.stdin if file == "-" else open(file, encoding="utf-8") as text:
        value = json.load(text)
    for name in path.split("."):
        value = value[name]
    print(value if isinstance(value, str) else json.dumps(value))


def http(method, url):
    # Loopback only: whatever proxy the environment names has no business here.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, method=method), timeout=60) as answer:
        print(answer.read().decode())


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        print(free.getsockname()[1])


def package(binary, target):
    entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, open(binary, "rb") as content:
        archive.writestr(entry, content.read())


def distinct():
    print(len({json.loads(line)["record_id"] for line in sys.stdin}))


def blocks(page, heading, folder):
    with open(page, encoding="utf-8") as text:
        section = re.search(rf"^## {re.escape(heading)}$(.*?)^##", text.read(), re.M | re.S)[1]
    os.mkdir(folder)
    for number, (indent, kind, block) in enumerate(re.findall(r"^( *)```(\w+)\n(.*?)^ *```$", section, re.M | re.S), 1):
        lines = [line.removeprefix(indent) for line in block.splitlines()]
        with open(f"{folder}/{number:02}.{kind}", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def descendants(ancestor):
    """The ids of every process that stems from one."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It ended meanwhile.
        children.setdefault(parent, []).append(int(name))
    found, left = [], [ancestor]
    while left:
        left.extend(children.get(left[0], []))
        found.extend(children.get(left.pop(0), []))
    return found


def kill_functions(emulator):
    killed = 0
    for process in descendants(int(emulator)):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as command:
                program = os.path.basename(command.read().split(b"\0")[0])
            if program == b"bootstrap":
                os.kill(process, signal.SIGKILL)
                killed += 1
        except OSError:
            continue
    print(f"killed {killed} functions", file=sys.stderr)
    sys.exit(killed == 0)


def from_copy(line):
    """A line of PostgreSQL's COPY text format, of which JSON only has escaped backslashes."""
    return json.loads(line.rstrip("\n").replace("\\\\", "\\"))


def place(row):
    return row["log_key"], row["log_offset"]


def comparable(row):
    """A row as both sides can say it: without NULLs and what the destination adds."""
    row = {name: value for name, value in row.items() if value is not None and name not in ("loaded_at", "log_bucket")}
    if "request_time" in row:
        row["request_time"] = row["request_time"].removesuffix("Z")
    return row


def compare(expected_file, table_file):
    with open(expected_file, encoding="utf-8") as lines:
        expected = {place(row): comparable(row) for row in map(json.loads, lines)}
    rows = different = 0
    found = set()
    with open(table_file, encoding="utf-8") as lines:
        for row in map(from_copy, lines):
            rows += 1
            found.add(place(row))
            wanted = expected.get(place(row))
            if comparable(row) != wanted:
                different += 1
                if different <= 5:
                    print(f"differs: {place(row)}: {comparable(row)} instead of {wanted}", file=sys.stderr)
    missing = expected.keys() - found
    for one in sorted(missing)[:5]:
        print(f"missing: {one}", file=sys.stderr)
    print(f"audit: {len(expected)} lines, {rows} rows, {rows - len(found)} copies, {len(missing)} missing, {different} different")
    sys.exit(bool(missing or different or not expected))


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    verbs = {"field": field, "http": http, "port": port, "package": package, "distinct": distinct,
             "blocks": blocks, "kill-functions": kill_functions, "compare": compare}
    verbs[verb](*arguments)
