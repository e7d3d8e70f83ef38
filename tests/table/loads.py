"""The guarded load: a manifest is loaded once, however many load it at the same time."""

from database import Failed, equal

CLIENTS = 6


def as_postgres(script):
    """PostgreSQL has no COPY from S3: two rows stand for the file, and a while for its reading, in which others come."""
    copy, after = script.split("COPY ", 1)[1].split(";", 1)
    assert "MANIFEST" in copy, script
    script = script.replace(f"COPY {copy};", "SELECT PG_SLEEP(0.3); INSERT INTO s3_access_log (record_id) VALUES ('a'), ('b');")
    return script.replace("public.", "").replace("PG_LAST_COPY_COUNT()", "2")


def check(database, logferry):
    script = as_postgres(logferry("load", "--manifest", "s3://staging/manifests/1", "--iam-role", "arn:aws:iam::123456789012:role/copy", "--source", "replay"))
    clients = [database.start(script) for _ in range(CLIENTS)]
    endings = []
    for client in clients:
        code = client.wait()
        said = client.stdout.read()
        client.stdout.close()
        endings.append(code)
        assert code == 0 or "division by zero" in said, said
    equal(endings.count(0), 1, f"clients that loaded, of {CLIENTS}")
    equal(database.value("SELECT COUNT(*) FROM s3_access_log"), "2", "rows")
    equal(database.rows("SELECT manifest, source, loaded_rows FROM s3_access_log_loads"), [["s3://staging/manifests/1", "replay", "2"]], "loads")
    try:
        database.run(script)
        raise AssertionError("a manifest was loaded twice")
    except Failed as error:
        assert "division by zero" in str(error), error
    database.run(script.replace("manifests/1", "manifests/2"))
    equal(database.value("SELECT COUNT(*) FROM s3_access_log_loads"), "2", "loads of two manifests")
    print(f"loads: {CLIENTS} clients load a manifest at the same time, one does")
