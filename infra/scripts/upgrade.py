"""Plans this module onto the state of the version before, and lists what an apply would do to each resource.

usage: upgrade.py WORK

WORK is a copy of this folder in which `terraform init` may write. The state (tests/upgrade/before.tfstate) is that of the minimal
example, as the version before left it on the emulator; the real provider plans with it, without asking AWS. The only call left,
for the account's id, is answered here. tests/upgrade/changes.txt holds what must come out; --write makes it anew.
"""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import zipfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent
LISTED = FOLDER / "tests" / "upgrade" / "changes.txt"
HEADER = """# What an upgrade from the version before does, resource by resource: create, update, replace, delete, move. Nothing else happens.
# A line that begins with `replace` or `delete` must have its words in CHANGELOG.md.
"""
IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/example</Arn><UserId>EXAMPLE</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


class Account(http.server.BaseHTTPRequestHandler):
    """STS, as far as it is asked who is calling."""

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        if b"GetCallerIdentity" not in asked:
            return self.send_error(501, "only GetCallerIdentity is answered here")
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(IDENTITY)))
        self.end_headers()
        self.wfile.write(IDENTITY)

    def log_message(self, *_):
        pass


def planned(root, endpoint):
    """The actions of a plan, as lines; the messages of Terraform where it fails."""
    arguments = ["-json", "-input=false", "-refresh=false", "-lock=false", f"-var=endpoint={endpoint}", "-var=package_path=package.zip"]
    done = subprocess.run(["terraform", f"-chdir={root}", "plan", *arguments], capture_output=True, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0:
        errors = [m["diagnostic"] for m in messages if m["type"] == "diagnostic" and m["@level"] == "error"]
        raise SystemExit("the plan onto the version before failed: " + "; ".join(f"{e['summary']} {e['detail']}" for e in errors) + done.stderr)
    lines = set()
    for change in (m["change"] for m in messages if m["type"] == "planned_change"):
        address = change["resource"]["addr"].removeprefix("module.minimal.module.logferry.")
        if "previous_resource" in change:
            lines.add(f"move {change['previous_resource']['addr'].removeprefix('module.minimal.module.logferry.')} to {address}")
        if change["action"] not in ("move", "noop", "read"):
            lines.add(f"{change['action']} {address}")
    return sorted(lines)


def main():
    root = pathlib.Path(sys.argv[1]) / "tests" / "emulator"
    shutil.copy(FOLDER / "tests" / "upgrade" / "before.tfstate", root / "terraform.tfstate")
    with zipfile.ZipFile(root / "package.zip", "w") as package:
        package.writestr("bootstrap", "")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Account)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    lines = planned(root, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    if "--write" in sys.argv[2:]:
        LISTED.write_text(HEADER + "".join(f"{line}\n" for line in lines))
        return 0
    wanted = [line for line in LISTED.read_text().splitlines() if line and not line.startswith("#")]
    for line in sorted(set(lines) - set(wanted)):
        print(f"the upgrade would also {line}", file=sys.stderr)
    for line in sorted(set(wanted) - set(lines)):
        print(f"the upgrade would no longer {line}", file=sys.stderr)
    if lines != wanted:
        print("What an upgrade does is not as in tests/upgrade/changes.txt. Where that is meant: LOGFERRY_BLESS=1 infra/check", file=sys.stderr)
        return 1
    gone = sum(line.startswith(("replace", "delete")) for line in lines)
    print(f"upgrade: {len(lines)} changes onto the state of the version before, {gone} of them replace or delete.")
    return 0


sys.exit(main())
