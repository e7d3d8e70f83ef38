-- How slow are requests?
-- Milliseconds in S3 (turn-around) at the middle and for the slowest in a hundred, and in all with the transfer. A total far above the turn-around is the client's network.
SELECT
  operation,
  COUNT(*) AS requests,
  CAST(PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY turn_around_time_ms) AS DECIMAL(18, 1)) AS turn_around_p50,
  CAST(PERCENTILE_CONT(0.99) WITHIN GROUP (ORDER BY turn_around_time_ms) AS DECIMAL(18, 1)) AS turn_around_p99,
  MAX(total_time_ms) AS total_max
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND turn_around_time_ms IS NOT NULL
GROUP BY operation
ORDER BY requests DESC, operation;
