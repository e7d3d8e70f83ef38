"""The procedures: copies go, the last row of a line never does, whoever writes at the same time."""

import random

from database import equal, refused

IDS = 70_000
WEEK = "'2026-03-09', '2026-03-16'"
WRITERS = 12
STATE = "SELECT COUNT(*), COUNT(DISTINCT record_id), SUM(HASHTEXT(t::text)::bigint) FROM s3_access_log AS t"
VIEW = "SELECT SUM(HASHTEXT(t::text)::bigint), COUNT(*) FROM s3_access_log_distinct AS t WHERE request_time IS NOT NULL"
ROW = "record_id, request_time, bucket, key, operation, http_status, bytes_sent, log_key, log_offset"


def a_week(database, copies):
    database.run(f"""
        INSERT INTO s3_access_log ({ROW}, loaded_at)
        SELECT MD5(n::text), TIMESTAMP '2026-03-09' + n * INTERVAL '8640 milliseconds', 'b', 'k' || n % 999, 'REST.GET.OBJECT', 200, n, 'log', n, TIMESTAMP '2026-03-16'
        FROM GENERATE_SERIES(0, {IDS - 1}) AS n;
        INSERT INTO s3_access_log ({ROW}, loaded_at)
        SELECT {ROW}, TIMESTAMP '2026-03-17' FROM s3_access_log WHERE log_offset % 271 = 0 ORDER BY log_offset LIMIT {copies};
        ANALYZE s3_access_log;""")


def beside_writers(database):
    a_week(database, 256)
    shown = database.rows(VIEW)
    chance = random.Random(1)
    writers = []
    for _ in range(WRITERS):
        inserts = [
            f"INSERT INTO s3_access_log ({ROW}) SELECT {ROW} FROM s3_access_log WHERE record_id = MD5('{chance.randrange(IDS)}')"
            f" AND request_time IS NOT NULL LIMIT 1;" for _ in range(10)
        ]
        # Whole runs of doubled ids as well, so that writers and procedure meet.
        inserts += [
            f"INSERT INTO s3_access_log ({ROW}) SELECT {ROW} FROM s3_access_log_distinct"
            f" WHERE request_time >= '2026-03-10' AND request_time < '2026-03-10 02:00:00' AND log_offset % {chance.randrange(3, 9)} = 0;" for _ in range(5)
        ]
        writers.append(database.start("\n".join(inserts)))
    runs = beside = 0
    while any(writer.poll() is None for writer in writers) or runs < 8:
        said = database.run(f"CALL s3_access_log_remove_copies({WEEK});")
        runs += 1
        beside += ": 0 copies" not in said
    for writer in writers:
        equal(writer.wait(), 0, writer.stdout.read())
        writer.stdout.close()
    equal(database.value("SELECT COUNT(DISTINCT record_id) FROM s3_access_log"), str(IDS), "ids after writers and maintenance")
    # The first run finds the copies of the beginning; how often they meet after it is up to the machine.
    assert beside > 1, f"the writers were done too early: {beside} runs had something to remove"
    database.run(f"CALL s3_access_log_remove_copies({WEEK});")
    equal(database.value("SELECT COUNT(*) FROM s3_access_log"), str(IDS), "rows in the end")
    # The copies differ in loaded_at alone, so that all else is what the view showed in the beginning.
    columns = ROW.replace("record_id, ", "")
    equal(database.value(f"SELECT COUNT(*) FROM (SELECT DISTINCT {columns} FROM s3_access_log) AS t"), str(IDS), "distinct rows")
    before = database.rows(STATE)
    said = database.run(f"CALL s3_access_log_remove_copies({WEEK});")
    assert ": 0 copies and 0 superseded" in said, said
    equal(database.rows(STATE), before, "the table after a second run")
    equal(database.rows(VIEW)[0][1], shown[0][1], "rows of the view")
    return beside


