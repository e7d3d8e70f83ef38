-- Removes copies of requests in a range of request_time, and quarantined rows that have a typed one. Never the last row of a line.
CREATE OR REPLACE PROCEDURE {table}_remove_copies(from_time TIMESTAMP, to_time TIMESTAMP)
AS $$
DECLARE
  found_columns INTEGER;
  removed INTEGER;
  kept INTEGER;
  superseded INTEGER;
BEGIN
  IF from_time IS NULL OR to_time IS NULL OR from_time >= to_time THEN
    RAISE EXCEPTION 'the range from % to % of request_time is empty: give two times, the earlier one first', from_time, to_time;
  END IF;
  -- Before the first look: nothing is loaded, replayed or erased until the end, whatever the isolation level.
  LOCK TABLE {table};
  SELECT COUNT(*) INTO found_columns
  FROM information_schema.columns
  WHERE (table_schema || '.' || table_name = '{table}' OR table_name = '{table}')
    AND column_name IN ({quoted_columns});
  IF found_columns < {column_count} THEN
    RAISE EXCEPTION '{table} shows % of the {column_count} columns of this version: it is of another version (logferry schema upgrade) or may not be read', found_columns;
  END IF;
  -- Two narrow columns, one pass over the range.
  CREATE TEMP TABLE logferry_doubled AS
  SELECT request_time AS doubled_time, record_id AS doubled_id
  FROM {table}
  WHERE request_time >= from_time AND request_time < to_time
  GROUP BY request_time, record_id
  HAVING COUNT(*) > 1;
  -- All columns, of the doubled rows only: the row that the view shows.
  CREATE TEMP TABLE logferry_kept AS
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
    INNER JOIN logferry_doubled ON request_time = doubled_time AND record_id = doubled_id
    WHERE request_time >= from_time AND request_time < to_time
  ) AS copies
  WHERE copy_number = 1;
  DELETE FROM {table}
  USING logferry_doubled
  WHERE request_time >= from_time AND request_time < to_time
    AND request_time = doubled_time AND record_id = doubled_id;
  GET DIAGNOSTICS removed := ROW_COUNT;
  INSERT INTO {table} (
    {columns}
  )
  SELECT
    {columns}
  FROM logferry_kept;
  GET DIAGNOSTICS kept := ROW_COUNT;
  -- A line that a later version could read: its typed row stays.
  DELETE FROM {table}
  WHERE request_time IS NULL AND parse_error IS NOT NULL AND record_id IN (
    SELECT record_id
    FROM {table}
    WHERE request_time >= from_time AND request_time < to_time AND parse_error IS NULL
  );
  GET DIAGNOSTICS superseded := ROW_COUNT;
  DROP TABLE logferry_doubled;
  DROP TABLE logferry_kept;
  removed := removed - kept;
  RAISE INFO '{table} from % to %: % copies and % superseded quarantined rows removed', from_time, to_time, removed, superseded;
END;
$$ LANGUAGE plpgsql;
