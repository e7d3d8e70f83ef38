-- Rows that were delivered more than once, which the other views count once.
CREATE OR REPLACE VIEW {table}_copies AS
SELECT
  record_id,
  COUNT(*) AS copies,
  MIN(loaded_at) AS first_loaded_at,
  MAX(loaded_at) AS last_loaded_at
FROM {table}
GROUP BY record_id
HAVING COUNT(*) > 1;
