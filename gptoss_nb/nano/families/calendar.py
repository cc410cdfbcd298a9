"""Weekdays, months, leap years, dates a few days on, hours of the clock, and how many days or hours there are."""

import random

from .draft import Draft, Say, wordings

WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
AFTER, BEFORE, DAYS_ON, MONTH_AFTER, MONTH_BEFORE, LENGTH, NUMBER, NUMBER_OF, LEAP, DATE, HOURS, MANY = wordings(
    "calendar",
    "AFTER",
    "BEFORE",
    "DAYS_ON",
    "MONTH_AFTER",
    "MONTH_BEFORE",
    "LENGTH",
    "NUMBER",
    "NUMBER_OF",
    "LEAP",
    "DATE",
    "HOURS",
    "MANY",
)
UNITS = (("weeks", "days", 7), ("days", "hours", 24), ("hours", "minutes", 60), ("minutes", "seconds", 60), ("years", "months", 12))


def draw(rng: random.Random, say: Say) -> Draft:
    return rng.choices((_neighbour, _days_on, _month, _leap, _date, _hours, _many), (16, 18, 20, 10, 14, 12, 10))[0](rng, say)


def _draft(key, prompt: str, answer: str, medium: str) -> Draft:
    return Draft(key, prompt, answer, medium, f"{medium}. Check: {medium}, right.")


def _neighbour(rng, say: Say) -> Draft:
    at, step = rng.randrange(7), rng.choice((1, -1))
    day, other = WEEK[at], WEEK[(at + step) % 7]
    answer = f"{other} comes {'after' if step == 1 else 'before'} {day}."
    return _draft((), say(AFTER if step == 1 else BEFORE, x=day), answer, f"{day} > {other}")


def _days_on(rng, say: Say) -> Draft:
    at, n = rng.randrange(7), rng.randint(2, 10)
    medium = ", ".join(f"{k} {WEEK[(at + k) % 7]}" for k in range(n + 1))
    return _draft((n, WEEK[at]), say(DAYS_ON, n=n, x=WEEK[at]), f"{n} days after {WEEK[at]} is {WEEK[(at + n) % 7]}.", medium)


def _month(rng, say: Say) -> Draft:
    at, kind = rng.randrange(12), rng.randrange(5)
    month, following, before = MONTHS[at], MONTHS[(at + 1) % 12], MONTHS[at - 1]
    if kind == 0:
        return _draft((), say(MONTH_AFTER, x=month), f"{following} comes after {month}.", f"{month} > {following}")
    if kind == 1:
        return _draft((), say(MONTH_BEFORE, x=month), f"{before} comes before {month}.", f"{month} > {before}")
    if kind == 2:
        days = "28 days, 29 in a leap year" if at == 1 else f"{LENGTHS[at]} days"
        return _draft((), say(LENGTH, x=month), f"{month} has {days}.", f"{month} > {LENGTHS[at]}")
    if kind == 3:
        return _draft((), say(NUMBER, n=at + 1), f"Month {at + 1} is {month}.", f"{at + 1} > {month}")
    return _draft((), say(NUMBER_OF, x=month), f"{month} is month {at + 1}.", f"{month} > {at + 1}")


def _leap(rng, say: Say) -> Draft:
    n = rng.choice((rng.randint(1900, 2100), rng.randint(1950, 2050), rng.choice((1900, 2000, 2100))))
    if n % 100:
        medium, leap = f"{n}: {n % 100:02} = 4*{n % 100 // 4}+{n % 4}", n % 4 == 0
    else:
        medium, leap = f"{n}: {n // 100} = 4*{n // 400}+{n // 100 % 4}, whole century", n % 400 == 0
    return _draft(
        ("leap", n),
        say(LEAP, n=n),
        f"{'Yes' if leap else 'No'}, {n} is {'a' if leap else 'not a'} leap year.",
        f"{medium}: {'yes' if leap else 'no'}",
    )


def _date(rng, say: Say) -> Draft:
    at, n = rng.randrange(12), rng.randint(1, 20)
    day = rng.randint(1, LENGTHS[at] if at != 1 else 8)  # before the end of February, which is not the same each year
    total, length = day + n, LENGTHS[at]
    medium, month, late = f"{day} + {n} = {total}", MONTHS[at], total
    if total > length:
        month, late = MONTHS[(at + 1) % 12], total - length
        medium = f"{medium}, {MONTHS[at]} has {length}, {total} - {length} = {late}, {month}"
    written = f"{MONTHS[at]} {day}"
    prompt = say(DATE, n=n, x=written)
    prompt = prompt.replace("1 days", "1 day") if n == 1 else prompt
    return _draft((written, n), prompt, f"It is {month} {late}.", medium)


def _hours(rng, say: Say) -> Draft:
    hour, minute, n = rng.randrange(24), rng.choice((0, 5, 10, 15, 20, 30, 40, 45, 50)), rng.randint(2, 12)
    written, medium = f"{hour}:{minute:02}", ""
    if rng.random() < 0.35:  # as it is said: by the twelve hours
        minute, said = 0, hour % 12 or 12
        half = rng.choice((" am", " a.m.", "am", " in the morning") if hour < 12 else (" pm", " p.m.", "pm", " in the afternoon" if hour < 18 else " in the evening"))
        written, medium = f"{said}{half}", f"{said}{half} is {hour}:00, "
    medium, late = f"{medium}{hour} + {n} = {hour + n}", hour + n
    if late >= 24:
        late -= 24
        medium = f"{medium}, {hour + n} - 24 = {late}"
    return _draft((hour, minute, n), say(HOURS, n=n, x=written), f"It is {late}:{minute:02}.", medium)


def _many(rng, say: Say) -> Draft:
    large, small, factor = rng.choice(UNITS)
    n = rng.randint(2, 12)
    tens, ones = factor // 10 * 10, factor % 10
    parts = f"{n} * {tens} = {n * tens}, {n} * {ones} = {n * ones}, " if tens and ones else ""
    return _draft(
        (large, n),
        say(MANY, n=n, large=large, small=small),
        f"{n} {large} are {n * factor} {small}.",
        f"{parts}{n} * {factor} = {n * factor}",
    )
