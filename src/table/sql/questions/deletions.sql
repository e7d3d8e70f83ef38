-- Who deleted this object, and when?
-- A requester of AmazonS3 is a lifecycle rule; BATCH is one line for each key of a DeleteObjects call. No rows: nobody within the range.
SELECT
  request_time,
  key,
  operation,
  requester,
  remote_ip,
  http_status
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
  AND bucket = 'amber-photos' AND key LIKE 'albums/07/%'
  AND (operation LIKE '%DELETE%' OR operation LIKE 'S3.EXPIRE%')
ORDER BY request_time DESC, key
LIMIT 5;
