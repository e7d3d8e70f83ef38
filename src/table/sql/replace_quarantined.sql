-- Puts typed rows in place of the quarantined rows of the same lines, once. One transaction.
LOCK TABLE {table}_loads;
LOCK TABLE {table};
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS not_replayed_before
FROM {table}_loads
WHERE manifest = {file};
CREATE TEMP TABLE logferry_typed (LIKE {table});
COPY logferry_typed ({column_list})
FROM {file}
IAM_ROLE {iam_role}
{options};
CREATE TEMP TABLE logferry_quarantined AS
SELECT DISTINCT record_id AS quarantined_id, log_key AS quarantined_key, log_offset AS quarantined_offset
FROM {table}
WHERE request_time IS NULL AND parse_error IS NOT NULL;
DELETE FROM logferry_typed
WHERE NOT EXISTS (
  SELECT 1 FROM logferry_quarantined
  WHERE quarantined_id = record_id AND quarantined_key = log_key AND quarantined_offset = log_offset
);
CREATE TEMP TABLE logferry_replaced AS
SELECT record_id AS replaced_id, log_key AS replaced_key, log_offset AS replaced_offset
FROM logferry_typed;
INSERT INTO {table} ({column_list})
SELECT {column_list}
FROM logferry_typed;
DELETE FROM {table}
WHERE request_time IS NULL AND parse_error IS NOT NULL AND EXISTS (
  SELECT 1 FROM logferry_replaced
  WHERE replaced_id = record_id AND replaced_key = log_key AND replaced_offset = log_offset
);
INSERT INTO {table}_loads (manifest, source, loaded_rows)
SELECT {file}, 'quarantine', COUNT(*) FROM logferry_typed;
DROP TABLE logferry_typed;
DROP TABLE logferry_quarantined;
DROP TABLE logferry_replaced;
