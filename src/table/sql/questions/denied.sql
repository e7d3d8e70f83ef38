-- Who is denied (403), and when?
-- Many from one address in an hour, of many keys: somebody tries doors. A few an hour from a role of yours: a policy that is too narrow.
SELECT
  DATE_TRUNC('hour', request_time) AS request_hour,
  requester,
  remote_ip,
  COUNT(*) AS denied,
  COUNT(DISTINCT key) AS keys
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND http_status = 403
GROUP BY DATE_TRUNC('hour', request_time), requester, remote_ip
ORDER BY denied DESC, request_hour, remote_ip
LIMIT 5;
