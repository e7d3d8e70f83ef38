-- Which addresses ask most, and how many are there?
-- An address with one user agent and thousands of keys is a machine. Behind CloudFront the addresses are its own.
SELECT
  remote_ip,
  COUNT(*) AS requests,
  COUNT(DISTINCT key) AS keys,
  COUNT(DISTINCT user_agent) AS user_agents,
  COALESCE(SUM(bytes_sent), 0) AS bytes_sent,
  COUNT(*) OVER () AS addresses_in_all
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND remote_ip IS NOT NULL
GROUP BY remote_ip
ORDER BY requests DESC, remote_ip
LIMIT 5;
