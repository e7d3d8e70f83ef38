-- The table is one of three copies. The others: the raw logs (a lifecycle rule of their bucket) and the staged files (the module's staging.expiration_days).
BEGIN;
-- Nothing is loaded between the copy and the deletion; sysdate stands still until COMMIT.
LOCK TABLE {table};
{unload}DELETE FROM {table}
WHERE request_time < DATE_TRUNC('day', sysdate) - INTERVAL '{days} days';
-- Quarantined rows have no request_time.
DELETE FROM {table}
WHERE request_time IS NULL AND loaded_at < DATE_TRUNC('day', sysdate) - INTERVAL '{days} days';
COMMIT;
-- Gives the space back.
VACUUM DELETE ONLY {table} TO 100 PERCENT;
