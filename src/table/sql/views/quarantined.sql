-- Lines that are no typed row: why, where they stand, and their bytes. They have no request_time.
CREATE OR REPLACE VIEW {table}_quarantined AS
SELECT
  parse_error,
  log_bucket,
  log_key,
  log_offset,
  flags,
  raw_line_base64,
  record_id,
  loaded_at
FROM {table}_distinct
WHERE request_time IS NULL AND parse_error IS NOT NULL
WITH NO SCHEMA BINDING;
