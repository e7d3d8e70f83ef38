"""A database on the throw-away server, through psql."""

import csv
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "tests/support/postgres"


class Failed(Exception):
    """What PostgreSQL said no to."""


class Database:
    def __init__(self, folder, name):
        self.folder, self.name = str(folder), name
        subprocess.run([SERVER, "psql", self.folder, "-c", f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"], check=True)

    def command(self, *arguments):
        return [str(SERVER), "psql", self.folder, "-d", self.name, *arguments]

    def run(self, sql):
        """Runs a script; what it prints, messages included. The first error ends it."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(sql)
            script.flush()
            done = subprocess.run(self.command("-f", script.name), capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return done.stdout + done.stderr

    def rows(self, sql, header=False):
        """The rows of one query, texts all of them; None for NULL."""
        done = subprocess.run(
            self.command("--csv", "-P", "null=\\N", *(["-P", "tuples_only=off"] if header else []), "-c", sql),
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return [[None if cell == "\\N" else cell for cell in row] for row in csv.reader(done.stdout.splitlines())]

    def value(self, sql):
        return self.rows(sql)[0][0]

    def start(self, sql):
        """A client of its own that runs a script while others do."""
        process = subprocess.Popen(self.command("-f", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        process.stdin.write(sql)
        process.stdin.close()
        return process

    def load(self, rows, columns, table="s3_access_log"):
        """Loads rows of NDJSON, as COPY would: a key that is missing is NULL."""
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
            writer = csv.writer(file)
            for line in rows:
                row = json.loads(line)
                # A quoted text is never NULL in PostgreSQL's CSV, an empty one without quotes is.
                writer.writerow(["\\N" if row.get(name) is None else row[name] for name in columns])
            file.flush()
            self.run(f"\\copy {table} ({','.join(columns)}) FROM '{file.name}' (FORMAT csv, NULL '\\N')")


def refused(database, sql, words):
    """Whether a script fails, and says why in these words."""
    try:
        database.run(sql)
    except Failed as error:
        if words not in str(error):
            raise AssertionError(f"it must say {words!r}: {error}") from None
        return
    raise AssertionError(f"it must fail: {sql}")


def equal(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found} instead of {wanted}")
