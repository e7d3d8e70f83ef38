-- Who asks, how often, how much, and when last.
CREATE OR REPLACE VIEW {table}_requesters AS
SELECT
  bucket,
  requester,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent,
  SUM(CASE WHEN http_status = 403 THEN 1 ELSE 0 END) AS denied,
  MAX(request_time) AS last_request_time
FROM {table}_distinct
WHERE parse_error IS NULL
GROUP BY bucket, requester;
