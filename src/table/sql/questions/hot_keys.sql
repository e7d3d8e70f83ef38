-- Which keys are hot?
-- One key far above the others is worth a cache. Requests that are no downloads (HEAD, 304, errors) stand beside them.
SELECT
  bucket,
  key,
  SUM(downloads) AS downloads,
  SUM(requests) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM {table}_top_keys
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
GROUP BY bucket, key
ORDER BY downloads DESC, bytes_sent DESC, key
LIMIT 5;
