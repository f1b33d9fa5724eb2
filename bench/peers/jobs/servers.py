"""The servers that job queues need, and processes that end with this one.

Each server gets a folder of its own (mode 0700) on the disk that is measured, and listens on a Unix socket in another
such folder, as the path of a socket must be short. It is gone with both at the end.
"""
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

START_LIMIT = 30  # seconds


class cannot_run(Exception):
    """Why a peer has no figure."""


class process:
    """A program with a process group of its own: Ctrl-C doesn't reach it; it is stopped here, with its children."""

    def __init__(self, command, log, *, stop_signal=signal.SIGTERM, **settings):
        self.name = Path(command[0]).name
        self.log = log
        self.stop_signal = stop_signal
        try:
            with open(log, "ab") as told:
                self.child = subprocess.Popen(command, stderr=told, start_new_session=True, **settings)
        except OSError as fault:
            raise cannot_run(str(fault)) from None

    def receive_line(self, limit):
        if not select.select([self.child.stdout], [], [], limit)[0]:
            raise cannot_run(f"{self.name} gave no answer in {limit:.0f} s{self.last_words()}")
        line = self.child.stdout.readline()
        if not line:
            raise cannot_run(f"{self.name} ended without an answer{self.last_words()}")
        return line

    def last_words(self):
        said = Path(self.log).read_text(errors="replace").split("\n")
        faults = [line.strip() for line in said if "rror" in line or "FATAL" in line] or [line for line in said if line]
        return f": {faults[0][:200]}" if faults else ""

    def stop(self):
        for number, limit in ((self.stop_signal, 10), (signal.SIGKILL, None)):
            try:
                os.killpg(self.child.pid, number)
            except ProcessLookupError:
                pass
            try:
                self.child.wait(limit)
            except subprocess.TimeoutExpired:
                continue
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                pipe.close()


@contextmanager
def running(command, log, **settings):
    started = process(command, log, **settings)
    try:
        yield started
    finally:
        started.stop()


@contextmanager
def folder(parent, owner=None):
    made = Path(tempfile.mkdtemp(prefix="carillon-peers-", dir=parent))
    try:
        if owner:
            shutil.chown(made, owner, owner)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def listens(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        try:
            tried.connect(str(path))
            return True
        except OSError:
            return False


def wait_until(is_ready, started):
    until = time.monotonic() + START_LIMIT
    while not is_ready():
        if started.child.poll() is not None or time.monotonic() > until:
            raise cannot_run(f"{started.name} doesn't start{started.last_words()}")
        time.sleep(0.02)


def program(*names):
    for name in names:
        if found := shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/bin"):
            return found
    raise cannot_run(f"{names[0]} isn't installed")


POSTGRES_SETTINGS = {
    "fsync": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_connections": "150",
    "listen_addresses": "",
    "jit": "off",
}


def newest_postgres():
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if versions:
        return versions[-1].parent
    return Path(program("postgres")).resolve().parent


@contextmanager
def postgres(data, settings):
    """Yields the folder of its socket."""
    programs = newest_postgres()
    # It refuses to run as root.
    owner = "postgres" if os.geteuid() == 0 else None
    as_owner = {"user": owner, "group": owner, "extra_groups": []} if owner else {}
    with ExitStack() as ends:
        home, sockets = (ends.enter_context(folder(parent, owner)) for parent in (data, None))
        command = [programs / "initdb", "-D", home / "db", "-U", "postgres", "-A", "trust", "--no-sync"]
        command += ["-E", "UTF8", "--no-locale"]
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", **as_owner)
        if made.returncode:
            raise cannot_run(f"initdb: {made.stderr.strip().splitlines()[-1]}")
        command = [programs / "postgres", "-D", home / "db", "-k", sockets]
        for name, value in {**POSTGRES_SETTINGS, **settings}.items():
            command += ["-c", f"{name}={value}"]
        # Its data is thrown away, so it may stop at once.
        how = {"stop_signal": signal.SIGQUIT, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "cwd": "/"}
        started = ends.enter_context(running(command, sockets / "log", **how, **as_owner))
        ask = [programs / "pg_isready", "-q", "-h", sockets]
        wait_until(lambda: subprocess.run(ask, stdin=subprocess.DEVNULL, check=False).returncode == 0, started)
        yield sockets


@contextmanager
def redis(data, settings):
    """Yields the path of its socket."""
    fixed = {"port": "0", "save": "", "auto-aof-rewrite-percentage": "0", "unixsocketperm": "700", "daemonize": "no"}
    with ExitStack() as ends:
        home, sockets = (ends.enter_context(folder(parent)) for parent in (data, None))
        path = sockets / "redis"
        command = [program("redis-server")]
        for name, value in {**fixed, **settings, "dir": str(home), "unixsocket": str(path)}.items():
            command += [f"--{name}", value]
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        wait_until(lambda: listens(path), ends.enter_context(running(command, sockets / "log", **how)))
        yield path


@contextmanager
def beanstalkd(data, settings):
    """Yields the path of its socket. `settings` are options of its command line."""
    with ExitStack() as ends:
        home, sockets = (ends.enter_context(folder(parent)) for parent in (data, None))
        path = sockets / "beanstalkd"
        command = [program("beanstalkd"), "-l", f"unix:{path}", "-b", str(home)]
        for name, value in settings.items():
            command += [name, value]
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        wait_until(lambda: listens(path), ends.enter_context(running(command, sockets / "log", **how)))
        yield path


@contextmanager
def no_server(_data, _settings):
    yield None


def version_of(server):
    """As its program says it."""
    if server is postgres:
        asked, place = [newest_postgres() / "postgres", "--version"], 2
    elif server is redis:
        asked, place = [program("redis-server"), "--version"], 2
    else:
        return None
    said = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    return said.split()[place].removeprefix("v=")
