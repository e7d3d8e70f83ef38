-- Who still speaks TLS below 1.2.
CREATE OR REPLACE VIEW {table}_old_tls AS
SELECT
  bucket,
  requester,
  remote_ip,
  user_agent,
  tls_version,
  COUNT(*) AS requests,
  MAX(request_time) AS last_request_time
FROM {table}_distinct
WHERE UPPER(tls_version) IN ('SSLV3', 'TLSV1', 'TLSV1.0', 'TLSV1.1')
GROUP BY bucket, requester, remote_ip, user_agent, tls_version;
