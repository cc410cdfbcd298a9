"""Weekdays, months, leap years, dates a few days on, times of the clock, and how many days or hours there are."""

import random

from .draft import Draft, Say, Wordings, wordings
from .numerals import numeral

WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
(AFTER, BEFORE, DAYS_ON, TWO_ON, DAYS_BACK, MONTH_AFTER, MONTH_BEFORE, LENGTH, NUMBER, ORDINAL, NUMBER_OF, LEAP, DATE, NEXT_DATE, HOURS,
 MINUTES, UNTIL, TO_24, TO_12, MANY) = wordings(
    "calendar",
    "AFTER",
    "BEFORE",
    "DAYS_ON",
    "TWO_ON",
    "DAYS_BACK",
    "MONTH_AFTER",
    "MONTH_BEFORE",
    "LENGTH",
    "NUMBER",
    "ORDINAL",
    "NUMBER_OF",
    "LEAP",
    "DATE",
    "NEXT_DATE",
    "HOURS",
    "MINUTES",
    "UNTIL",
    "TO_24",
    "TO_12",
    "MANY",
)  # fmt: skip
UNITS = (("weeks", "days", 7), ("days", "hours", 24), ("hours", "minutes", 60), ("minutes", "seconds", 60), ("years", "months", 12),
         ("weeks", "days", 7), ("days", "hours", 24), ("hours", "minutes", 60), ("minutes", "seconds", 60), ("years", "months", 12),
         ("decades", "years", 10), ("centuries", "years", 100), ("meters", "centimeters", 100), ("kilometers", "meters", 1000))  # fmt: skip
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
# a length of time as it is said, in hours and minutes
SAID = {"half an hour": (0, 30), "a quarter of an hour": (0, 15), "three quarters of an hour": (0, 45), "an hour": (1, 0),
        "an hour and a half": (1, 30), "an hour and a quarter": (1, 15), "two and a half hours": (2, 30)}  # fmt: skip


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = (_neighbour, _days_on, _month, _leap, _date, _hours, _many, _days_back, _minutes, _until, _clock)
    return rng.choices(kinds, (16, 16, 20, 8, 14, 9, 9, 3, 9, 4, 5))[0](rng, say)


def typed(rng: random.Random, say: Say, asked: Wordings, share: float = 0.2, **operands) -> str:
    """The question; in some cases the names in it are typed in lower case (`thursday`), mostly as all else is then."""
    if rng.random() >= share:
        return say(asked, **operands)
    prompt = say(asked, **{name: value.lower() if isinstance(value, str) else value for name, value in operands.items()})
    return prompt.lower() if rng.random() < 0.6 else prompt


def _in_words(rng: random.Random, n: int, share: float = 0.2):
    """A small number, now and then as a word."""
    return numeral(n) if n <= 12 and rng.random() < share else n


def _draft(key, prompt: str, answer: str, medium: str) -> Draft:
    return Draft(key, prompt, answer, medium, f"{medium}. Check: {medium}, right.")


def _neighbour(rng, say: Say) -> Draft:
    at, step = rng.randrange(7), rng.choice((1, -1))
    day, other = WEEK[at], WEEK[(at + step) % 7]
    answer = f"{other} comes {'after' if step == 1 else 'before'} {day}."
    return _draft((), typed(rng, say, AFTER if step == 1 else BEFORE, x=day), answer, f"{day} > {other}")


def _days_on(rng, say: Say) -> Draft:
    at, n = rng.randrange(7), rng.randint(2, 10)
    if n == 2 and rng.random() < 0.5:  # the day after tomorrow
        prompt = typed(rng, say, TWO_ON, x=WEEK[at])
    else:
        prompt = typed(rng, say, DAYS_ON, n=_in_words(rng, n), x=WEEK[at])
    medium = ", ".join(f"{k} {WEEK[(at + k) % 7]}" for k in range(n + 1))
    return _draft((n, WEEK[at]), prompt, f"{n} days after {WEEK[at]} is {WEEK[(at + n) % 7]}.", medium)


def _days_back(rng, say: Say) -> Draft:
    at, n = rng.randrange(7), rng.randint(2, 8)
    medium = ", ".join(f"{k} {WEEK[(at - k) % 7]}" for k in range(n + 1))
    prompt = typed(rng, say, DAYS_BACK, n=_in_words(rng, n), x=WEEK[at])
    return _draft(("back", n, WEEK[at]), prompt, f"{n} days before {WEEK[at]} is {WEEK[(at - n) % 7]}.", medium)


