-- Requests, downloads and bytes, to be summed by object; a download is a GET of an object that succeeded.
CREATE OR REPLACE VIEW {table}_top_keys AS
SELECT
  request_time,
  bucket,
  key,
  operation,
  http_status,
  1 AS requests,
  CASE WHEN operation LIKE '%.GET.OBJECT' AND http_status IN (200, 206) THEN 1 ELSE 0 END AS downloads,
  bytes_sent
FROM {table}_distinct
WHERE parse_error IS NULL AND key IS NOT NULL
WITH NO SCHEMA BINDING;
