-- Share of requests that failed, per hour and bucket.
CREATE OR REPLACE VIEW {table}_errors_per_hour AS
SELECT
  SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 13) AS request_hour,
  bucket,
  COUNT(*) AS requests,
  SUM(CASE WHEN http_status BETWEEN 400 AND 499 THEN 1 ELSE 0 END) AS client_errors,
  SUM(CASE WHEN http_status >= 500 THEN 1 ELSE 0 END) AS server_errors,
  100.0 * SUM(CASE WHEN http_status >= 400 THEN 1 ELSE 0 END) / COUNT(*) AS error_percent
FROM {table}_distinct
WHERE parse_error IS NULL
GROUP BY SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 13), bucket;
