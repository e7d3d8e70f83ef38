"""Prints the backfill's state machine as statelint knows the language: states.py FILE

statelint has the Amazon States Language as published, whose ReaderConfig lacks AWS's InputType. Exactly what AWS documents for an
S3 inventory is taken out here; anything else stays, for statelint to refuse.
"""

import json
import pathlib
import sys

machine = json.loads(pathlib.Path(sys.argv[1]).read_text())
for state in machine["States"].values():
    reader = state.get("ItemReader", {})
    if reader.get("Resource", "").endswith(":s3:getObject") and reader.get("ReaderConfig") == {"InputType": "MANIFEST"}:
        del reader["ReaderConfig"]
json.dump(machine, sys.stdout, indent=2)
