-- How many requests and bytes a day?
-- A day that differs from its neighbours by a factor is a new client, a backup or an attack: questions 6 and 16 say which.
SELECT
  request_day,
  bucket,
  SUM(requests) AS requests,
  COALESCE(SUM(bytes_sent), 0) AS bytes_sent
FROM {table}_requests_per_day
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
GROUP BY request_day, bucket
ORDER BY request_day, bucket;
