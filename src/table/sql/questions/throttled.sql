-- Where does S3 throttle (503), by prefix and hour?
-- S3 slows down a prefix above 3,500 writes or 5,500 reads a second: spread its keys, or retry more slowly.
SELECT
  DATE_TRUNC('hour', request_time) AS request_hour,
  bucket,
  SPLIT_PART(key, '/', 1) AS prefix,
  COUNT(*) AS slowed_down
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND http_status = 503
GROUP BY DATE_TRUNC('hour', request_time), bucket, SPLIT_PART(key, '/', 1)
ORDER BY slowed_down DESC, request_hour, prefix
LIMIT 5;
