-- A prefix that holds files is refused: name a new one each time.
UNLOAD ('SELECT {all_columns} FROM {table} WHERE request_time < DATE_TRUNC(''day'', sysdate) - INTERVAL ''{days} days'' OR (request_time IS NULL AND loaded_at < DATE_TRUNC(''day'', sysdate) - INTERVAL ''{days} days'')')
TO {to}
IAM_ROLE {iam_role}
FORMAT AS PARQUET;
