-- Requests over TLS below 1.2, to be summed by client.
CREATE OR REPLACE VIEW {table}_old_tls AS
SELECT
  request_time,
  bucket,
  operation,
  requester,
  remote_ip,
  user_agent,
  tls_version,
  1 AS requests
FROM {table}_distinct
WHERE UPPER(tls_version) IN ('SSLV3', 'TLSV1', 'TLSV1.0', 'TLSV1.1')
WITH NO SCHEMA BINDING;
