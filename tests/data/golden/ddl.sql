-- Every row that was delivered, copies included.
CREATE TABLE IF NOT EXISTS public.s3_access_log (
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
  loaded_at           TIMESTAMP DEFAULT sysdate
)
DISTSTYLE KEY
DISTKEY (record_id)
COMPOUND SORTKEY (request_time);

-- Manifests that were loaded by hand or by the tool, each once.
CREATE TABLE IF NOT EXISTS public.s3_access_log_loads (
  manifest    VARCHAR(1024),
  source      VARCHAR(32),
  loaded_rows BIGINT,
  loaded_at   TIMESTAMP DEFAULT sysdate
)
DISTSTYLE AUTO;

-- Each line once, by its best row: typed before quarantined, newer before older. What to query, with a range of request_time.
CREATE VIEW public.s3_access_log_distinct AS
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
  FROM public.s3_access_log
) AS copies
WHERE copy_number = 1
WITH NO SCHEMA BINDING;

-- Requests and bytes, to be summed by day, bucket, operation or status.
CREATE VIEW public.s3_access_log_requests_per_day AS
SELECT
  request_time,
  CAST(request_time AS DATE) AS request_day,
  bucket,
  operation,
  http_status,
  1 AS requests,
  bytes_sent
FROM public.s3_access_log_distinct
WHERE parse_error IS NULL
WITH NO SCHEMA BINDING;

-- Requests, downloads and bytes, to be summed by object; a download is a GET of an object that succeeded.
CREATE VIEW public.s3_access_log_top_keys AS
SELECT
  request_time,
  bucket,
  key,
  operation,
  http_status,
  1 AS requests,
  CASE WHEN operation LIKE '%.GET.OBJECT' AND http_status IN (200, 206) THEN 1 ELSE 0 END AS downloads,
  bytes_sent
FROM public.s3_access_log_distinct
WHERE parse_error IS NULL AND key IS NOT NULL
WITH NO SCHEMA BINDING;

-- Requests and those that failed, to be summed by hour, bucket, operation or error.
CREATE VIEW public.s3_access_log_errors_per_hour AS
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
FROM public.s3_access_log_distinct
WHERE parse_error IS NULL
WITH NO SCHEMA BINDING;

-- Requests over TLS below 1.2, to be summed by client.
CREATE VIEW public.s3_access_log_old_tls AS
SELECT
  request_time,
  bucket,
  operation,
  requester,
  remote_ip,
  user_agent,
  tls_version,
  1 AS requests
FROM public.s3_access_log_distinct
WHERE UPPER(tls_version) IN ('SSLV3', 'TLSV1', 'TLSV1.0', 'TLSV1.1')
WITH NO SCHEMA BINDING;

-- Requests, bytes and refusals, to be summed by who asked.
CREATE VIEW public.s3_access_log_requesters AS
SELECT
  request_time,
  bucket,
  requester,
  operation,
  http_status,
  1 AS requests,
  bytes_sent,
  CASE WHEN http_status = 403 THEN 1 ELSE 0 END AS denied
FROM public.s3_access_log_distinct
WHERE parse_error IS NULL
WITH NO SCHEMA BINDING;

-- Lines that are no typed row: why, where they stand, and their bytes. They have no request_time.
CREATE VIEW public.s3_access_log_quarantined AS
SELECT
  parse_error,
  log_bucket,
  log_key,
  log_offset,
  flags,
  raw_line_base64,
  record_id,
  loaded_at
FROM public.s3_access_log_distinct
WHERE request_time IS NULL AND parse_error IS NOT NULL
WITH NO SCHEMA BINDING;

-- Rows that stand in the table more than once, which the other views count once.
CREATE VIEW public.s3_access_log_copies AS
SELECT
  request_time,
  record_id,
  COUNT(*) AS copies,
  MIN(loaded_at) AS first_loaded_at,
  MAX(loaded_at) AS last_loaded_at
FROM public.s3_access_log
GROUP BY request_time, record_id
HAVING COUNT(*) > 1
WITH NO SCHEMA BINDING;

-- Removes copies of requests in a range of request_time, and quarantined rows that have a typed one. Never the last row of a line.
CREATE OR REPLACE PROCEDURE public.s3_access_log_remove_copies(from_time TIMESTAMP, to_time TIMESTAMP)
AS $$
DECLARE
  found_columns INTEGER;
  removed INTEGER;
  kept INTEGER;
  superseded INTEGER;
