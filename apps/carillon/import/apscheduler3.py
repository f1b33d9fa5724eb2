# Reads the job store of APScheduler 3 in an SQLite database (argument 1, the table is argument 2) and prints its jobs, one JSON
# object a line. Run by `carillon import --apscheduler3`; needs Python's standard library only.
#
# The state of a job is a pickle, and loading one may call anything that it names. Here it names nothing: the reader below knows
# a few classes by name, makes records without code of most of them, and refuses everything else. A job that has something of
# the kind among its arguments is told as a fault, and the others go on. Where APScheduler itself can be imported, its triggers,
# made from what was read, say what comes next ("before").
import datetime
import io
import json
import math
import pickle
import sqlite3
import sys

try:
    import zoneinfo
except ImportError:  # before Python 3.9
    zoneinfo = None


class Record:
    """What stands for an object of a class that isn't loaded: its name and its state."""

    def __init__(self, *arguments):
        self.arguments = arguments
        self.state = {}

    def __setstate__(self, state):
        if isinstance(state, tuple) and len(state) == 2:  # __dict__ and __slots__
            state = {**(state[0] or {}), **(state[1] or {})}
        self.state = state if isinstance(state, dict) else {"state": state}


class Zone(datetime.tzinfo):
    """A zone by its name, or by its distance from UTC."""

    name = None
    offset = None

    def __init__(self, name=None, offset=None):
        self.name = name
        self.offset = offset

    def __setstate__(self, state):
        pass

    def utcoffset(self, when):
        if self.offset is not None:
            return self.offset
        if zoneinfo is None:
            raise ValueError("zones by name need Python 3.9")
        return when.replace(tzinfo=zoneinfo.ZoneInfo(self.name)).utcoffset()

    def dst(self, when):
        return None

    def tzname(self, when):
        return self.name


def pytz_zone(name, offset=None, *_):
    return Zone(name, None if offset is None else datetime.timedelta(seconds=offset))


def fixed_zone(offset=datetime.timedelta(0), name=None, *_):
    if not isinstance(offset, datetime.timedelta):  # pytz.FixedOffset: minutes
        offset = datetime.timedelta(minutes=offset)
    return Zone("UTC" if not offset else None, offset)


def utc(*_):
    return Zone("UTC", datetime.timedelta(0))


class ZoneMaker:
    """Stands for zoneinfo.ZoneInfo, of which a pickle wants the method `_unpickle`."""


def safe_getattr(of, name):
    if of is ZoneMaker and name == "_unpickle":
        return lambda key, *_: Zone(key)
    raise pickle.UnpicklingError(f"getattr of {name}")


KNOWN = {
    ("datetime", "datetime"): datetime.datetime,
    ("datetime", "date"): datetime.date,
    ("datetime", "time"): datetime.time,
    ("datetime", "timedelta"): datetime.timedelta,
    ("datetime", "timezone"): fixed_zone,
    ("pytz", "_p"): pytz_zone,
    ("pytz", "_UTC"): utc,
    ("pytz", "_FixedOffset"): fixed_zone,
    ("zoneinfo", "ZoneInfo"): ZoneMaker,
    ("zoneinfo", "ZoneInfo._unpickle"): lambda key, *_: Zone(key),
    ("backports.zoneinfo", "ZoneInfo"): ZoneMaker,
    ("pytz_deprecation_shim._impl", "wrap_zone"): lambda zone, key=None, *_: Zone(key or zone.name, zone.offset),
    ("dateutil.tz.tz", "tzutc"): utc,
    ("builtins", "getattr"): safe_getattr,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("collections", "OrderedDict"): dict,
    ("decimal", "Decimal"): lambda text: text,
    ("uuid", "UUID"): Record,
}


def record_of(name):
    return type(name, (Record,), {"kind": name})


class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        found = KNOWN.get((module, name))
        if found is not None:
            return found
        if module.startswith("apscheduler.triggers."):
            return record_of(name)
        if (module, name) in (("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor")):
            return lambda kind, *_: kind()
        raise pickle.UnpicklingError(f"it holds a {module}.{name}, which isn't loaded")


# ---- triggers

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def text_of_field(field):
    return ",".join(text_of(each, field.state["name"]) for each in field.state["expressions"])


