-- Removes copies of what was loaded in the last so many days, one day of request_time after the other. Not within a transaction.
CREATE OR REPLACE PROCEDURE {table}_maintain(days INTEGER)
AS $$
DECLARE
  since TIMESTAMP;
  one_day TIMESTAMP;
  next_day TIMESTAMP;
BEGIN
  IF days IS NULL OR days < 1 THEN
    RAISE EXCEPTION 'maintenance of the last % days does nothing: give a number of days from 1', days;
  END IF;
  since := sysdate - days * INTERVAL '1 day';
  DROP TABLE IF EXISTS logferry_loaded_days;
  CREATE TEMP TABLE logferry_loaded_days AS
  SELECT DISTINCT DATE_TRUNC('day', request_time) AS loaded_day
  FROM {table}
  WHERE loaded_at >= since AND request_time IS NOT NULL;
  SELECT MIN(loaded_day) INTO one_day FROM logferry_loaded_days;
  -- A day is a transaction, so that loads wait for a day at most. No FOR: Redshift closes its cursor at COMMIT.
  WHILE one_day IS NOT NULL LOOP
    COMMIT;
    next_day := one_day + INTERVAL '1 day';
    CALL {table}_remove_copies(one_day, next_day);
    SELECT MIN(loaded_day) INTO one_day FROM logferry_loaded_days WHERE loaded_day > one_day;
  END LOOP;
  COMMIT;
  CALL {table}_remove_quarantined_copies();
  DROP TABLE logferry_loaded_days;
END;
$$ LANGUAGE plpgsql;
