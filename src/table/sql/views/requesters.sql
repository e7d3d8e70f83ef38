-- Requests, bytes and refusals, to be summed by who asked.
CREATE OR REPLACE VIEW {table}_requesters AS
SELECT
  request_time,
  bucket,
  requester,
  operation,
  http_status,
  1 AS requests,
  bytes_sent,
  CASE WHEN http_status = 403 THEN 1 ELSE 0 END AS denied
FROM {table}_distinct
WHERE parse_error IS NULL
WITH NO SCHEMA BINDING;
