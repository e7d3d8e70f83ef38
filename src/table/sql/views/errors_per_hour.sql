-- Requests and those that failed, to be summed by hour, bucket, operation or error.
CREATE OR REPLACE VIEW {table}_errors_per_hour AS
SELECT
  request_time,
  DATE_TRUNC('hour', request_time) AS request_hour,
  bucket,
  operation,
  http_status,
  error_code,
  1 AS requests,
  CASE WHEN http_status BETWEEN 400 AND 499 THEN 1 ELSE 0 END AS client_errors,
  CASE WHEN http_status >= 500 THEN 1 ELSE 0 END AS server_errors
FROM {table}_distinct
WHERE parse_error IS NULL
WITH NO SCHEMA BINDING;
