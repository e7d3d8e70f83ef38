"""A table that an earlier version made, with rows in it, becomes that of this one."""

from database import ROOT, Database, equal, refused

COLUMNS = """SELECT table_name, column_name, data_type FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name LIKE 's3_access_log%' ORDER BY 1, 2"""
VIEWS = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1"
PROCEDURES = "SELECT proname, MD5(prosrc) FROM pg_proc WHERE proname LIKE 's3_access_log%' ORDER BY 1"
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 's3_access_log%' ORDER BY 1"
GRANTS = """SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges
            WHERE table_schema = 'public' AND grantee <> 'logferry' ORDER BY 1, 2, 3"""


def check(server, logferry, rows, columns):
    fresh = Database(server, "fresh")
    fresh.run(logferry("ddl", "--dialect", "postgres"))
    releases = sorted((ROOT / "tests/data/released").glob("*.postgres.sql"))
    assert releases, "there are no released tables"
    for release in releases:
        version = release.name.removesuffix(".postgres.sql")
        old = Database(server, "from_" + version.replace(".", "_"))
        old.run(release.read_text())
        old.load(rows, columns)
        old.run("""CREATE ROLE "some-Reader"; GRANT SELECT ON s3_access_log_distinct, s3_access_log_top_keys TO "some-Reader";
                   GRANT SELECT ON s3_access_log_old_tls TO PUBLIC; GRANT SELECT ON s3_access_log TO "some-Reader";""")
        state = "SELECT COUNT(*), SUM(HASHTEXT(t::text)::bigint) FROM s3_access_log AS t"
        before, grants = old.rows(state), old.rows(GRANTS)
        equal(len(grants), 4, "grants to keep")
        script = logferry("upgrade", "--from", version, "--dialect", "postgres")

        # A view of the user's is in the way: nothing is changed.
        old.run("CREATE VIEW mine AS SELECT * FROM s3_access_log_distinct;")
        views = old.rows(VIEWS)
        refused(old, script, "other objects depend on it")
        equal(old.rows(VIEWS), views, "views after an upgrade that failed")
        equal(old.rows(GRANTS), grants, "grants after an upgrade that failed")
        old.run("DROP VIEW mine;")

        for again in ("", " again"):
            said = old.run(script)
            assert "3 grants on them kept" in said, said
            equal(old.rows(state), before, f"rows{again}")
            equal(old.rows(GRANTS), grants, f"grants{again}")
            for what, query in (("columns", COLUMNS), ("views", VIEWS), ("procedures", PROCEDURES), ("indexes", INDEXES)):
                equal(old.rows(query), fresh.rows(query), f"{what}{again}")
        equal(old.value("SET ROLE \"some-Reader\"; SELECT COUNT(*) FROM s3_access_log_distinct"), str(len(rows)), "rows as a reader")
    refused_version = logferry("upgrade", "--from", "0.0.0", fails=True)
    assert "there is no table of version 0.0.0" in refused_version, refused_version
    print(f"upgrade: from {', '.join(release.name.removesuffix('.postgres.sql') for release in releases)}, {len(rows):,} rows and every grant kept")
