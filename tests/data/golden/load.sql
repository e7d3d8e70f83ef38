BEGIN;
LOCK TABLE public.s3_access_log_loads;
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS not_loaded_before
FROM public.s3_access_log_loads
WHERE manifest = 's3://staging/manifest';
COPY public.s3_access_log (record_id,request_time,bucket,key,key_raw,operation,request_uri,http_status,error_code,bytes_sent,object_size,total_time_ms,turn_around_time_ms,remote_ip,requester,request_id,referer,user_agent,version_id,host_id,signature_version,cipher_suite,authentication_type,host_header,tls_version,access_point_arn,acl_required,source_region,bucket_owner,extra,flags,log_bucket,log_key,log_offset,parse_error,raw_line_base64)
FROM 's3://staging/manifest'
IAM_ROLE 'arn:aws:iam::123456789012:role/example'
MANIFEST JSON 'auto' GZIP TIMEFORMAT 'auto';
INSERT INTO public.s3_access_log_loads (manifest, source, loaded_rows)
SELECT 's3://staging/manifest', 'by hand', PG_LAST_COPY_COUNT();
COMMIT;
