-- One row per record_id: what to query.
CREATE OR REPLACE VIEW {table}_distinct AS
SELECT
  {columns}
FROM (
  SELECT
    {columns},
    ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY loaded_at) AS copy_number
  FROM {table}
) AS copies
WHERE copy_number = 1;
