-- The table is one of three copies. The others: the raw logs (a lifecycle rule of their bucket) and the staged files (the module's staging.expiration_days).
BEGIN;
-- Nothing is loaded between the copy and the deletion; sysdate stands still until COMMIT.
LOCK TABLE public.s3_access_log;
-- A prefix that holds files is refused: name a new one each time.
UNLOAD ('SELECT record_id,request_time,bucket,key,key_raw,operation,request_uri,http_status,error_code,bytes_sent,object_size,total_time_ms,turn_around_time_ms,remote_ip,requester,request_id,referer,user_agent,version_id,host_id,signature_version,cipher_suite,authentication_type,host_header,tls_version,access_point_arn,acl_required,source_region,bucket_owner,extra,flags,log_bucket,log_key,log_offset,parse_error,raw_line_base64,loaded_at FROM public.s3_access_log WHERE request_time < DATE_TRUNC(''day'', sysdate) - INTERVAL ''400 days'' OR (request_time IS NULL AND loaded_at < DATE_TRUNC(''day'', sysdate) - INTERVAL ''400 days'')')
TO 's3://archive/2026/'
IAM_ROLE 'arn:aws:iam::123456789012:role/example'
FORMAT AS PARQUET;
DELETE FROM public.s3_access_log
WHERE request_time < DATE_TRUNC('day', sysdate) - INTERVAL '400 days';
-- Quarantined rows have no request_time.
DELETE FROM public.s3_access_log
WHERE request_time IS NULL AND loaded_at < DATE_TRUNC('day', sysdate) - INTERVAL '400 days';
COMMIT;
-- Gives the space back.
VACUUM DELETE ONLY public.s3_access_log TO 100 PERCENT;
