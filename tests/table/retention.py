"""Old rows go and no others; every row of a client goes and no others."""

import base64

from database import equal

LEFT = "SELECT record_id FROM s3_access_log ORDER BY 1"


def check(database, logferry):
    database.run("""
        INSERT INTO s3_access_log (record_id, request_time, loaded_at, parse_error) VALUES
          ('old', CURRENT_DATE - 31, LOCALTIMESTAMP, NULL), ('kept', CURRENT_DATE - 30, LOCALTIMESTAMP, NULL),
          ('old quarantine', NULL, CURRENT_DATE - 31, 'bad_time'), ('quarantine', NULL, CURRENT_DATE - 30, 'bad_time');""")
    database.run(logferry("retention", "--days", "30", "--dialect", "postgres"))
    equal(database.rows(LEFT), [["kept"], ["quarantine"]], "rows after retention")

    def raw(text):
        return base64.b64encode(b"owner bucket [bad time] " + text).decode()

    database.run(f"""
        TRUNCATE s3_access_log;
        INSERT INTO s3_access_log (record_id, request_time, remote_ip, requester, parse_error, raw_line_base64) VALUES
          ('hers', '2026-03-14', '192.0.2.1', 'anna', NULL, NULL), ('his', '2026-03-14', '192.0.2.10', 'o''brien', NULL, NULL),
          ('hers quarantined', NULL, NULL, NULL, 'bad_time', '{raw(b"192.0.2.1 anna X")}'),
          ('his quarantined', NULL, NULL, NULL, 'bad_time', '{raw(b"192.0.2.10 o'brien " + bytes([255]))}');""")
    database.run(logferry("erase", "--remote-ip", "192.0.2.1", "--dialect", "postgres"))
    equal(database.rows(LEFT), [["his"], ["his quarantined"]], "rows after the erasure of an address")
    database.run(logferry("erase", "--requester", "o'brien", "--dialect", "postgres"))
    equal(database.rows(LEFT), [], "rows after the erasure of a requester")
    print("retention: old rows go, and the rows of a client; no others")
