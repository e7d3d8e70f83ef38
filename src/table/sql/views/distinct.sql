-- Each line once, by its best row: typed before quarantined, newer before older. What to query, with a range of request_time.
CREATE OR REPLACE VIEW {table}_distinct AS
SELECT
  {columns}
FROM (
  SELECT
    {columns},
    ROW_NUMBER() OVER (
      PARTITION BY request_time, record_id
      ORDER BY CASE WHEN parse_error IS NULL THEN 0 ELSE 1 END, loaded_at DESC, log_key, log_offset
    ) AS copy_number
  FROM {table}
) AS copies
WHERE copy_number = 1
WITH NO SCHEMA BINDING;
