#!/usr/bin/python3
"""peers.py: python3-croniter, as README.md says."""
import json
import sys
import time
from datetime import datetime
from importlib.metadata import version

import croniter
import pytz  # with zones of other kinds croniter goes astray after a change


class fires:
    def __init__(self, expression, zone):
        members = expression.split()
        if len(members) == 6:  # croniter has the second at the end
            members = members[1:] + members[:1]
        self.gave_up = False
        self.zone = pytz.timezone(zone)
        self.found = croniter.croniter(" ".join(members), datetime.fromtimestamp(0, self.zone))

    def restart(self, after):
        self.found.set_current(datetime.fromtimestamp(after / 1000, self.zone))

    def next(self):
        try:
            return round(self.found.get_next(float) * 1000)
        except croniter.CroniterBadDateError:
            self.gave_up = True
            return None


def walk(walked, query, seconds):
    begin = time.process_time()
    count = 0
    walked.restart(query["after"])
    while True:
        when = walked.next()
        count += 1
        if when is None or when >= query["to"]:
            walked.restart(query["after"])
        used = time.process_time() - begin
        if used >= seconds:
            return {"ns": used * 1e9 / count, "count": count}


def answer(query):
    if query["op"] == "version":
        return {"version": version("croniter")}
    if query["op"] == "offsets":
        zone = pytz.timezone(query["zone"])
        return {"offsets": [datetime.fromtimestamp(at / 1000, zone).strftime("%z") for at in query["at"]]}
    asked = fires(query["expression"], query["zone"])
    if query["op"] == "measure":
        walk(asked, query, query["seconds"] / 4)
        rounds = [walk(asked, query, query["seconds"]) for _ in range(query["rounds"])]
        return min(rounds, key=lambda found: found["ns"])
    asked.restart(query["after"])
    times = []
    while len(times) < query["n"] and (when := asked.next()) is not None:
        times.append(when)
    return {"times": times, "gave_up": asked.gave_up}


for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except Exception as fault:  # whatever a library does with an expression that it doesn't know
        said = {"error": f"{type(fault).__name__}: {fault}"}
    print(json.dumps(said), flush=True)
