-- Which presigned link is used from many addresses?
-- A link that was passed on, or posted. Lines count by their URL, in which the signature is masked; a mobile client has two or three addresses, a posted link dozens.
SELECT
  bucket,
  key,
  requester,
  COUNT(DISTINCT remote_ip) AS addresses,
  COUNT(*) AS requests,
  MIN(request_time) AS first_request
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND authentication_type = 'QueryString'
GROUP BY bucket, key, requester, request_uri
ORDER BY addresses DESC, requests DESC, first_request
LIMIT 5;