def text_of(expression, field):
    kind, state = expression.kind, expression.state
    step = f"/{state['step']}" if state.get("step") else ""
    if field == "day_of_week" and (kind == "RangeExpression" or (kind == "AllExpression" and step)):
        # Its numbers begin with Monday, those of others with Sunday: names say what is meant.
        first, last = state.get("first", 0), state.get("last")
        if last is None:
            last = 6 if step else first
        return ",".join(WEEKDAYS[each] for each in range(first, last + 1, state.get("step") or 1))
    if kind == "AllExpression":
        return "*" + step
    if kind == "LastDayOfMonthExpression":
        return "last"
    if kind == "WeekdayPositionExpression":
        return f"{['1st', '2nd', '3rd', '4th', '5th', 'last'][state['option_num']]} {WEEKDAYS[state['weekday']]}"
    first, last = state["first"], state.get("last")
    if kind == "WeekdayRangeExpression":
        first, last = WEEKDAYS[first], None if last is None else WEEKDAYS[last]
    elif kind == "MonthRangeExpression":
        first, last = MONTHS[first - 1], None if last is None else MONTHS[last - 1]
    elif kind != "RangeExpression":
        raise ValueError(f"a field with a {kind}")
    if last is None or (last == first and not step):
        return f"{first}{step}"  # with a step: up to the field's end
    return f"{first}-{last}{step}"


def instant(when):
    if when is None:
        return None
    if isinstance(when, (int, float)):
        return instant(datetime.datetime.fromtimestamp(when, datetime.timezone.utc))
    return when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def part_of(part):
    """A part of a combined trigger: an object, or the name of its class (`module:CronTrigger`) and its state."""
    if isinstance(part, tuple):
        made = record_of(part[0].rpartition(":")[2])()
        made.state = part[1]
        return made
    return part


def trigger_of(record):
    made = all_of_trigger(record)
    return {name: content for name, content in made.items() if content is not None}


