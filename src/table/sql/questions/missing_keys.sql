-- Which keys are asked for and missing (404)?
-- The referer is the page with the broken link. A key that was there until lately: question 2.
SELECT
  bucket,
  key,
  COUNT(*) AS misses,
  MAX(referer) AS a_referer,
  MAX(request_time) AS last_miss
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND http_status = 404
GROUP BY bucket, key
ORDER BY misses DESC, key
LIMIT 5;
