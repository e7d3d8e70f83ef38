-- Every row that was delivered, copies included.
CREATE TABLE IF NOT EXISTS {table} (
  {definitions}
)
DISTSTYLE AUTO
SORTKEY (request_time);
