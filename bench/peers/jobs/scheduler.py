#!/usr/bin/python3
"""scheduler.py SETTINGS: APScheduler 3 with its memory store, as README.md says."""
import json
import logging
import sys
import threading
import time

import apscheduler
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler


def no_op():
    pass


class measured:
    def __init__(self, threads):
        logging.disable(logging.CRITICAL)
        self.left = 0
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"max_instances": 1_000_000, "misfire_grace_time": None, "coalesce": False},
        )
        self.scheduler.add_listener(self.finished, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        self.scheduler.start()

    def finished(self, event):
        if event.code != EVENT_JOB_EXECUTED:
            raise SystemExit("APScheduler: a job was missed or failed")
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.done.set()

    def run(self, jobs):
        self.done.clear()
        self.left = jobs
        begin = time.monotonic()
        for _ in range(jobs):
            self.scheduler.add_job(no_op)
        self.done.wait()
        return {"seconds": time.monotonic() - begin}


asked = measured(json.loads(sys.argv[1])["threads"])
for line in sys.stdin:
    query = json.loads(line)
    answer = {"version": apscheduler.version} if query["op"] == "version" else asked.run(query["jobs"])
    print(json.dumps(answer), flush=True)
asked.scheduler.shutdown(wait=False)