def best_row_stays(database):
    """What the view shows is what is kept, and what is outside of the range stays as it is."""
    database.run(f"""
        TRUNCATE s3_access_log;
        INSERT INTO s3_access_log (record_id, request_time, key, parse_error, loaded_at) VALUES
          ('newer', '2026-03-10', 'old', NULL, '2026-03-11'), ('newer', '2026-03-10', 'new', NULL, '2026-03-12'),
          ('typed', '2026-03-10', 'a', NULL, '2026-03-11'), ('typed', '2026-03-10', 'b', 'bad_time', '2026-03-12'),
          ('single', '2026-03-10', 'a', NULL, '2026-03-11'),
          ('outside', '2026-03-20', 'a', NULL, '2026-03-21'), ('outside', '2026-03-20', 'b', NULL, '2026-03-22'),
          ('healed', NULL, NULL, 'bad_time', '2026-03-11'), ('healed', NULL, NULL, 'bad_time', '2026-03-11'), ('healed', '2026-03-10', 'a', NULL, '2026-03-10'),
          ('sick', NULL, NULL, 'bad_time', '2026-03-11'), ('sick', NULL, 'newest', 'bad_time', '2026-03-12');""")
    shown = database.rows("SELECT record_id, key FROM s3_access_log_distinct WHERE request_time IS NOT NULL ORDER BY 1")
    equal(shown, [["healed", "a"], ["newer", "new"], ["outside", "b"], ["single", "a"], ["typed", "a"]], "the view")
    said = database.run(f"CALL s3_access_log_remove_copies({WEEK});")
    assert ": 2 copies and 2 superseded" in said, said
    said = database.run("CALL s3_access_log_remove_quarantined_copies();")
    assert ": 1 copies removed" in said, said
    equal(
        database.rows("SELECT record_id, key FROM s3_access_log ORDER BY 1, 2"),
        [["healed", "a"], ["newer", "new"], ["outside", "a"], ["outside", "b"], ["sick", "newest"], ["single", "a"], ["typed", "a"]],
        "the table",
    )


def what_was_loaded_lately(database):
    """Maintenance finds the days of what was loaded, however old the requests are."""
    database.run("""
        TRUNCATE s3_access_log;
        INSERT INTO s3_access_log (record_id, request_time, loaded_at)
        SELECT id, day, LOCALTIMESTAMP - age FROM (VALUES
          ('lately', TIMESTAMP '2019-02-06', INTERVAL '1 day'), ('lately', '2019-02-06', '9 days'),
          ('today', '2026-03-10 23:59:59', '1 hour'), ('today', '2026-03-10 23:59:59', '2 hours'),
          ('long ago', '2026-03-12', '9 days'), ('long ago', '2026-03-12', '10 days')) AS t (id, day, age);""")
    said = database.run("CALL s3_access_log_maintain(8);")
    equal(said.count("1 copies and 0 superseded"), 2, said)
    equal(
        database.rows("SELECT record_id, COUNT(*) FROM s3_access_log GROUP BY 1 ORDER BY 1"),
        [["lately", "1"], ["long ago", "2"], ["today", "1"]], "rows by id",
    )
    database.run("CALL s3_access_log_maintain(8); CALL s3_access_log_maintain(11);")
    equal(database.value("SELECT COUNT(*) FROM s3_access_log"), "3", "rows after a longer look back")


def refusals(database):
    database.run("""
        TRUNCATE s3_access_log;
        INSERT INTO s3_access_log (record_id, request_time) VALUES ('a', '2026-03-10'), ('a', '2026-03-10');
        CREATE ROLE reader; GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON s3_access_log TO reader;""")
    before = database.rows(STATE)
    refused(database, "CALL s3_access_log_remove_copies('2026-03-16', '2026-03-09');", "the earlier one first")
    refused(database, "CALL s3_access_log_remove_copies(NULL, '2026-03-09');", "the earlier one first")
    refused(database, "CALL s3_access_log_maintain(0);", "give a number of days")
    refused(database, f"SET ROLE reader; CALL s3_access_log_remove_copies({WEEK});", "permission denied for table s3_access_log")
    refused(database, "BEGIN; CALL s3_access_log_maintain(8);", "invalid transaction termination")
    equal(database.rows(STATE), before, "the table after refusals")
    database.run("ALTER TABLE s3_access_log DROP COLUMN source_region CASCADE;")
    before = database.rows(STATE)
    refused(database, f"CALL s3_access_log_remove_copies({WEEK});", "36 of the 37 columns of this version")
    equal(database.rows(STATE), before, "a table of another version")


def check(database):
    runs = beside_writers(database)
    best_row_stays(database)
    what_was_loaded_lately(database)
    refusals(database)
    print(f"maintenance: {IDS:,} ids, 256 copies, {WRITERS} writers beside {runs} runs: none lost, a second run changes nothing")