BEGIN
  IF from_time IS NULL OR to_time IS NULL OR from_time >= to_time THEN
    RAISE EXCEPTION 'the range from % to % of request_time is empty: give two times, the earlier one first', from_time, to_time;
  END IF;
  -- Before the first look: nothing is loaded, replayed or erased until the end, whatever the isolation level.
  LOCK TABLE public.s3_access_log;
  SELECT COUNT(*) INTO found_columns
  FROM information_schema.columns
  WHERE (table_schema || '.' || table_name = 'public.s3_access_log' OR table_name = 'public.s3_access_log')
    AND column_name IN ('record_id', 'request_time', 'bucket', 'key', 'key_raw', 'operation', 'request_uri', 'http_status', 'error_code', 'bytes_sent', 'object_size', 'total_time_ms', 'turn_around_time_ms', 'remote_ip', 'requester', 'request_id', 'referer', 'user_agent', 'version_id', 'host_id', 'signature_version', 'cipher_suite', 'authentication_type', 'host_header', 'tls_version', 'access_point_arn', 'acl_required', 'source_region', 'bucket_owner', 'extra', 'flags', 'log_bucket', 'log_key', 'log_offset', 'parse_error', 'raw_line_base64', 'loaded_at');
  IF found_columns < 37 THEN
    RAISE EXCEPTION 'public.s3_access_log shows % of the 37 columns of this version: it is of another version (logferry schema upgrade) or may not be read', found_columns;
  END IF;
  -- Two narrow columns, one pass over the range.
  CREATE TEMP TABLE logferry_doubled AS
  SELECT request_time AS doubled_time, record_id AS doubled_id
  FROM public.s3_access_log
  WHERE request_time >= from_time AND request_time < to_time
  GROUP BY request_time, record_id
  HAVING COUNT(*) > 1;
  -- All columns, of the doubled rows only: the row that the view shows.
  CREATE TEMP TABLE logferry_kept AS
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
    FROM public.s3_access_log
    INNER JOIN logferry_doubled ON request_time = doubled_time AND record_id = doubled_id
    WHERE request_time >= from_time AND request_time < to_time
  ) AS copies
  WHERE copy_number = 1;
  DELETE FROM public.s3_access_log
  USING logferry_doubled
  WHERE request_time >= from_time AND request_time < to_time
    AND request_time = doubled_time AND record_id = doubled_id;
  GET DIAGNOSTICS removed := ROW_COUNT;
  INSERT INTO public.s3_access_log (
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
  )
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
  FROM logferry_kept;
  GET DIAGNOSTICS kept := ROW_COUNT;
  -- A line that a later version could read: its typed row stays.
  DELETE FROM public.s3_access_log
  WHERE request_time IS NULL AND parse_error IS NOT NULL AND record_id IN (
    SELECT record_id
    FROM public.s3_access_log
    WHERE request_time >= from_time AND request_time < to_time AND parse_error IS NULL
  );
  GET DIAGNOSTICS superseded := ROW_COUNT;
  DROP TABLE logferry_doubled;
  DROP TABLE logferry_kept;
  removed := removed - kept;
  RAISE INFO 'public.s3_access_log from % to %: % copies and % superseded quarantined rows removed', from_time, to_time, removed, superseded;
END;
$$ LANGUAGE plpgsql;

-- Removes copies of quarantined rows, which have no request_time. Never the last row of a line.
CREATE OR REPLACE PROCEDURE public.s3_access_log_remove_quarantined_copies()
AS $$
DECLARE
  removed INTEGER;
  kept INTEGER;
BEGIN
  LOCK TABLE public.s3_access_log;
  CREATE TEMP TABLE logferry_doubled AS
  SELECT record_id AS doubled_id
  FROM public.s3_access_log
  WHERE request_time IS NULL
  GROUP BY record_id
  HAVING COUNT(*) > 1;
  CREATE TEMP TABLE logferry_kept AS
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
      ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY loaded_at DESC, log_key, log_offset) AS copy_number
    FROM public.s3_access_log
    INNER JOIN logferry_doubled ON record_id = doubled_id
    WHERE request_time IS NULL
  ) AS copies
  WHERE copy_number = 1;
  DELETE FROM public.s3_access_log
  USING logferry_doubled
  WHERE request_time IS NULL AND record_id = doubled_id;
  GET DIAGNOSTICS removed := ROW_COUNT;
  INSERT INTO public.s3_access_log (
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
  )
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
  FROM logferry_kept;
  GET DIAGNOSTICS kept := ROW_COUNT;
  DROP TABLE logferry_doubled;
  DROP TABLE logferry_kept;
  removed := removed - kept;
  RAISE INFO 'public.s3_access_log in quarantine: % copies removed', removed;
END;
$$ LANGUAGE plpgsql;

-- Removes copies of what was loaded in the last so many days, one day of request_time after the other. Not within a transaction.
CREATE OR REPLACE PROCEDURE public.s3_access_log_maintain(days INTEGER)
AS $$
DECLARE
  since TIMESTAMP;
  one_day TIMESTAMP;
  next_day TIMESTAMP;
BEGIN
  IF days IS NULL OR days < 1 THEN
    RAISE EXCEPTION 'maintenance of the last % days does nothing: give a number of days from 1', days;
  END IF;
  since := sysdate - days * INTERVAL '1 day';
  DROP TABLE IF EXISTS logferry_loaded_days;
  CREATE TEMP TABLE logferry_loaded_days AS
  SELECT DISTINCT DATE_TRUNC('day', request_time) AS loaded_day
  FROM public.s3_access_log
  WHERE loaded_at >= since AND request_time IS NOT NULL;
  SELECT MIN(loaded_day) INTO one_day FROM logferry_loaded_days;
  -- A day is a transaction, so that loads wait for a day at most. No FOR: Redshift closes its cursor at COMMIT.
  WHILE one_day IS NOT NULL LOOP
    COMMIT;
    next_day := one_day + INTERVAL '1 day';
    CALL public.s3_access_log_remove_copies(one_day, next_day);
    SELECT MIN(loaded_day) INTO one_day FROM logferry_loaded_days WHERE loaded_day > one_day;
  END LOOP;
  COMMIT;
  CALL public.s3_access_log_remove_quarantined_copies();
  DROP TABLE logferry_loaded_days;
END;
$$ LANGUAGE plpgsql;
