-- Every row that was delivered, copies included.
CREATE TABLE IF NOT EXISTS {table} (
  {definitions}
)
DISTSTYLE KEY
DISTKEY (record_id)
COMPOUND SORTKEY (request_time);
