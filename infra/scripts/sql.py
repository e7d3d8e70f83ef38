"""Checks the SQL the module ships and plans. Run with the Python of sqlfluff's virtual environment.

usage: sql.py PLANS
PLANS is the output of `terraform test -json -verbose` for tests/golden.tftest.hcl.

1. Each statement of contract.json, and each that a person, a schedule or Firehose would run, parses in sqlfluff's Redshift dialect.
2. The contract's columns are the columns of the table, in its order.

That the statements do what they say is seen on databases, by tests/table/run.
"""

import json
import pathlib
import re
import sys

import sqlfluff

import plans

CONTRACT = pathlib.Path(__file__).resolve().parent.parent / "contract.json"


def statements(text):
    """The statements of a script; the body of a procedure stays whole."""
    text = re.sub(r"^--[^\n]*\n", "", text, flags=re.M)
    return [s.strip() for s in re.findall(r"((?:\$\$.*?\$\$|[^;$])+;)", text, re.S)]


def planned(path):
    """The statements of each planned configuration, by a name to report."""
    copies = 0
    for run, (resources, out) in plans.read(path).items():
        for address, schedule in plans.of_kind(resources, "aws_scheduler_schedule"):
            sql = schedule["target"][0]["input"]["Sql"]
            # sqlfluff does not know COPY JOB RUN; its form is that of the documentation.
            if not re.fullmatch(r"COPY JOB RUN [a-z0-9_]+", sql):
                yield f"{run}: {address}", sql + ";"
        for i, s in enumerate(statements(out["table_sql"]) + statements(out["user_sql"])):
            yield f"{run}: planned statement {i + 1}", s
        if out.get("copy_job_sql"):
            # sqlfluff does not know the JOB clause, which is the last line; the COPY before it is checked.
            copy, job = out["copy_job_sql"].strip().rsplit("\n", 1)
            assert re.fullmatch(r"JOB CREATE [a-z0-9_]+ AUTO (ON|OFF);", job), f"unexpected last line: {job}"
            yield f"{run}: COPY JOB", statements(copy + ";")[0]
            copies += 1
        if out.get("replay_sql"):
            yield f"{run}: replay", statements(out["replay_sql"])[0]
            yield (
                f"{run}: COPY as Firehose writes it",
                f"COPY public.s3_access_log ({out['data_table_columns']}) FROM 's3://example-staging/manifests/m' "
                f"CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/example' MANIFEST {out['copy_options']};",
            )
            copies += 1
    if copies < 4:
        raise SystemExit(f"{path} holds {copies} COPY statements, fewer than the tests plan")


def parse_errors(named):
    count = 0
    for name, statement in named:
        count += 1
        try:
            sqlfluff.parse(statement, dialect="redshift")
        except sqlfluff.api.simple.APIParsingError as error:
            yield f"{name}: not Redshift SQL: {error}"
    print(f"sqlfluff: {count} statements read in the Redshift dialect.")


def main():
    contract = json.loads(CONTRACT.read_text())
    shipped = {s["name"]: s["sql"].replace("{table}", "public.s3_access_log") for s in contract["sql"]}
    wrong = []
    kinds = [s["kind"] for s in contract["sql"]]
    if kinds != sorted(kinds, key=["table", "view", "procedure"].index) or len(set(kinds)) != 3 or next(iter(shipped)) != "table":
        wrong.append(f"contract.json must hold the table, other tables, views and procedures in this order; found {kinds}")

    wrong += parse_errors([*((f"contract.json: {name}", sql + ";") for name, sql in shipped.items()), *planned(sys.argv[1])])

    columns = re.findall(r"^  (\w+) ", shipped["table"], re.M)
    listed = [c["name"] for c in contract["columns"]]
    if listed != columns:
        wrong.append(f"contract.json lists the columns {listed}, its table has {columns}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
