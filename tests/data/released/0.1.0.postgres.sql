CREATE TABLE IF NOT EXISTS s3_access_log (
  record_id           VARCHAR(32),
  request_time        TIMESTAMP,
  bucket              VARCHAR(255),
  key                 VARCHAR(8192),
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
  loaded_at           TIMESTAMP DEFAULT LOCALTIMESTAMP
);

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
    ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY loaded_at) AS copy_number
  FROM s3_access_log
) AS copies
WHERE copy_number = 1;

CREATE VIEW s3_access_log_requests_per_day AS
SELECT
  SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 10) AS request_day,
  bucket,
  http_status,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM s3_access_log_distinct
WHERE parse_error IS NULL
GROUP BY SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 10), bucket, http_status;

CREATE VIEW s3_access_log_top_keys AS
SELECT
  bucket,
  key,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM s3_access_log_distinct
WHERE parse_error IS NULL AND key IS NOT NULL
GROUP BY bucket, key;

CREATE VIEW s3_access_log_errors_per_hour AS
SELECT
  SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 13) AS request_hour,
  bucket,
  COUNT(*) AS requests,
  SUM(CASE WHEN http_status BETWEEN 400 AND 499 THEN 1 ELSE 0 END) AS client_errors,
  SUM(CASE WHEN http_status >= 500 THEN 1 ELSE 0 END) AS server_errors,
  100.0 * SUM(CASE WHEN http_status >= 400 THEN 1 ELSE 0 END) / COUNT(*) AS error_percent
FROM s3_access_log_distinct
WHERE parse_error IS NULL
GROUP BY SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 13), bucket;

CREATE VIEW s3_access_log_old_tls AS
SELECT
  bucket,
  requester,
  remote_ip,
  user_agent,
  tls_version,
  COUNT(*) AS requests,
  MAX(request_time) AS last_request_time
FROM s3_access_log_distinct
WHERE UPPER(tls_version) IN ('SSLV3', 'TLSV1', 'TLSV1.0', 'TLSV1.1')
GROUP BY bucket, requester, remote_ip, user_agent, tls_version;

CREATE VIEW s3_access_log_requesters AS
SELECT
  bucket,
  requester,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent,
  SUM(CASE WHEN http_status = 403 THEN 1 ELSE 0 END) AS denied,
  MAX(request_time) AS last_request_time
FROM s3_access_log_distinct
WHERE parse_error IS NULL
GROUP BY bucket, requester;

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
WHERE parse_error IS NOT NULL;

CREATE VIEW s3_access_log_copies AS
SELECT
  record_id,
  COUNT(*) AS copies,
  MIN(loaded_at) AS first_loaded_at,
  MAX(loaded_at) AS last_loaded_at
FROM s3_access_log
GROUP BY record_id
HAVING COUNT(*) > 1;