def _month(rng, say: Say) -> Draft:
    at, kind = rng.randrange(12), rng.randrange(5)
    month, following, before = MONTHS[at], MONTHS[(at + 1) % 12], MONTHS[at - 1]
    if kind == 0:
        return _draft((), typed(rng, say, MONTH_AFTER, x=month), f"{following} comes after {month}.", f"{month} > {following}")
    if kind == 1:
        return _draft((), typed(rng, say, MONTH_BEFORE, x=month), f"{before} comes before {month}.", f"{month} > {before}")
    if kind == 2:
        days = "28 days, 29 in a leap year" if at == 1 else f"{LENGTHS[at]} days"
        return _draft((), typed(rng, say, LENGTH, x=month), f"{month} has {days}.", f"{month} > {LENGTHS[at]}")
    if kind == 3:
        as_ordinal = rng.random() < 0.5
        asked = typed(rng, say, ORDINAL if as_ordinal else NUMBER, n=_ordinal(rng, at) if as_ordinal else _in_words(rng, at + 1, 0.1))
        return _draft((), asked, f"Month {at + 1} is {month}.", f"{at + 1} > {month}")
    return _draft((), typed(rng, say, NUMBER_OF, x=month), f"{month} is month {at + 1}.", f"{month} > {at + 1}")


def _ordinal(rng, at: int) -> str:
    """eighth, 8th; now and then last."""
    if at == 11 and rng.random() < 0.4:
        return "last"
    return ORDINALS[at] if rng.random() < 0.65 else numbered(at + 1)


def numbered(n: int) -> str:
    """1st, 22nd, 13th"""
    return f"{n}{'th' if n in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


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
    n = 1 if rng.random() < 0.12 else n
    day = rng.randint(1, LENGTHS[at] if at != 1 else 8)  # before the end of February, which is not the same each year
    if n == 1 and at != 1 and rng.random() < 0.3:
        day = LENGTHS[at]
    total, length = day + n, LENGTHS[at]
    medium, month, late = f"{MONTHS[at]} {day} + {n} = {total}", MONTHS[at], total
    if total > length:
        month, late = MONTHS[(at + 1) % 12], total - length
        medium = f"{medium}, {MONTHS[at]} has {length}, {total} - {length} = {late}, {month}"
    if n == 1 and rng.random() < 0.6:
        prompt = typed(rng, say, NEXT_DATE, x=_written_date(rng, at, day))
    else:
        prompt = typed(rng, say, DATE, n=n, x=_written_date(rng, at, day)).replace(f"{n} days", _days(rng, n))
    return _draft((f"{MONTHS[at]} {day}", n), prompt, f"It is {month} {late}.", medium)


def _written_date(rng, at: int, day: int) -> str:
    """April 30, 30 April, April 30th, the 30th of April"""
    forms = (f"{MONTHS[at]} {day}", f"{day} {MONTHS[at]}", f"{MONTHS[at]} {numbered(day)}", f"the {numbered(day)} of {MONTHS[at]}",
             f"{numbered(day)} {MONTHS[at]}", f"the {day} of {MONTHS[at]}")  # fmt: skip
    return rng.choices(forms, (45, 20, 14, 12, 6, 3))[0]


def _days(rng, n: int) -> str:
    if n == 1:
        return rng.choice(("1 day", "one day", "a day"))
    if n in (7, 14) and rng.random() < 0.5:
        return rng.choice(("a week", "one week", "1 week") if n == 7 else ("two weeks", "2 weeks"))
    return f"{_in_words(rng, n)} days"


def _hours(rng, say: Say) -> Draft:
    hour, minute, n = rng.randrange(24), rng.choice((0, 5, 10, 15, 20, 30, 40, 45, 50)), rng.randint(2, 12)
    written, medium, kind = f"{hour}:{minute:02}", "", rng.random()
    if kind < 0.35:  # as it is said: by the twelve hours
        minute, said = 0, _said(rng, hour)
        written, medium = said, f"{said} is {hour}:00, "
    elif kind < 0.5:
        hour, minute = rng.randint(1, 12), 0
        said = rng.choice((f"{hour} o'clock", f"{hour} o'clock", f"{hour} oclock", "noon"))
        hour = 12 if said == "noon" else hour
        written, medium = said, f"{said} is {hour}:00, "
    medium, late = f"{medium}{hour} + {n} = {hour + n}", hour + n
    if late >= 24:
        late -= 24
        medium = f"{medium}, {hour + n} - 24 = {late}"
    prompt = typed(rng, say, HOURS, 0.1, n=_in_words(rng, n), x=written)
    return _draft((hour, minute, n), prompt, f"It is {late}:{minute:02}.", medium)


def _said(rng, hour: int, minute: int = 0) -> str:
    """3 pm, 3:20 pm, 3 in the afternoon"""
    written = f"{hour % 12 or 12}:{minute:02}" if minute else f"{hour % 12 or 12}"
    if hour < 12:
        return written + rng.choice((" am", " a.m.", "am", " am" if hour == 0 else " in the morning"))
    forms = (" pm", " p.m.", "pm", f" in the {'afternoon' if hour < 18 else 'evening'}")
    return written + rng.choice(forms)


def _clock_time(rng, hour: int, minute: int) -> str:
    """A time as it is typed: mostly 9:40, now and then 9:40 am or half past 9."""
    kind = rng.random()
    if kind < 0.2:
        return _said(rng, hour, minute)
    if minute in (15, 30) and 0 < hour <= 12 and kind < 0.45:
        return f"{'half' if minute == 30 else rng.choice(('quarter', 'a quarter'))} past {_in_words(rng, hour, 0.4)}"
    if minute == 0 and 0 < hour <= 12 and kind < 0.4:
        return f"{hour} o'clock"
    return f"{hour:02}:{minute:02}" if kind > 0.95 else f"{hour}:{minute:02}"


