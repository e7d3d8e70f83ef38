-- Removes copies of quarantined rows, which have no request_time. Never the last row of a line.
CREATE OR REPLACE PROCEDURE {table}_remove_quarantined_copies()
AS $$
DECLARE
  removed INTEGER;
  kept INTEGER;
BEGIN
  LOCK TABLE {table};
  CREATE TEMP TABLE logferry_doubled AS
  SELECT record_id AS doubled_id
  FROM {table}
  WHERE request_time IS NULL
  GROUP BY record_id
  HAVING COUNT(*) > 1;
  CREATE TEMP TABLE logferry_kept AS
  SELECT
    {columns}
  FROM (
    SELECT
      {columns},
      ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY loaded_at DESC, log_key, log_offset) AS copy_number
    FROM {table}
    INNER JOIN logferry_doubled ON record_id = doubled_id
    WHERE request_time IS NULL
  ) AS copies
  WHERE copy_number = 1;
  DELETE FROM {table}
  USING logferry_doubled
  WHERE request_time IS NULL AND record_id = doubled_id;
  GET DIAGNOSTICS removed := ROW_COUNT;
  INSERT INTO {table} (
    {columns}
  )
  SELECT
    {columns}
  FROM logferry_kept;
  GET DIAGNOSTICS kept := ROW_COUNT;
  DROP TABLE logferry_doubled;
  DROP TABLE logferry_kept;
  removed := removed - kept;
  RAISE INFO '{table} in quarantine: % copies removed', removed;
END;
$$ LANGUAGE plpgsql;
