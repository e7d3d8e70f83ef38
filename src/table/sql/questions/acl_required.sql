-- Which requests needed an ACL?
-- Give each of these requesters a bucket policy, then switch ACLs off (bucket owner enforced).
SELECT
  bucket,
  requester,
  operation,
  COUNT(*) AS requests,
  MAX(request_time) AS last_request
FROM {table}_distinct
WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17' AND acl_required
GROUP BY bucket, requester, operation
ORDER BY requests DESC, requester, operation
LIMIT 5;
