-- Requests and bytes per day, bucket and status.
CREATE OR REPLACE VIEW {table}_requests_per_day AS
SELECT
  SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 10) AS request_day,
  bucket,
  http_status,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM {table}_distinct
WHERE parse_error IS NULL
GROUP BY SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 10), bucket, http_status;
