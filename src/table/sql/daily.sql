-- Requests and bytes by day, bucket, operation and status, kept up to date by Redshift. Exact after maintenance.
CREATE MATERIALIZED VIEW {table}_daily
SORTKEY (request_day)
AUTO REFRESH YES
AS
SELECT
  DATE_TRUNC('day', request_time) AS request_day,
  bucket,
  operation,
  http_status,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM {table}
WHERE request_time IS NOT NULL
GROUP BY DATE_TRUNC('day', request_time), bucket, operation, http_status;
