CREATE VIEW s3_access_log_distinct AS
SELECT *
FROM (
    SELECT
        t.*,
        ROW_NUMBER() OVER (PARTITION BY t.record_id ORDER BY t.loaded_at) AS copy_number
    FROM s3_access_log AS t
) AS numbered
WHERE copy_number = 1;

CREATE VIEW s3_access_log_requests_daily AS
SELECT
    CAST(request_time AS DATE) AS request_day,
    http_status,
    COUNT(*) AS requests
FROM s3_access_log_distinct
WHERE parse_error IS NULL
GROUP BY CAST(request_time AS DATE), http_status;

CREATE VIEW s3_access_log_quarantined AS
SELECT
    log_bucket,
    log_key,
    log_offset,
    parse_error,
    raw_line_base64
FROM s3_access_log_distinct
WHERE parse_error IS NOT NULL;
