-- Which clients still speak TLS below 1.2?
-- S3 refuses them one day: the user agent says what to update.
SELECT
  tls_version,
  requester,
  remote_ip,
  user_agent,
  SUM(requests) AS requests,
  MAX(request_time) AS last_request
FROM {table}_old_tls
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
GROUP BY tls_version, requester, remote_ip, user_agent
ORDER BY requests DESC, remote_ip
LIMIT 5;
