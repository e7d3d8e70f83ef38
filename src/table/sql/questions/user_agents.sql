-- Which programs ask, and which of them are bots?
-- The name up to the first slash or blank. A bot names itself; one that does not shows in question 16.
SELECT
  SPLIT_PART(SPLIT_PART(user_agent, ' ', 1), '/', 1) AS program,
  CASE WHEN LOWER(user_agent) LIKE '%bot/%' OR LOWER(user_agent) LIKE '%crawl%' OR LOWER(user_agent) LIKE '%spider%' THEN 'yes' ELSE 'no' END AS bot,
  COUNT(*) AS requests,
  COALESCE(SUM(bytes_sent), 0) AS bytes_sent
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND user_agent IS NOT NULL
GROUP BY 1, 2
ORDER BY requests DESC, program
LIMIT 8;
