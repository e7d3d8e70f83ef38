-- What is downloaded: requests and bytes per object.
CREATE OR REPLACE VIEW {table}_top_keys AS
SELECT
  bucket,
  key,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM {table}_distinct
WHERE parse_error IS NULL AND key IS NOT NULL
GROUP BY bucket, key;
