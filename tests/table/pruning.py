"""A range of request_time reaches the table through every view: PostgreSQL's plan says where it applies it."""

import json

DAY = "request_time >= '2026-03-14' AND request_time < '2026-03-15'"
# Quarantined rows have no request_time; the view itself asks for that.
WITHOUT_RANGE = {"quarantined": "(request_time IS NULL)"}


def nodes(plan, above=()):
    """Every node of a plan, with those above it."""
    yield plan, above
    for child in plan.get("Plans", []):
        yield from nodes(child, (*above, plan))


def conditions(node):
    return " AND ".join(node[name] for name in ("Filter", "Index Cond", "Recheck Cond", "One-Time Filter") if name in node)


def check(database, views):
    # Enough rows that the index is worth it.
    database.run("""
        INSERT INTO s3_access_log (record_id, request_time, bucket, key, operation, http_status)
        SELECT MD5(n::text), TIMESTAMP '2026-01-01' + n * INTERVAL '100 seconds', 'b', 'k' || n, 'REST.GET.OBJECT', 200
        FROM GENERATE_SERIES(1, 86400) AS n;
        ANALYZE s3_access_log;""")
    for view in views:
        where = "" if view in WITHOUT_RANGE else f" WHERE {DAY}"
        done = database.rows(f"EXPLAIN (FORMAT JSON, COSTS OFF) SELECT * FROM s3_access_log_{view}{where}")
        plan = json.loads("\n".join(row[0] for row in done))[0]["Plan"]
        scans = [(node, above) for node, above in nodes(plan) if node.get("Relation Name") == "s3_access_log"]
        assert len(scans) == 1, f"{view}: {len(scans)} scans of the table"
        node, above = scans[0]
        # A bitmap scan has the condition in a node of its own below.
        applied = " AND ".join(conditions(found) for found, _ in nodes(node))
        if view in WITHOUT_RANGE:
            assert WITHOUT_RANGE[view] in applied, f"{view}: the scan applies {applied!r} only"
        else:
            for bound in ("request_time >= '2026-03-14", "request_time < '2026-03-15"):
                assert bound in applied, f"{view}: the scan applies {applied!r} only"
        assert "Index" in node["Node Type"] or "Bitmap" in node["Node Type"], f"{view}: {node['Node Type']}"
        late = [conditions(found) for found in above if "request_time" in conditions(found)]
        assert not late, f"{view}: the range is applied above the scan: {late}"
    print(f"pruning: the range reaches the table through each of {len(views)} views")
