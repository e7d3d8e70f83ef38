"""docs/questions.md: each question with its statement and PostgreSQL's answer on the sample log."""

import re

from database import ROOT

PAGE = ROOT / "docs/questions.md"
HEAD = """# Questions

What people ask of access logs, each answered by one statement. `logferry schema questions` prints them all, with your
schema and table. Set the range of `request_time` to your days, and leave it in: it is what makes a question about a day
cost a day ([docs/table.md](table.md)).

The answers are PostgreSQL's on a made-up log of three days, 14 to 16 March 2026, in which the same things happen every
day: `{sample}`. `tests/table/run` asks again and compares; `tests/table/run --write` writes
this page.
"""


def questions(script):
    """(title, how to read it, statement) of each."""
    for part in re.split(r"^-- (?=\d+\. )", script, flags=re.M)[1:]:
        title, reading, statement = part.split("\n", 2)
        yield title, reading.removeprefix("-- "), statement.strip()


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join("" if cell is None else cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def check(database, logferry, sample, write):
    # Without a schema, as the page shows them.
    script = logferry("questions").replace("public.", "")
    page = HEAD.format(sample=sample)
    empty = []
    for title, reading, statement in questions(script):
        header, *rows = database.rows(statement.rstrip(";"), header=True)
        if not rows:
            empty.append(title)
        page += f"\n## {title}\n\n{reading}\n\n```sql\n{statement}\n```\n\n{table(header, rows)}\n"
    assert not empty, f"no answer on the sample log: {empty}"
    count = page.count("\n## ")
    assert count == 20, f"{count} questions"
    if write:
        PAGE.write_text(page)
    kept = PAGE.read_text() if PAGE.exists() else ""
    if kept != page:
        differs = next((new for old, new in zip([*kept.splitlines(), ""], page.splitlines()) if old != new), "its end")
        raise AssertionError(f"docs/questions.md differs from what PostgreSQL answers, from: {differs}\nif that is meant, run tests/table/run --write")
    print(f"questions: {count} answered, as docs/questions.md has it")
