#!/usr/bin/python3
"""beanstalk.py SETTINGS: beanstalkd, as README.md says.

Commands are written many at a time and their answers read together: beanstalkd has no batches, and a client that waits
for each answer would measure itself. One thread adds, another reserves and deletes, each with a connection.
"""
import json
import re
import socket
import sys
import threading
import time

RESERVED = re.compile(rb"RESERVED (\d+) \d+\r\n\r\n")
PUT = b"put 0 0 60 0\r\n\r\n"


class connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)

    def ask(self, commands, count, lines_each):
        """Sends the commands; what they are answered, which has so many lines."""
        self.socket.sendall(commands)
        said, lines = [], 0
        while lines < count * lines_each:
            part = self.socket.recv(1 << 18)
            if not part:
                raise SystemExit("beanstalkd has closed the connection")
            said.append(part)
            lines += part.count(b"\n")
        return b"".join(said)


def add(path, jobs, in_flight):
    producer = connection(path)
    while jobs:
        count = min(jobs, in_flight)
        said = producer.ask(PUT * count, count, 1)
        if said.count(b"INSERTED") != count:
            raise SystemExit(f"put: {said[:80]}")
        jobs -= count


def work(path, jobs, at_once):
    worker = connection(path)
    while jobs:
        count = min(jobs, at_once)
        ids = RESERVED.findall(worker.ask(b"reserve\r\n" * count, count, 2))
        deletes = b"".join(b"delete %b\r\n" % one for one in ids)
        said = worker.ask(deletes, len(ids), 1)
        if len(ids) != count or said.count(b"DELETED") != count:
            raise SystemExit(f"reserve and delete: {said[:80]}")
        jobs -= count


def run(settings, jobs):
    path = settings["socket"]
    begin = time.monotonic()
    adding = threading.Thread(target=add, args=(path, jobs, settings["batch"] * settings["in_flight"]))
    adding.start()
    work(path, jobs, settings["at_once"])
    adding.join()
    return {"seconds": time.monotonic() - begin}


chosen = json.loads(sys.argv[1])
for line in sys.stdin:
    query = json.loads(line)
    if query["op"] == "version":
        stats = connection(chosen["socket"]).ask(b"stats\r\n", 1, 5).decode()
        answer = {"version": re.search(r'version: "?([\w.+-]+)', stats)[1]}
    else:
        answer = run(chosen, query["jobs"])
    print(json.dumps(answer), flush=True)
