-- Who comes over plain HTTP?
-- What a bucket policy with aws:SecureTransport would shut out.
SELECT
  bucket,
  requester,
  remote_ip,
  COUNT(*) AS requests,
  MAX(request_time) AS last_request
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
  AND operation LIKE 'REST.%' AND host_header IS NOT NULL AND tls_version IS NULL AND cipher_suite IS NULL
GROUP BY bucket, requester, remote_ip
ORDER BY requests DESC, remote_ip
LIMIT 5;
