-- What are the requests, by operation?
-- What the request bill is made of. COPY.OBJECT_GET is the reading half of a copy; S3.* are lifecycle rules.
SELECT
  operation,
  SUM(requests) AS requests,
  COALESCE(SUM(bytes_sent), 0) AS bytes_sent
FROM {table}_requests_per_day
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
GROUP BY operation
ORDER BY requests DESC, operation;
