"""The other implementations as processes: a query is a line of JSON, and so is its answer (README.md)."""
import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILD = ROOT / "build/peers/triggers"

PEERS = {
    "croner": ["node", BUILD / "peers.mjs", "croner"],
    "cron-parser": ["node", BUILD / "peers.mjs", "cron-parser"],
    "croniter": [HERE / "peers.py"],
    "robfig-cron": [BUILD / "go_peer"],
}


def prepare():
    """Installs and builds what is missing."""
    subprocess.run([HERE / "prepare"], check=True, stdin=subprocess.DEVNULL)


class process:
    def __init__(self, command, environment):
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )

    def send(self, query):
        self.child.stdin.write(json.dumps(query) + "\n")
        self.child.stdin.flush()

    def receive(self):
        line = self.child.stdout.readline()
        if not line:
            raise SystemExit(f"{self.child.args}: ended without an answer")
        return json.loads(line)

    def ask(self, **query):
        self.send(query)
        return self.receive()


@contextmanager
def peer(name):
    environment = {}
    if name == "robfig-cron":
        asked = ["dpkg-query", "-W", "-f=${source:Upstream-Version}", "golang-github-robfig-cron-dev"]
        environment["PEER_VERSION"] = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    started = process(PEERS[name], environment)
    try:
        yield started
    finally:
        started.child.stdin.close()
        started.child.wait()
