"""Weekdays, months, leap years, dates a few days on, hours of the clock, and how many days or hours there are."""

import random

from .draft import Draft, Say, Wordings

WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
AFTER = Wordings(
    (
        "What day comes after {x}?",
        "Which day comes after {x}?",
        "What is the day after {x}?",
        "What day follows {x}?",
        "Which day follows {x}?",
        "What comes after {x}?",
        "The day after {x}?",
        "Tell me the day after {x}.",
        "If today is {x}, what is tomorrow?",
        "Today is {x}. What day is tomorrow?",
        "After {x} comes which day?",
        "What day is it after {x}?",
        "Which weekday follows {x}?",
        "Which weekday is after {x}?",
        "What weekday comes after {x}?",
        "What weekday is after {x}?",
        "What weekday comes next after {x}?",
        "Name the weekday after {x}.",
        "Name the day that follows {x}.",
        "Today is {x}, so what is tomorrow?",
        "Today is {x}. What is tomorrow?",
        "Today it is {x}. Which day is tomorrow?",
        "If today is {x}, which day is tomorrow?",
        "It is {x} today. What day is tomorrow?",
        "Yesterday was {x}. What is today?",
        "Which day is after {x}?",
        "What day is after {x}?",
        "Day after {x}?",
        "Next day after {x}?",
        "What is the next day after {x}?",
        "Give me the day after {x}.",
    ),
    ("Which weekday comes after {x}?", "Name the day after {x}.", "Today is {x}, what is tomorrow?", "What weekday follows {x}?"),
)
BEFORE = Wordings(
    (
        "What day comes before {x}?",
        "Which day comes before {x}?",
        "What is the day before {x}?",
        "What day is before {x}?",
        "Which day is before {x}?",
        "What comes before {x}?",
        "The day before {x}?",
        "Tell me the day before {x}.",
        "If today is {x}, what was yesterday?",
        "Today is {x}. What day was yesterday?",
        "Before {x} comes which day?",
        "What day was it before {x}?",
        "Which weekday is before {x}?",
        "What weekday is before {x}?",
        "What weekday came before {x}?",
        "Name the weekday before {x}.",
        "Name the day that comes before {x}.",
        "Today is {x}, so what was yesterday?",
        "Today is {x}. What was yesterday?",
        "Today it is {x}. Which day was yesterday?",
        "If today is {x}, which day was yesterday?",
        "It is {x} today. What day was yesterday?",
        "Tomorrow is {x}. What is today?",
        "Which day was before {x}?",
        "Which day came before {x}?",
        "Day before {x}?",
        "What is the last day before {x}?",
        "Give me the day before {x}.",
    ),
    ("Which weekday comes before {x}?", "Name the day before {x}.", "Today is {x}, what was yesterday?", "What weekday comes before {x}?"),
)
DAYS_ON = Wordings(
    (
        "What day is it {n} days after {x}?",
        "Which day is {n} days after {x}?",
        "What day is {n} days after {x}?",
        "{n} days after {x} is what day?",
        "Today is {x}. What day is it in {n} days?",
        "If today is {x}, what day is it in {n} days?",
        "What weekday is {n} days after {x}?",
        "Tell me the day {n} days after {x}.",
        "It is {x}. Which day is it in {n} days?",
        "Count {n} days on from {x}.",
        "Starting on {x}, what day is it {n} days later?",
        "What day comes {n} days after {x}?",
        "Which weekday comes {n} days after {x}?",
        "Which weekday is it {n} days after {x}?",
        "Today is {x}. Which day is it in {n} days?",
        "Today is {x}. What day will it be in {n} days?",
        "Today is {x}. Which weekday will it be in {n} days?",
        "It is {x}. What day is it in {n} days?",
        "It is {x}. What day will it be {n} days later?",
        "It is {x} today. What day is {n} days later?",
        "What will the day be {n} days after {x}?",
        "What day will it be {n} days after {x}?",
        "If today is {x}, which day will it be in {n} days?",
        "{n} days after {x} is which day?",
        "{n} days from {x} is what day?",
        "What day is {n} days from {x}?",
        "In {n} days from {x}, what day is it?",
        "Name the day {n} days after {x}.",
        "Give me the day {n} days after {x}.",
        "{x} plus {n} days is what day?",
    ),
    (
        "Which weekday is {n} days after {x}?",
        "Today is {x}. Which day will it be in {n} days?",
        "What will be the day {n} days after {x}?",
        "It is {x}. What day is it {n} days later?",
    ),
)
MONTH_AFTER = Wordings(
    (
        "What month comes after {x}?",
        "Which month comes after {x}?",
        "What is the month after {x}?",
        "Which month follows {x}?",
        "What month follows {x}?",
        "The month after {x}?",
        "Tell me the month after {x}.",
        "What comes after {x}?",
        "After {x} comes which month?",
        "Which month is after {x}?",
        "What month is next after {x}?",
        "Next month after {x}?",
        "Name the month that follows {x}.",
        "Name the next month after {x}.",
        "Which is the next month after {x}?",
        "What is the month that follows {x}?",
        "What is the next month if it is {x}?",
        "What month is it after {x}?",
        "It is {x}. What month is next?",
        "It is {x} now. Which month comes next?",
        "Month after {x}?",
        "Give me the month after {x}.",
        "Can you tell me the month after {x}?",
    ),
    ("Name the month after {x}.", "What is the next month after {x}?", "Which is the month after {x}?", "What month is after {x}?"),
)
MONTH_BEFORE = Wordings(
    (
        "What month comes before {x}?",
        "Which month comes before {x}?",
        "What is the month before {x}?",
        "Which month is before {x}?",
        "What month is before {x}?",
        "The month before {x}?",
        "Tell me the month before {x}.",
        "What comes before {x}?",
        "Before {x} comes which month?",
        "What month was before {x}?",
        "Which month came before {x}?",
        "Month before {x}?",
        "Name the month that comes before {x}.",
        "Name the last month before {x}.",
        "Which was the month before {x}?",
        "What was the last month before {x}?",
        "Which month was before {x}?",
        "What month is it before {x}?",
        "It is {x}. What month was last?",
        "It is {x} now. Which month was before?",
        "Give me the month before {x}.",
        "Can you say which month comes before {x}?",
    ),
    (
        "Name the month before {x}.",
        "Which is the month before {x}?",
        "What was the month before {x}?",
        "Can you tell me the month before {x}?",
    ),
)
LENGTH = Wordings(
    (
        "How many days does {x} have?",
        "How many days are in {x}?",
        "How many days has {x}?",
        "How long is {x}?",
        "Number of days in {x}?",
        "How many days are there in {x}?",
        "Tell me how many days {x} has.",
        "What is the number of days in {x}?",
        "Days in {x}?",
        "{x} has how many days?",
        "How many days does the month {x} have?",
        "How many days long is {x}?",
        "How many days are there in the month {x}?",
        "How many days are in the month {x}?",
        "How many days are there in the month of {x}?",
        "How many days will {x} have?",
        "How many days long is the month of {x}?",
        "How long is the month of {x}?",
        "How long is the month {x}?",
        "Can you tell me the number of days in {x}?",
        "Can you say how many days {x} has?",
        "Give me the number of days in {x}.",
        "Give me the days of {x}.",
        "Tell me the number of days of {x}.",
        "The number of days in {x}?",
        "I want to know how many days {x} has.",
    ),
    (
        "How many days does the month of {x} have?",
        "Can you tell me how many days {x} has?",
        "How many days are in the month of {x}?",
        "How many days can {x} have?",
    ),
)
NUMBER = Wordings(
    (
        "Which month is number {n}?",
        "What is month number {n}?",
        "What is the name of month {n}?",
        "Which month is month {n}?",
        "Name month {n}.",
        "Month {n} is called?",
        "What month is number {n}?",
        "Name month number {n}.",
        "Which month has the number {n}?",
        "Tell me month number {n}.",
        "What is month {n}?",
        "Month number {n}?",
        "What do we call month number {n}?",
        "What do you call month number {n}?",
        "What is month {n} called?",
        "What month is month number {n}?",
        "What month of the year is number {n}?",
        "Which month of the year has number {n}?",
        "Which month has number {n}?",
        "Give me month {n}.",
        "Give me the month with number {n}.",
        "Tell me the name of month {n}.",
        "Can you name month {n}?",
        "The name of month {n}?",
        "Name the month with the number {n}.",
    ),
    (
        "What do you call month {n}?",
        "What month has the number {n}?",
        "Which month of the year is number {n}?",
        "Give me the name of month {n}.",
    ),
)
NUMBER_OF = Wordings(
    (
        "What number is the month {x}?",
        "Which number does {x} have?",
        "What is the number of the month {x}?",
        "Number of the month {x}?",
        "What number month is {x}?",
        "Which month of the year is {x}?",
        "{x} is which month of the year?",
        "{x} is month number what?",
        "Tell me the number of the month {x}.",
        "Which number is the month {x}?",
        "As a number, which month is {x}?",
        "What is the month {x} as a number?",
        "What month number does {x} have?",
        "What number does {x} have as a month?",
        "What number has the month {x}?",
        "Which month number is {x}?",
        "Which number has the month {x}?",
        "Which number month is {x}?",
        "Give me the month number of {x}.",
        "Tell me the month number of {x}.",
        "Month number of {x}?",
        "Can you tell me the number of the month {x}?",
        "The month {x} has which number?",
        "{x} has which month number?",
    ),
    (
        "What number does the month {x} have?",
        "Give me the number of the month {x}.",
        "What month number is {x}?",
        "Which month number does {x} have?",
    ),
)
LEAP = Wordings(
    (
        "Is {n} a leap year?",
        "Was {n} a leap year?",
        "Is the year {n} a leap year?",
        "Leap year: {n}?",
        "Does {n} have 366 days?",
        "Is {n} a leap year or not?",
        "Tell me if {n} is a leap year.",
        "Does the year {n} have 366 days?",
        "Check whether {n} is a leap year.",
        "{n}: leap year?",
        "Would {n} be a leap year?",
        "Does {n} have a February 29?",
        "Tell me if the year {n} is a leap year.",
        "Tell me whether {n} was a leap year.",
        "Tell me whether the year {n} is a leap year.",
        "Was the year {n} a leap year or not?",
        "Was {n} a leap year or not?",
        "Can you tell me if {n} is a leap year?",
        "Can you say whether {n} is a leap year?",
        "Could you tell me if {n} is a leap year?",
        "Do you know if {n} is a leap year?",
        "{n} is a leap year, right?",
        "Is {n} a leap year, yes or no?",
        "Was {n} one of the leap years?",
        "Are there 366 days in {n}?",
        "Did {n} have 366 days?",
        "Is there a February 29 in {n}?",
        "Will {n} be a leap year?",
        "Check if {n} is a leap year.",
        "Say if {n} is a leap year.",
    ),
    (
        "Tell me whether {n} is a leap year.",
        "Was the year {n} a leap year?",
        "Is {n} one of the leap years?",
        "Can you say if {n} is a leap year?",
    ),
)
DATE = Wordings(
    (
        "What date is {n} days after {x}?",
        "What is the date {n} days after {x}?",
        "{n} days after {x} is what date?",
        "Which date is {n} days after {x}?",
        "Today is {x}. What is the date in {n} days?",
        "If today is {x}, what date is it in {n} days?",
        "Tell me the date {n} days after {x}.",
        "It is {x}. What date is it in {n} days?",
        "What date comes {n} days after {x}?",
        "Add {n} days to {x}.",
        "Date {n} days after {x}?",
        "Starting on {x}, what is the date {n} days later?",
        "Which date is it {n} days after {x}?",
        "Which date will it be {n} days after {x}?",
        "Today is {x}. Which date will it be in {n} days?",
        "Today is {x}. What date is it in {n} days?",
        "Today is {x}. What will be the date in {n} days?",
        "It is {x}. What will be the date in {n} days?",
        "It is {x}. Which date is it in {n} days?",
        "What will the date be {n} days after {x}?",
        "What date will it be {n} days after {x}?",
        "If today is {x}, what will be the date in {n} days?",
        "{n} days after {x} is which date?",
        "{n} days from {x} is what date?",
        "What date is {n} days from {x}?",
        "Count {n} days from {x}.",
        "Count {n} days on from {x}. Which date is it?",
        "Count on {n} days from {x}.",
        "{x} plus {n} days is what date?",
        "What is {x} plus {n} days?",
        "Go {n} days on from {x}.",
    ),
    (
        "Which date comes {n} days after {x}?",
        "Today is {x}. Which date is it in {n} days?",
        "What will be the date {n} days after {x}?",
        "Count {n} days on from the date {x}.",
    ),
)
HOURS = Wordings(
    (
        "What time is it {n} hours after {x}?",
        "It is {x}. What time is it in {n} hours?",
        "{n} hours after {x} is what time?",
        "What is the time {n} hours after {x}?",
        "Add {n} hours to {x}.",
        "If it is {x}, what time is it in {n} hours?",
        "Which time is {n} hours after {x}?",
        "Tell me the time {n} hours after {x}.",
        "Time {n} hours after {x}?",
        "It is {x} now. What time is it {n} hours later?",
        "Starting at {x}, what time is it {n} hours later?",
        "What will be the time {n} hours after {x}?",
        "It's {x}. What time is it in {n} hours?",
        "It is {x}. What time will it be in {n} hours?",
        "It is {x}. What time will it be {n} hours later?",
        "It's {x} now. What time will it be {n} hours later?",
        "If it is {x}, what time will it be in {n} hours?",
        "What time will it be {n} hours after {x}?",
        "What does the clock say in {n} hours, if it is {x}?",
        "The clock says {x}. What does it say in {n} hours?",
        "Which time will it be {n} hours after {x}?",
        "What is {x} and {n} hours?",
        "{x} plus {n} hours?",
        "{x} plus {n} hours is what time?",
        "What time is {x} plus {n} hours?",
        "{n} hours from {x} is what time?",
        "What time is {n} hours from {x}?",
        "What time is {n} hours after {x}?",
        "Give me the time {n} hours after {x}.",
    ),
    (
        "It's {x}. What time will it be in {n} hours?",
        "Which time is it {n} hours after {x}?",
        "What is {x} plus {n} hours?",
        "What does the clock say {n} hours after {x}?",
    ),
)
MANY = Wordings(
    (
        "How many {small} are in {n} {large}?",
        "How many {small} are there in {n} {large}?",
        "{n} {large} are how many {small}?",
        "Convert {n} {large} to {small}.",
        "How many {small} do {n} {large} have?",
        "What is {n} {large} in {small}?",
        "{n} {large} in {small}?",
        "Tell me how many {small} are in {n} {large}.",
        "How many {small} make {n} {large}?",
        "Turn {n} {large} into {small}.",
        "{n} {large} is how many {small}?",
        "Give me {n} {large} in {small}.",
        "How many {small} will {n} {large} be?",
        "How many {small} are {n} {large}?",
        "How many {small} does it take to make {n} {large}?",
        "How many {small} do I get from {n} {large}?",
        "Can you convert {n} {large} to {small}?",
        "Could you convert {n} {large} into {small}?",
        "Can you express {n} {large} in {small}?",
        "Can you tell me how many {small} are in {n} {large}?",
        "Convert {n} {large} into {small}.",
        "{n} {large} to {small}?",
        "{n} {large} would be how many {small}?",
        "{n} {large} make how many {small}?",
        "What are {n} {large} in {small}?",
        "What would {n} {large} be in {small}?",
        "Write {n} {large} in {small}.",
        "Change {n} {large} to {small}.",
        "In {small}, how long are {n} {large}?",
    ),
    (
        "How many {small} would {n} {large} be?",
        "Express {n} {large} in {small}.",
        "How many {small} is {n} {large}?",
        "Can you convert {n} {large} into {small}?",
    ),
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
    medium, late = f"{hour} + {n} = {hour + n}", hour + n
    if late >= 24:
        late -= 24
        medium = f"{medium}, {hour + n} - 24 = {late}"
    return _draft((hour, minute, n), say(HOURS, n=n, x=f"{hour}:{minute:02}"), f"It is {late}:{minute:02}.", medium)


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