def _minutes(rng, say: Say) -> Draft:
    """A time some minutes on, or hours and minutes: first both as on the clock, then the minutes, then the hours and the carry."""
    hour, minute = rng.randint(5, 22) if rng.random() < 0.85 else rng.randrange(24), rng.randrange(0, 60, 5)
    minute = rng.randrange(60) if rng.random() < 0.15 else minute
    hours, more = 0, rng.randrange(5, 60, 5) if rng.random() < 0.8 else rng.randint(2, 59)
    if rng.random() < 0.12:
        length, (hours, more) = rng.choice(list(SAID.items()))
    elif rng.random() < 0.3:
        hours = rng.randint(1, 4)
        parts = f"{_in_words(rng, hours)} {'hour' if hours == 1 else 'hours'}", f"{_in_words(rng, more)} minutes"
        length = rng.choice((" and ", " and ", " ")).join(parts)
    else:
        length = f"{_in_words(rng, more)} {rng.choice(('minutes', 'minutes', 'minutes', 'min', 'mins'))}"
    late, carry = (minute + more) % 60, (minute + more) // 60
    medium = f"{hour}:{minute:02} + {hours}:{more:02}: {minute} + {more} = {minute + more}, "
    medium += f"{minute + more} - 60 = {late}, " if carry else ""
    total = hour + hours + carry
    medium += f"{hour} + {hours} + {carry} = {total}" + (f", {total} - 24 = {total - 24}" if total >= 24 else "")
    found = f"{total % 24}:{late:02}"
    prompt = typed(rng, say, MINUTES, 0.1, x=_clock_time(rng, hour, minute), m=length)
    return _draft((hour, minute, hours, more), prompt, f"It is {found}.", f"{medium}: {found}")


def _until(rng, say: Say) -> Draft:
    """How long from one time to a later one of the same day: the minutes, with 60 more where they are too few, then the hours."""
    hour, minute, later = rng.randint(5, 20), rng.randrange(0, 60, 5), rng.randrange(0, 60, 5)
    end = rng.randint(hour + 1, min(hour + 9, 23))
    if rng.random() < 0.25:
        minute = later = 0
    if rng.random() < 0.25:
        end, later = (hour, later) if later > minute else (end, later)
    borrow = int(later < minute)
    hours, left = end - hour - borrow, later + 60 * borrow - minute
    medium = f"{end}:{later:02} - {hour}:{minute:02}: "
    medium += f"{later} + 60 = {later + 60}, {later + 60} - {minute} = {left}" if borrow else f"{later} - {minute} = {left}"
    parts = [f"{n} {name}{'' if n == 1 else 's'}" for n, name in ((hours, "hour"), (left, "minute")) if n]
    said = " and ".join(parts)
    spoken = rng.random() < 0.25
    start, finish = ((_said(rng, h, m) if spoken else f"{h}:{m:02}") for h, m in ((hour, minute), (end, later)))
    prompt = typed(rng, say, UNTIL, 0.1, x=start, y=finish)
    return _draft(("until", hour, minute, end, later), prompt, f"It is {said}.", f"{medium}, {end} - {hour} - {borrow} = {hours}: {said}")


def _clock(rng, say: Say) -> Draft:
    """From the clock of twelve hours to that of 24, or back."""
    hour, minute = rng.randrange(24), rng.choice((0, rng.randrange(0, 60, 5)))
    half, said = "am" if hour < 12 else "pm", hour % 12 or 12
    on_12, on_24 = f"{said}:{minute:02} {half}", f"{hour}:{minute:02}"
    if rng.random() < 0.5:
        medium = f"{hour} - 12 = {said}, {half}" if hour > 12 else f"{hour} is {said}, {half}"
        prompt = typed(rng, say, TO_12, 0.1, x=f"{hour:02}:{minute:02}" if rng.random() < 0.15 else on_24)
        return _draft(("clock", hour, minute), prompt, f"It is {on_12}.", f"{on_24}: {medium}: {on_12}")
    medium = f"{said} + 12 = {hour}" if hour > 12 else f"{said} is {hour}"
    prompt = typed(rng, say, TO_24, 0.1, x=_said(rng, hour, minute))
    return _draft(("clock", hour, minute), prompt, f"It is {on_24}.", f"{half}: {medium}: {on_24}")


def _many(rng, say: Say) -> Draft:
    large, small, factor = rng.choice(UNITS)
    n = rng.randint(2, 12)
    tens, ones = factor // 10 * 10, factor % 10
    parts = f"{n} * {tens} = {n * tens}, {n} * {ones} = {n * ones}, " if tens and ones else ""
    return _draft(
        (large, n),
        typed(rng, say, MANY, 0.1, n=_in_words(rng, n, 0.25), large=large, small=small),
        f"{n} {large} are {n * factor} {small}.",
        f"{parts}{n} * {factor} = {n * factor}",
    )