def all_of_trigger(record):
    kind, state = getattr(record, "kind", type(record).__name__), getattr(record, "state", {})
    zone = state.get("timezone")
    zone = zone.name if isinstance(zone, Zone) and zone.name else None
    if kind == "DateTrigger":
        return {"type": "date", "run_time": instant(state["run_date"])}
    made = {"start_time": instant(state.get("start_date")), "end_time": instant(state.get("end_date"))}
    if kind == "IntervalTrigger":
        length = state["interval"]
        return {"type": "interval", "microseconds": length // datetime.timedelta(microseconds=1), **made}
    if kind == "CronTrigger":
        fields = {}
        for field in state["fields"]:
            if not field.state.get("is_default"):
                fields[field.state["name"]] = text_of_field(field)
        if not fields:
            fields = {"second": "0"}
        if zone is None:
            raise ValueError("its zone has no name, and a cron trigger needs one")
        return {"type": "cron", "fields": fields, "timezone": zone, **made}
    if kind in ("AndTrigger", "OrTrigger"):
        return {"type": "and" if kind == "AndTrigger" else "or", "triggers": [trigger_of(part_of(each)) for each in state["triggers"]]}
    raise ValueError(f"a trigger of the kind {kind}, which Carillon doesn't have")


def jitter_of(record):
    """Of a combined trigger the largest of its parts' too: each of them comes late by no more."""
    state = getattr(record, "state", {})
    return max([state.get("jitter") or 0, *(jitter_of(part_of(each)) for each in state.get("triggers", ()))])


# ---- what comes next, by APScheduler itself

def own_trigger(record):
    from apscheduler.triggers.combining import AndTrigger, OrTrigger
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.date import DateTrigger
    from apscheduler.triggers.interval import IntervalTrigger
    import pytz

    kind, state = record.kind, record.state
    zone = state.get("timezone")
    zone = pytz.timezone(zone.name) if isinstance(zone, Zone) and zone.name else pytz.utc
    local = lambda when: None if when is None else when.astimezone(zone)
    if kind == "DateTrigger":
        return DateTrigger(local(state["run_date"]), zone)
    if kind == "IntervalTrigger":
        return IntervalTrigger(seconds=state["interval"].total_seconds(), start_date=local(state.get("start_date")),
                               end_date=local(state.get("end_date")), timezone=zone)
    if kind == "CronTrigger":
        fields = {each.state["name"]: text_of_field(each) for each in state["fields"]
                  if not each.state.get("is_default")}
        return CronTrigger(**fields, start_date=local(state.get("start_date")), end_date=local(state.get("end_date")),
                           timezone=zone)
    parts = [own_trigger(part_of(each)) for each in state["triggers"]]
    return AndTrigger(parts) if kind == "AndTrigger" else OrTrigger(parts)


def before_of(record, next_run, now, count):
    recorded = [instant(next_run)] if next_run is not None else []
    try:
        trigger = own_trigger(record)
    except Exception:  # it isn't installed, or another version
        return recorded
    times, previous, at = [], None, now
    while len(times) < count:
        following = trigger.get_next_fire_time(previous, at)
        if following is None:
            break
        times.append(instant(following))
        previous, at = following, max(at, following)
        at += datetime.timedelta(microseconds=1)
    return times


# ---- jobs

def plain(x, depth=1):
    if isinstance(x, int) and not -2**63 <= x < 2**63:
        raise ValueError("an argument is a whole number of more than 64 bits")
    if isinstance(x, float) and not math.isfinite(x):
        raise ValueError(f"an argument is {x}, which JSON hasn't")
    if isinstance(x, str):
        x.encode()  # raises for half a character
    if x is None or isinstance(x, (bool, int, float, str)):
        return x
    if depth > 60:
        raise ValueError("its arguments are nested deeper than 60")
    if isinstance(x, bytes):
        import base64
        return {"$bytes": base64.b64encode(x).decode()}
    if isinstance(x, (list, tuple, set, frozenset)):
        return [plain(each, depth + 1) for each in x]
    if isinstance(x, dict) and all(isinstance(key, str) for key in x):
        if "$bytes" in x:
            raise ValueError("an argument has the key $bytes, which says here that it is bytes")
        return {plain(key): plain(each, depth + 1) for key, each in x.items()}
    if isinstance(x, datetime.datetime) and x.tzinfo is not None:
        return instant(x)
    if isinstance(x, (datetime.datetime, datetime.date, datetime.time)):
        return x.isoformat()
    if isinstance(x, datetime.timedelta):
        return x.total_seconds()
    raise ValueError(f"an argument of the type {type(x).__name__}, which JSON hasn't")


def beyond_json(x):
    """What is in it that JSON can't give back as it was, in words."""
    if isinstance(x, bytes):
        return {"bytes"}
    if isinstance(x, dict):
        return set().union(*map(beyond_json, x.values()))
    if isinstance(x, (list, tuple, set, frozenset)):
        found = set().union(*map(beyond_json, x))
        return found | {"a set"} if isinstance(x, (set, frozenset)) else found
    return set()


def job_of(identity, next_run, blob, now, count):
    state = Reader(io.BytesIO(blob)).load()
    trigger = state["trigger"]
    return {
        "id": identity,
        "name": state.get("name"),
        "function": state["func"],
        "args": plain(list(state.get("args", ()))),
        "kwargs": plain(dict(state.get("kwargs", {}))),
        "beyond_json": sorted(beyond_json([state.get("args", ()), state.get("kwargs", {})])),
        "trigger": trigger_of(trigger),
        "jitter": jitter_of(trigger),
        "misfire_grace_time": state.get("misfire_grace_time"),
        "coalesce": bool(state.get("coalesce")),
        "max_instances": state.get("max_instances", 1),
        "paused": next_run is None,
        "before": before_of(trigger, next_run, now, count),
    }


def main():
    path, table, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    now = datetime.datetime.now(datetime.timezone.utc)
    # Read only: a scheduler may be at work on it.
    from urllib.parse import quote
    database = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)
    quoted = table.replace('"', '""')
    for identity, next_run, blob in database.execute(f'SELECT id, next_run_time, job_state FROM "{quoted}" ORDER BY id'):
        try:
            line = json.dumps(job_of(identity, next_run, blob, now, count), allow_nan=False)
        except Exception as fault:  # of this job alone, whatever is in it
            line = json.dumps({"id": str(identity), "fault": str(fault) or type(fault).__name__})
        print(line)


try:
    main()
except sqlite3.Error as wrong:
    sys.exit(f"{sys.argv[1]}: {wrong}")
