-- Takes every row of one client out of the table. Raw logs, staged files and snapshots still hold them: S3 and Redshift expire those.
BEGIN;
LOCK TABLE public.s3_access_log;
DELETE FROM public.s3_access_log
WHERE requester = 'o''brien';
-- Quarantined lines: the bytes of their head, where client and address stand.
DELETE FROM public.s3_access_log
WHERE request_time IS NULL AND parse_error IS NOT NULL
  AND LOWER(TO_HEX(SUBSTRING(TO_VARBYTE(raw_line_base64, 'base64'), 1, 16384))) LIKE '%206f27627269656e20%';
COMMIT;
VACUUM DELETE ONLY public.s3_access_log TO 100 PERCENT;
