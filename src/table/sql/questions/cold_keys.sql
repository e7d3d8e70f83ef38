-- Which keys has nobody read lately?
-- Of the keys read within the range, those with no read since its last day. Keys that were never read are in no log: compare with S3 Inventory before you move or delete anything.
SELECT
  bucket,
  key,
  MAX(request_time) AS last_read,
  MAX(object_size) AS object_size
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
  AND operation LIKE '%.GET.OBJECT' AND http_status IN (200, 206, 304)
GROUP BY bucket, key
HAVING MAX(request_time) < '2026-03-16'
ORDER BY object_size DESC, key
LIMIT 5;
