-- Loads a manifest once, however many try it at the same time. One transaction.
LOCK TABLE {table}_loads;
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS not_loaded_before
FROM {table}_loads
WHERE manifest = {manifest};
COPY {table} ({column_list})
FROM {manifest}
IAM_ROLE {iam_role}
MANIFEST {options};
INSERT INTO {table}_loads (manifest, source, loaded_rows)
SELECT {manifest}, {source}, PG_LAST_COPY_COUNT();
