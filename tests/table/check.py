"""The checks of the table on PostgreSQL. usage: check.py LOGFERRY SERVER_FOLDER [--write]"""

import pathlib
import re
import subprocess
import sys

import loads
import maintenance
import pruning
import questions
import retention
import upgrade
from database import Database, equal

SAMPLE = ["sample", "--lines", "30000", "--seed", "14"]


def main():
    binary, server = pathlib.Path(sys.argv[1]), sys.argv[2]
    write = "--write" in sys.argv[3:]

    def logferry(*arguments, fails=False):
        done = subprocess.run([binary, "schema", *arguments], capture_output=True, text=True)
        equal(done.returncode != 0, fails, f"logferry schema {' '.join(arguments)} fails: {done.stderr}")
        return done.stderr if fails else done.stdout

    def fresh(name):
        database = Database(server, name)
        database.run(logferry("ddl", "--dialect", "postgres"))
        return database

    # The module makes the first view, then all others at once: each may read the tables and the first view only.
    alone = Database(server, "alone")
    alone.run(logferry("table", "--dialect", "postgres"))
    first, *others = re.split(r"(?<=;)\n\n", logferry("views", "--dialect", "postgres"))
    alone.run("\n".join([first, *reversed(others)]))

    columns = logferry("columns").strip().split(",")
    log = subprocess.run([binary, *SAMPLE], capture_output=True, check=True).stdout
    rows = subprocess.run([binary, "convert", "-"], input=log, capture_output=True, check=True).stdout.decode().splitlines()

    database = fresh("questions")
    database.load(rows, columns)
    database.run(logferry("daily", "--dialect", "postgres"))
    equal(database.value("SELECT SUM(requests) FROM s3_access_log_daily"), str(len(rows)), "requests by day")
    questions.check(database, logferry, " ".join(["logferry", *SAMPLE]), write)
    views = [row[0].removeprefix("s3_access_log_") for row in database.rows("SELECT viewname FROM pg_views WHERE schemaname = 'public'")]
    pruning.check(fresh("pruning"), views)
    maintenance.check(fresh("maintenance"))
    loads.check(fresh("loads"), logferry)
    upgrade.check(server, logferry, rows[:500], columns)
    retention.check(fresh("retention"), logferry)


if __name__ == "__main__":
    main()
