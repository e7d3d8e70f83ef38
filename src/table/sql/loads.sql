-- Manifests that were loaded by hand or by the tool, each once.
CREATE TABLE IF NOT EXISTS {table}_loads (
  manifest    VARCHAR(1024),
  source      VARCHAR(32),
  loaded_rows BIGINT,
  loaded_at   TIMESTAMP DEFAULT sysdate
)
DISTSTYLE AUTO;
