-- What does the public read?
-- Keys that anonymous clients got. Empty is what a private bucket wants.
SELECT
  bucket,
  key,
  COUNT(*) AS requests,
  COUNT(DISTINCT remote_ip) AS addresses,
  SUM(bytes_sent) AS bytes_sent
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
  AND requester IS NULL AND operation LIKE '%.GET.OBJECT' AND http_status IN (200, 206)
GROUP BY bucket, key
ORDER BY requests DESC, bytes_sent DESC
LIMIT 5;
