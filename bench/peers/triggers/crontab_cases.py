"""Cases for `compare`: expressions, zones, starts. Which ones come depends on the seed alone."""
import random
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # changes of half an hour
    "Asia/Tokyo",
    "America/Sao_Paulo",  # until 2019: changes at midnight
    "Africa/Casablanca",  # changes around Ramadan
]
# Years that are over: about rules to come, and about recent ones, zone data of different age differ.
FIRST, LAST = datetime(2014, 1, 1, tzinfo=timezone.utc), datetime(2024, 1, 1, tzinfo=timezone.utc)

HAND_PICKED = """
* * * * *|*/5 * * * *|0 * * * *|30 2 * * *|0 9 * * 1-5|15 10 1 * *|0 0 29 2 *|0 12 L * *|*/7 8-18 * * mon-fri
0 0 1 1 *|0 22 * * 5#2|23 0-20/2 * * *|0 0 30 2 *|0 0 31 4,6 *|59 23 31 12 *|0 0 * * *|0 1 * * *|0 2 * * *|0 3 * * *
30 0 * * *|30 1 * * *|30 1,2,3 * * *|0,30 2 * * *|15-45/15 1-3 * * *|*/30 1-2 * * *|30 */2 * * *|*/40 * * * *
*/90 * * * *|5/15 * * * *|10-20/30 * * * *|0 0-23 * * *|0 0-23/3 * * *|0 */5 * * *|0 0 13 * fri|0 0 1,15 * mon
0 0 */2 * fri|0 0 13 * */2|0 0 */10 * */3|0 0 1-31/2 * sun|0 0 1-31 * sun|0 0 1 * 0-6|0 0 * * 0|0 0 * * 7|0 0 * * 0,7
0 0 * * 0-7|0 0 * * 6-7|0 0 * * 5-7|0 0 * * */2|0 0 * * 1-5/2|0 0 * * sun|0 0 * * sat,sun|0 0 * * SUN-TUE
0 0 1 */2 *|0 0 1 */5 *|0 0 1 jan,jul *|0 0 1 mar-nov/2 *|0 0 L * *|0 0 1,L * *|0 0 L * fri|0 0 L 2 *|30 2 L 3,10 *
0 0 15W * *|0 0 1W * *|0 0 31W * *|0 0 LW * *|0 2 * * sun#1|30 2 * * 0#2|0 0 * * 1#5|0 0 * * fri#3|0 0 13 * 5#2
0 0 * * 5L|0 2 * * 0L|30 2 * * sunL|0 0 ? * ?|0 0 13 * ?|0 0 ? * fri|0 0 * * 1#1,3#2
0 * * * * *|30 * * * * *|*/20 0 2 * * *|15 30 2 * * *|0,30 30 2 * * *|0 30 2 * * *|0 0 0 L * *|10 0 0 13 * fri
""".replace("\n", "|").strip("|").split("|")


def field(pick, low, high, open_share):
    """A field of the common subset: `*`, steps, values, ranges, lists."""
    if pick.random() < open_share:
        return "*"
    first = pick.randint(low, high)
    last = pick.randint(first, high)
    form = pick.choice(["value", "value", "step", "range", "range/step", "value/step", "list"])
    if form == "value":
        return str(first)
    if form == "step":
        return f"*/{pick.randint(1, high - low)}"
    if form == "value/step":
        return f"{first}/{pick.randint(1, max(1, high - first))}"
    if form == "list":
        return ",".join(map(str, sorted(pick.sample(range(low, high + 1), pick.randint(2, 4)))))
    text = f"{first}-{last}"
    return text if form == "range" or first == last else f"{text}/{pick.randint(1, last - first)}"


def named(pick, text, names):
    """The same field by names, sometimes."""
    if not text.isdigit() or pick.random() < 0.5:
        return text
    return names[int(text) % len(names)]


def day(pick):
    if pick.random() < 0.1:
        return pick.choice(["L", "L", "1,L", "LW", f"{pick.randint(1, 31)}W"])
    return field(pick, 1, 31, 0.6)


def weekday(pick):
    if pick.random() < 0.1:
        number = pick.randint(0, 7)
        return pick.choice([f"{number}#{pick.randint(1, 5)}", f"{number}#{pick.randint(1, 5)}", f"{number}L"])
    return named(pick, field(pick, 0, 7, 0.6), ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])


def expression(pick):
    # Hours of the night are when clocks change.
    hour = field(pick, 0, 3, 0) if pick.random() < 0.4 else field(pick, 0, 23, 0.3)
    members = [field(pick, 0, 59, 0.2), hour, day(pick), field(pick, 1, 12, 0.8), weekday(pick)]
    months = ["dec", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov"]
    members[3] = named(pick, members[3], months)
    if pick.random() < 0.1:
        members.insert(0, field(pick, 0, 59, 0.1))
    return " ".join(members)


def offset(zone, when):
    return when.astimezone(zone).utcoffset()


def changes(name):
    """The instants between FIRST and LAST at which the zone's offset changes."""
    zone, step, found = ZoneInfo(name), timedelta(days=1), []
    begin = FIRST
    while begin < LAST:
        low, high = begin, begin + step
        if offset(zone, low) != offset(zone, high):
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
                low, high = (middle, high) if offset(zone, middle) == offset(zone, low) else (low, middle)
            found.append(high)
        begin += step
    return found


@cache
def gaps(name):
    """The gaps: the instant of the change, and the local time at which it begins; milliseconds, as if both were UTC."""
    zone, found = ZoneInfo(name), []
    for change in changes(name):
        before = offset(zone, change - timedelta(seconds=1))
        if offset(zone, change) > before:
            found.append(tuple(round(when.timestamp() * 1000) for when in (change, change + before)))
    return found


def start(pick, of_zone):
    """A whole minute in UTC: mostly shortly before a change, or at it."""
    if of_zone and pick.random() < 0.7:
        before = pick.choice([0, 5, 30, 60, 90, 180, 720, 1500, 2400])
        return pick.choice(of_zone) - timedelta(minutes=before + pick.choice([0, 0, pick.randint(0, 60)]))
    return FIRST + timedelta(minutes=pick.randrange(int((LAST - FIRST).total_seconds()) // 60))


def make_cases(seed, count):
    """`count` random ones, and the hand-picked ones in each zone: (expression, zone, start in milliseconds)."""
    pick = random.Random(seed)
    of_zone = {name: changes(name) for name in ZONES}
    chosen = [(text, name) for text in HAND_PICKED for name in ZONES]
    chosen += [(expression(pick), pick.choice(ZONES)) for _ in range(count)]
    return [(text, name, round(start(pick, of_zone[name]).timestamp() * 1000)) for text, name in chosen]
