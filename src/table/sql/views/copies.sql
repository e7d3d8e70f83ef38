-- Rows that stand in the table more than once, which the other views count once.
CREATE OR REPLACE VIEW {table}_copies AS
SELECT
  request_time,
  record_id,
  COUNT(*) AS copies,
  MIN(loaded_at) AS first_loaded_at,
  MAX(loaded_at) AS last_loaded_at
FROM {table}
GROUP BY request_time, record_id
HAVING COUNT(*) > 1
WITH NO SCHEMA BINDING;
