-- Who reads from another AWS Region?
-- Such bytes are billed between Regions. Only requests from within AWS have a source Region, in logs since February 2026.
SELECT
  bucket,
  source_region,
  requester,
  COUNT(*) AS requests,
  COALESCE(SUM(bytes_sent), 0) AS bytes_sent
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
  AND source_region IS NOT NULL AND host_header NOT LIKE '%' || source_region || '%'
GROUP BY bucket, source_region, requester
ORDER BY bytes_sent DESC
LIMIT 5;
