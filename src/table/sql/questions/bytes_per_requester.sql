-- How many bytes does each requester take in a month?
-- The share of a bill that a team or a customer caused. No requester is the public; requests through CloudFront are its identity's.
SELECT
  DATE_TRUNC('month', request_time) AS request_month,
  requester,
  SUM(requests) AS requests,
  COALESCE(SUM(bytes_sent), 0) AS bytes_sent
FROM {table}_requesters
WHERE request_time >= '2026-03-01' AND request_time < '2026-04-01'
GROUP BY DATE_TRUNC('month', request_time), requester
ORDER BY bytes_sent DESC
LIMIT 5;
