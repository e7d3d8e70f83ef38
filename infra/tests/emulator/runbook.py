"""Prints the shell blocks of a page as one script: runbook.py PAGE"""

import re
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    for number, block in enumerate(re.findall(r"^```sh\n(.*?)^```$", page.read(), re.M | re.S), 1):
        print(f"# block {number}\n{block}")
