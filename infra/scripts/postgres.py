"""Runs statements in a throw-away PostgreSQL server, where one is installed, and says so where none is."""

import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile


def program(name):
    """A server program from where distributions keep it, else from PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else shutil.which(name)


def run(statements):
    """Yields what went wrong, statement by statement."""
    initdb, pg_ctl, psql = program("initdb"), program("pg_ctl"), program("psql")
    if not (initdb and pg_ctl and psql):
        print("PostgreSQL: not installed here (initdb, pg_ctl, psql); the SQL was run in SQLite only.")
        return
    # The server refuses to run as root.
    user = []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="logferry-pg-"))
    try:
        if os.geteuid() == 0:
            user = ["setpriv", "--reuid=nobody", "--regid", str(pwd.getpwnam("nobody").pw_gid), "--clear-groups"]
            shutil.chown(folder, "nobody")
        data = folder / "data"
        quiet = {"stdout": subprocess.DEVNULL, "check": True, "cwd": folder}
        subprocess.run([*user, initdb, "-D", data, "-A", "trust", "-U", "logferry", "--no-sync"], **quiet)
        # A socket in the folder and no TCP: nothing to collide with.
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = folder / "log"
        subprocess.run([*user, pg_ctl, "-D", data, "-w", "-l", log, "-o", options, "start"], **quiet)
        try:
            for statement in statements:
                command = [psql, "-q", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "logferry", "-d", "postgres", "-c", statement]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode != 0:
                    yield f"PostgreSQL refuses: {done.stderr.strip()}: {statement[:60]}"
        finally:
            subprocess.run([*user, pg_ctl, "-D", data, "-m", "immediate", "stop"], **quiet)
        print(f"PostgreSQL: {len(statements)} statements run.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
