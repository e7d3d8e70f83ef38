"""Every statement that ships is Redshift's SQL, as sqlfluff reads it; run with the Python of its environment.

Those of the table, views and procedures are read by infra/check as well; here are the insides of the procedures too,
which are texts to a parser.
"""

import pathlib
import re
import subprocess
import sys

import sqlfluff

# What stands alone on its line between statements of a procedure, and the heads of its blocks.
CONTROL = re.compile(r"^(DECLARE|BEGIN|LOOP|END IF|END LOOP|END|IF .*|WHILE .*|FOR .*|RAISE .*|GET DIAGNOSTICS .*|EXECUTE .*|COMMIT|CALL .*|\w+ := .*|\w+ (INTEGER|TIMESTAMP|RECORD|VARCHAR\(\d+\)))$", re.S)


def printed(logferry, *arguments):
    return subprocess.run([logferry, "schema", *arguments], capture_output=True, text=True, check=True).stdout


def bodies(script):
    """The statements of SQL within procedures."""
    for body in re.findall(r"AS \$\$\n(.*?)\$\$", script, re.S):
        body = re.sub(r"--[^\n]*", "", body)
        # The query of a loop is a statement as well.
        body = re.sub(r"\bFOR \w+ IN\n(.*?)\n  LOOP\n", r"\1;", body, flags=re.S)
        body = re.sub(r"\b(THEN|LOOP|BEGIN|DECLARE)\n", r"\1;", body)
        for statement in map(str.strip, body.split(";")):
            if statement and not CONTROL.match(statement):
                yield re.sub(r"\bINTO \w+\n", "\n", re.sub(r"\bINTO \w+ FROM\b", "FROM", statement))


def main():
    logferry = pathlib.Path(sys.argv[1])
    role = "arn:aws:iam::123456789012:role/example"
    scripts = {
        "ddl": printed(logferry, "ddl", "--replace"),
        "daily": printed(logferry, "daily"),
        "upgrade": printed(logferry, "upgrade", "--from", "0.1.0"),
        "retention": printed(logferry, "retention", "--days", "400", "--unload-to", "s3://archive/2026/", "--iam-role", role),
        "erase": printed(logferry, "erase", "--remote-ip", "192.0.2.1"),
        "questions": printed(logferry, "questions"),
        "load": printed(logferry, "load", "--manifest", "s3://staging/m", "--iam-role", role),
    }
    top = pathlib.Path(__file__).resolve().parents[2]
    # The tool runs it, and prints it nowhere.
    filled = {"table": "public.s3_access_log", "file": "'s3://staging/f'", "iam_role": f"'{role}'",
              "options": "JSON 'auto' GZIP", "column_list": "record_id,log_key"}
    scripts["replace_quarantined"] = re.sub(
        r"{(\w+)}", lambda name: filled[name[1]], (top / "src/table/sql/replace_quarantined.sql").read_text()
    )
    page = (top / "docs/table.md").read_text()
    scripts["docs/table.md"] = "\n".join(re.findall(r"^```sql\n(.*?)^```$", page, re.S | re.M))
    # Those of the upgrade are those of the DDL, but for the views' own.
    inner = sorted({statement for script in scripts.values() for statement in bodies(script)})
    wrong = 0
    for name, script in [*scripts.items(), *(("within a procedure", f"{statement};") for statement in inner)]:
        try:
            sqlfluff.parse(script, dialect="redshift")
        except sqlfluff.api.simple.APIParsingError as error:
            wrong += 1
            print(f"{name}: not Redshift SQL: {error}: {script[:200]}", file=sys.stderr)
    if len(inner) < 25:
        wrong += 1
        print(f"only {len(inner)} statements were found within procedures", file=sys.stderr)
    print(f"Redshift: {len(scripts)} scripts and {len(inner)} statements within procedures read by sqlfluff")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
