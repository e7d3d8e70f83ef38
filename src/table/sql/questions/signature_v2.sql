-- Who still signs with Signature Version 2?
-- New buckets do not take it: the user agent says what to update.
SELECT
  requester,
  user_agent,
  authentication_type,
  COUNT(*) AS requests,
  MAX(request_time) AS last_request
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND signature_version = 'SigV2'
GROUP BY requester, user_agent, authentication_type
ORDER BY requests DESC
LIMIT 5;
