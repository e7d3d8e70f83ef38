-- Takes every row of one client out of the table. Raw logs, staged files and snapshots still hold them: S3 and Redshift expire those.
BEGIN;
LOCK TABLE {table};
DELETE FROM {table}
WHERE {column} = {value};
-- Quarantined lines: the bytes of their head, where client and address stand.
DELETE FROM {table}
WHERE request_time IS NULL AND parse_error IS NOT NULL
  AND LOWER(TO_HEX(SUBSTRING(TO_VARBYTE(raw_line_base64, 'base64'), 1, 16384))) LIKE '%{hex}%';
COMMIT;
VACUUM DELETE ONLY {table} TO 100 PERCENT;
