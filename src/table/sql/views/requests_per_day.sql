-- Requests and bytes, to be summed by day, bucket, operation or status.
CREATE OR REPLACE VIEW {table}_requests_per_day AS
SELECT
  request_time,
  CAST(request_time AS DATE) AS request_day,
  bucket,
  operation,
  http_status,
  1 AS requests,
  bytes_sent
FROM {table}_distinct
WHERE parse_error IS NULL
WITH NO SCHEMA BINDING;
