"""docs/duckdb.md as it stands, and the questions; run with the Python of DuckDB's environment.

usage: duckdb_page.py LOGFERRY FOLDER
PyPI's package has no command line: a few lines of Python stand for `duckdb FILE [SQL]`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = f"""#!{sys.executable}
import sys, duckdb
duckdb.connect(sys.argv[1]).execute(sys.argv[2] if len(sys.argv) > 2 else sys.stdin.read())
"""
LINES = 12_000


def text(value):
    """A value as the row has it."""
    if hasattr(value, "isoformat"):
        return value.isoformat() + "Z"
    return value


def main():
    logferry, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    (folder / "bin").mkdir(parents=True)
    (folder / "access-logs").mkdir()
    (folder / "bin/logferry").symlink_to(logferry)
    (folder / "bin/duckdb").write_text(COMMAND)
    (folder / "bin/duckdb").chmod(0o755)
    with open(folder / "access-logs/log", "wb") as log:
        # A few that are quarantined among them.
        subprocess.run([logferry, "sample", "--lines", str(LINES), "--seed", "14", "--hostile", "5"], stdout=log, check=True)

    page = (ROOT / "docs/duckdb.md").read_text()
    blocks = re.findall(r"^```(sh|sql)\n(.*?)^```$", page, re.S | re.M)
    assert [kind for kind, _ in blocks] == ["sh", "sql", "sql"], blocks
    os.chdir(folder)
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-euo", "pipefail", "-c", blocks[0][1]], env=environment, check=True)

    database = duckdb.connect("logs.duckdb")
    with open("rows.ndjson", encoding="utf-8") as file:
        wanted = {(row["log_key"], row["log_offset"]): row for row in map(json.loads, file)}
    columns = subprocess.run([logferry, "schema", "columns"], capture_output=True, text=True, check=True).stdout.strip().split(",")
    found = database.execute(f"SELECT {','.join(columns)} FROM s3_access_log").fetchall()
    assert len(found) == len(wanted) == LINES, f"{len(found)} rows of {len(wanted)}"
    for values in found:
        row = {name: text(value) for name, value in zip(columns, values) if value is not None}
        assert row == wanted[row["log_key"], row["log_offset"]], f"{row} instead of {wanted[row['log_key'], row['log_offset']]}"
    kinds = dict(database.execute("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 's3_access_log'").fetchall())
    assert (kinds["request_time"], kinds["http_status"], kinds["bytes_sent"]) == ("TIMESTAMP", "SMALLINT", "BIGINT"), kinds
    assert database.execute("SELECT COUNT(loaded_at) FROM s3_access_log").fetchone() == (LINES,)

    answer = database.execute(blocks[1][1]).fetchall()
    assert len(answer) > 5 and answer[0][2] > 1000, answer
    database.execute(blocks[2][1])
    counts = "(SELECT COUNT(*) FROM 'requests/*/*.parquet'), (SELECT COUNT(*) FROM s3_access_log_quarantined), (SELECT COUNT(DISTINCT record_id) FROM s3_access_log)"
    parquet, quarantined, lines = database.execute(f"SELECT {counts}").fetchone()
    assert parquet + quarantined == lines and quarantined > 10, (parquet, quarantined, lines)
    days = sorted(path.name for path in pathlib.Path("requests").iterdir())
    assert days == ["request_day=2026-03-14", "request_day=2026-03-15"], days

    script = subprocess.run([logferry, "schema", "questions"], capture_output=True, text=True, check=True).stdout
    questions = re.split(r"^-- \d+\. .*\n-- .*\n", script.replace("public.", ""), flags=re.M)[1:]
    for question in questions:
        assert database.execute(question).fetchall(), f"no answer: {question}"
    print(f"DuckDB {duckdb.__version__}: docs/duckdb.md runs, {parquet:,} requests in Parquet, {quarantined} quarantined; {len(questions)} questions answered")


if __name__ == "__main__":
    main()
