-- What do requests cost, by prefix?
-- At the list prices of us-east-1: $5 a million of the first tier (PUT, COPY, POST, LIST), $0.40 of the second; deletions are free. Bytes are billed only where they leave AWS past CloudFront. A key without a slash is its own prefix.
SELECT
  bucket,
  SPLIT_PART(key, '/', 1) AS prefix,
  SUM(first_tier) AS first_tier,
  SUM(second_tier) AS second_tier,
  CAST(SUM(first_tier * 5.0 + second_tier * 0.4) / 1000000 AS DECIMAL(18, 6)) AS requests_usd,
  CAST(COALESCE(SUM(bytes_sent), 0) / 1000000000.0 AS DECIMAL(18, 3)) AS gigabytes_sent
FROM (
  SELECT
    bucket,
    key,
    bytes_sent,
    CASE
      WHEN operation LIKE '%DELETE%' THEN 0
      WHEN operation LIKE '%.PUT.%' OR operation LIKE '%.POST.%' OR operation LIKE '%.COPY.OBJECT'
        OR operation LIKE '%.COPY.PART' OR operation LIKE '%.GET.BUCKET' OR operation LIKE '%.GET.BUCKETVERSIONS' THEN 1
      ELSE 0
    END AS first_tier,
    CASE
      WHEN operation LIKE '%.GET.BUCKET' OR operation LIKE '%.GET.BUCKETVERSIONS' THEN 0
      WHEN operation LIKE '%.GET.%' OR operation LIKE '%.HEAD.%' THEN 1
      ELSE 0
    END AS second_tier
  FROM {table}_distinct
  WHERE request_time >= '2026-03-14' AND request_time < '2026-03-17'
) AS tiers
GROUP BY bucket, SPLIT_PART(key, '/', 1)
ORDER BY requests_usd DESC, prefix
LIMIT 5;
