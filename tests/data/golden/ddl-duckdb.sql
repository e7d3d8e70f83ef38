-- Every row that was delivered, copies included.
CREATE TABLE IF NOT EXISTS s3_access_log (
  record_id           VARCHAR(32),
  request_time        TIMESTAMP,
  bucket              VARCHAR(255),
  key                 VARCHAR(1024),
  key_raw             VARCHAR(8192),
  operation           VARCHAR(64),
  request_uri         VARCHAR(16384),
  http_status         SMALLINT,
  error_code          VARCHAR(128),
  bytes_sent          BIGINT,
  object_size         BIGINT,
  total_time_ms       BIGINT,
  turn_around_time_ms BIGINT,
  remote_ip           VARCHAR(45),
  requester           VARCHAR(2048),
  request_id          VARCHAR(64),
  referer             VARCHAR(8192),
  user_agent          VARCHAR(8192),
  version_id          VARCHAR(1024),
  host_id             VARCHAR(256),
  signature_version   VARCHAR(16),
  cipher_suite        VARCHAR(64),
  authentication_type VARCHAR(32),
  host_header         VARCHAR(512),
  tls_version         VARCHAR(32),
  access_point_arn    VARCHAR(512),
  acl_required        BOOLEAN,
  source_region       VARCHAR(32),
  bucket_owner        VARCHAR(128),
  extra               VARCHAR(4096),
  flags               VARCHAR(256),
  log_bucket          VARCHAR(63),
  log_key             VARCHAR(1024),
  log_offset          BIGINT,
  parse_error         VARCHAR(64),
  raw_line_base64     VARCHAR(65535),
  loaded_at           TIMESTAMP DEFAULT CURRENT_LOCALTIMESTAMP()
);

-- Manifests that were loaded by hand or by the tool, each once.
CREATE TABLE IF NOT EXISTS s3_access_log_loads (
  manifest    VARCHAR(1024),
  source      VARCHAR(32),
  loaded_rows BIGINT,
  loaded_at   TIMESTAMP DEFAULT CURRENT_LOCALTIMESTAMP()
);

-- Each line once, by its best row: typed before quarantined, newer before older. What to query, with a range of request_time.
CREATE VIEW s3_access_log_distinct AS
SELECT
  record_id,
  request_time,
  bucket,
  key,
  key_raw,
  operation,
  request_uri,
  http_status,
  error_code,
  bytes_sent,
  object_size,
  total_time_ms,
  turn_around_time_ms,
  remote_ip,
  requester,
  request_id,
  referer,
  user_agent,
  version_id,
  host_id,
  signature_version,
  cipher_suite,
  authentication_type,
  host_header,
  tls_version,
  access_point_arn,
  acl_required,
  source_region,
  bucket_owner,
  extra,
  flags,
  log_bucket,
  log_key,
  log_offset,
  parse_error,
  raw_line_base64,
  loaded_at
FROM (
  SELECT
    record_id,
    request_time,
    bucket,
    key,
    key_raw,
    operation,
    request_uri,
    http_status,
    error_code,
    bytes_sent,
    object_size,
    total_time_ms,
    turn_around_time_ms,
    remote_ip,
    requester,
    request_id,
    referer,
    user_agent,
    version_id,
    host_id,
    signature_version,
    cipher_suite,
    authentication_type,
    host_header,
    tls_version,
    access_point_arn,
    acl_required,
    source_region,
    bucket_owner,
    extra,
    flags,
    log_bucket,
    log_key,
    log_offset,
    parse_error,
    raw_line_base64,
    loaded_at,
    ROW_NUMBER() OVER (
      PARTITION BY request_time, record_id
      ORDER BY CASE WHEN parse_error IS NULL THEN 0 ELSE 1 END, loaded_at DESC, log_key, log_offset
    ) AS copy_number
  FROM s3_access_log
) AS copies
WHERE copy_number = 1;

-- Requests and bytes, to be summed by day, bucket, operation or status.
CREATE VIEW s3_access_log_requests_per_day AS
SELECT
  request_time,
  CAST(request_time AS DATE) AS request_day,
  bucket,
  operation,
  http_status,
  1 AS requests,
  bytes_sent
FROM s3_access_log_distinct
WHERE parse_error IS NULL;

-- Requests, downloads and bytes, to be summed by object; a download is a GET of an object that succeeded.
CREATE VIEW s3_access_log_top_keys AS
SELECT
  request_time,
  bucket,
  key,
  operation,
  http_status,
  1 AS requests,
  CASE WHEN operation LIKE '%.GET.OBJECT' AND http_status IN (200, 206) THEN 1 ELSE 0 END AS downloads,
  bytes_sent
FROM s3_access_log_distinct
WHERE parse_error IS NULL AND key IS NOT NULL;

-- Requests and those that failed, to be summed by hour, bucket, operation or error.
CREATE VIEW s3_access_log_errors_per_hour AS
SELECT
  request_time,
  DATE_TRUNC('hour', request_time) AS request_hour,
  bucket,
  operation,
  http_status,
  error_code,
  1 AS requests,
  CASE WHEN http_status BETWEEN 400 AND 499 THEN 1 ELSE 0 END AS client_errors,
  CASE WHEN http_status >= 500 THEN 1 ELSE 0 END AS server_errors
FROM s3_access_log_distinct
WHERE parse_error IS NULL;

-- Requests over TLS below 1.2, to be summed by client.
CREATE VIEW s3_access_log_old_tls AS
SELECT
  request_time,
  bucket,
  operation,
  requester,
  remote_ip,
  user_agent,
  tls_version,
  1 AS requests
FROM s3_access_log_distinct
WHERE UPPER(tls_version) IN ('SSLV3', 'TLSV1', 'TLSV1.0', 'TLSV1.1');

-- Requests, bytes and refusals, to be summed by who asked.
CREATE VIEW s3_access_log_requesters AS
SELECT
  request_time,
  bucket,
  requester,
  operation,
  http_status,
  1 AS requests,
  bytes_sent,
  CASE WHEN http_status = 403 THEN 1 ELSE 0 END AS denied
FROM s3_access_log_distinct
WHERE parse_error IS NULL;

-- Lines that are no typed row: why, where they stand, and their bytes. They have no request_time.
CREATE VIEW s3_access_log_quarantined AS
SELECT
  parse_error,
  log_bucket,
  log_key,
  log_offset,
  flags,
  raw_line_base64,
  record_id,
  loaded_at
FROM s3_access_log_distinct
WHERE request_time IS NULL AND parse_error IS NOT NULL;

-- Rows that stand in the table more than once, which the other views count once.
CREATE VIEW s3_access_log_copies AS
SELECT
  request_time,
  record_id,
  COUNT(*) AS copies,
  MIN(loaded_at) AS first_loaded_at,
  MAX(loaded_at) AS last_loaded_at
FROM s3_access_log
GROUP BY request_time, record_id
HAVING COUNT(*) > 1;
