"""The queues that `measure` compares, by class, and how each is asked (README.md says why so)."""
import json
import os
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import servers
from servers import cannot_run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILD = ROOT / "build/peers/jobs"
JARS = Path("/usr/share/java")
CLASS_PATH = ":".join(map(str, [BUILD, JARS / "quartz2.jar", JARS / "slf4j-api.jar", JARS / "slf4j-nop.jar"]))

NODE = [BUILD / "node_modules/.bin/node", BUILD / "peers.mjs"]
QUARTZ = ["java", "-Xmx1g", "-classpath", CLASS_PATH, "QuartzPeer"]
APSCHEDULER = [HERE / "scheduler.py"]
BEANSTALK = [HERE / "beanstalk.py"]


WARM_UP_SECONDS = 3  # at least
WARM_UP_RUNS = 12  # at most


@dataclass(frozen=True)
class job_class:
    """Figures that may be compared with one another."""

    name: str
    text: str
    durability: str  # Carillon's
    batch: int
    in_flight: int
    goal: float | None  # times the fastest peer


CLASSES = {
    one.name: one
    for one in (
        job_class("async", "flushed soon, batches", "async", 500, 8, 3.0),
        job_class("async-single", "flushed soon, single adds, 64 in flight", "async", 1, 64, None),
        job_class("sync", "every commit flushed, batches", "sync", 500, 8, 1.5),
        job_class("sync-single", "every commit flushed, single adds, 64 in flight", "sync", 1, 64, 2.0),
        job_class("none", "in memory", "none", 500, 8, 3.0),
    )
}


@dataclass(frozen=True)
class job_queue:
    name: str
    of: str  # the class
    command: list = field(compare=False)
    settings: dict = field(default_factory=dict, compare=False)
    server: object = servers.no_server
    server_settings: dict = field(default_factory=dict, compare=False)


BATCHES = {"batch": 500, "in_flight": 4}
SINGLES = {"batch": 1, "in_flight": 64}
ADDS = {"async": BATCHES, "async-single": SINGLES, "sync": BATCHES, "sync-single": SINGLES}


def make_queues():
    found = []
    for of, adds in ADDS.items():
        soon = of.startswith("async")
        commit = {"synchronous_commit": "off", "wal_writer_delay": "50ms"} if soon else {"synchronous_commit": "on"}
        for name in ("graphile-worker", "pg-boss"):
            found.append(job_queue(name, of, [*NODE, name], adds, servers.postgres, commit))
        if of != "sync":  # it has no batches, so each job is a commit
            settings = {**adds, "in_flight": 1 if adds is BATCHES else 64, "at_once": 500}
            flush = {"-f": "50" if soon else "0", "-s": "104857600"}
            found.append(job_queue("beanstalkd", of, BEANSTALK, settings, servers.beanstalkd, flush))
        log = {"appendonly": "yes", "appendfsync": "everysec" if soon else "always"}
        found.append(job_queue("bullmq", of, [*NODE, "bullmq"], {**adds, "concurrency": 100}, servers.redis, log))
    found.append(job_queue("quartz", "none", QUARTZ, {"threads": 2, "batch": 2}))
    found.append(job_queue("apscheduler", "none", APSCHEDULER, {"threads": 2}))
    return found


class asked_queue:
    """A peer with its server, both just started."""

    def __init__(self, started, limit):
        self.started = started
        self.limit = limit

    def ask(self, **query):
        try:
            self.started.child.stdin.write(json.dumps(query) + "\n")
            self.started.child.stdin.flush()
        except BrokenPipeError:
            pass  # the answer tells
        return json.loads(self.started.receive_line(self.limit))


def open_queue(ends: ExitStack, queue, data, limit):
    socket = ends.enter_context(queue.server(data, queue.server_settings))
    home = ends.enter_context(servers.folder(data))
    settings = {**queue.settings, "socket": str(socket)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "NODE_ENV": "production"}
    started = servers.running([*queue.command, json.dumps(settings)], home / "log", env=environment, **pipes)
    return asked_queue(ends.enter_context(started), limit)


def warm_up(asked, seconds):
    """Jobs a second, once runs don't get faster. On a busy machine a compiler at run time needs many seconds, and a queue
    that is measured too early looks ten times as slow."""
    count, best, spent = 500, 0.0, 0.0
    for _ in range(WARM_UP_RUNS):
        took = asked.ask(op="run", jobs=count)["seconds"]
        rate, spent = count / took, spent + took
        if took >= seconds / 4 and spent >= WARM_UP_SECONDS and rate < 1.1 * best:
            break
        best = max(best, rate)
        count = int(min(4 * count, max(rate * seconds / 2, 100)))
    return max(best, rate)


def measure_queue(queue, data, seconds, jobs):
    """{"jobs", "seconds", "version"} of one run of about so many seconds, or with so many jobs. Others warm it up."""
    with ExitStack() as ends:
        asked = open_queue(ends, queue, data, 3600 if jobs else 60 + 10 * seconds)
        version = asked.ask(op="version")["version"]
        rate = warm_up(asked, seconds)
        count = jobs or max(1, int(rate * seconds))
        took = asked.ask(op="run", jobs=count)["seconds"]
        return {"jobs": count, "seconds": took, "version": version}


def measure_carillon(program, of, data, seconds, jobs, rate):
    """The same for Carillon; `rate` is what it reached the last time, None at first."""

    def run(count):
        command = [program, "bench", "throughput", "--json", "--durability", of.durability, "--jobs", str(count)]
        command += ["--batch", str(of.batch), "--in-flight", str(of.in_flight)]
        with servers.folder(data) as home:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True, "cwd": home}
            with servers.running(command, home / "log", **pipes) as started:
                said = started.child.stdout.read()
                if started.child.wait():
                    raise cannot_run(f"carillon bench{started.last_words()}")
        rates = [line["value"] for line in map(json.loads, said.splitlines()) if line["metric"] == "end_to_end"]
        if not rates:
            raise cannot_run("carillon bench gave no figure end_to_end")
        return rates[0]

    count = jobs or max(1, int((rate or run(5000)) * seconds))
    return {"jobs": count, "seconds": count / run(count)}
