"""Runs statements in a throw-away PostgreSQL server, where one is installed, and says so where none is."""

import pathlib
import shutil
import subprocess
import tempfile

SERVER = pathlib.Path(__file__).resolve().parents[2] / "tests/support/postgres"


def run(statements):
    """Yields what went wrong, statement by statement."""
    folder = tempfile.mkdtemp(prefix="logferry-pg-")
    try:
        started = subprocess.run([SERVER, "start", folder])
        if started.returncode == 3:
            print("PostgreSQL: not installed here (initdb, pg_ctl, psql); the SQL was run in SQLite only.")
            return
        started.check_returncode()
        try:
            for statement in statements:
                done = subprocess.run([SERVER, "psql", folder, "-c", statement], capture_output=True, text=True)
                if done.returncode != 0:
                    yield f"PostgreSQL refuses: {done.stderr.strip()}: {statement[:60]}"
        finally:
            subprocess.run([SERVER, "stop", folder], check=True)
        print(f"PostgreSQL: {len(statements)} statements run.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
