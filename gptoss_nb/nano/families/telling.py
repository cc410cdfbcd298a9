"""How a story is told, and how the working finds in it what is asked for. Called by stories and tallies."""

import random
import re

from .draft import Draft, Say, Wordings, wordings
from .lexicon import name

[TOGETHER] = wordings("stories", "TOGETHER")
# what is told without being asked for
DETAILS = """after lunch|on Sunday|on Monday|in the morning|in the evening|today|yesterday|last week|this afternoon|before dinner
after school|on Saturday|at noon|last night|after work|early in the day""".replace("\n", "|").split("|")


def people(rng: random.Random, n: int) -> list[str]:
    """n names, no two alike; now and then all typed in small letters."""
    people = []
    while len(people) < n:
        who = name(rng)
        if who not in people:
            people.append(who)
    return [who.lower() for who in people] if rng.random() < 0.07 else people


def linked(rng: random.Random, sentences: list[str], when: bool = False) -> tuple[str, list[str]]:
    """The story, and each sentence as it stands there, for the working to repeat: now and then two are joined by a word, and
    where `when` says so, the first tells when it was."""
    told, after = [sentence.rstrip(".") for sentence in sentences], [". "] * (len(sentences) - 1)
    if after and rng.random() < 0.22:
        at = rng.randrange(len(after))
        after[at] = rng.choice((" and ", " and ", " and ", ", and ", ", ", " but ", ", but "))
        told[at + 1] = re.sub("^(She|He|Then|Later)( she| he)?", lambda found: found[0].lower(), told[at + 1])
        if told[at + 1].startswith("then ") and after[at] == " and " and rng.random() < 0.6:
            told[at + 1] = re.sub("^then (she|he) ", "then ", told[at + 1])
    text = [*told]
    if when and rng.random() < 0.08:
        text[0] = f"{rng.choice(DETAILS).capitalize()}{rng.choice((', ', ' '))}{text[0]}"
    return "".join(f"{clause}{stop}" for clause, stop in zip(text, [*after, "."])), [f"{clause}." for clause in told]


def draft(rng: random.Random, say: Say, key, story: str, question: str, answer: str, found: str) -> Draft:
    """`found` is the working, in which the answer is found."""
    question = question if question[-1] in "?." else f"{question}?"
    return Draft(key, say(TOGETHER, s=story, q=question), answer, found, f"{found} Check: {found}")


def found(asked: str, sentence: str) -> str:
    """`Ben? Ben has a drum.`: what is asked for, and the sentence where it stands."""
    return f"{asked}? {sentence}"


def matched(told: list[str], asked: str, sentence: str) -> str:
    """`Ben - Ida: no, Ida - Ida: yes. Ida has a kite.`: one by one, each beside what is asked for, up to the one that it is;
    that somebody is not there cannot be seen at a glance."""
    if asked not in told:
        return f"{', '.join(f'{one} - {asked}: no' for one in told)}. Not there."
    at = told.index(asked)
    return f"{''.join(f'{one} - {asked}: no, ' for one in told[:at])}{asked} - {asked}: yes. {sentence}"


def turned(pairs: list[tuple[str, str]], asked: str, sentence: str) -> str:
    """`Ben a drum Ben, Ida a kite Ida. A kite? Ida: Ida has a kite.`: in the story who has it stands before the thing, and
    what is looked up stands after what it is found by; so each name is put after its thing first."""
    return f"{', '.join(f'{who} {thing} {who}' for who, thing in pairs)}. {found(asked, sentence)}"


def asked(rng: random.Random, say: Say, wordings: Wordings, **operands) -> str:
    """A question inside a text: it may begin without a capital."""
    text, who = say.bare(wordings, **operands), operands.get("p", " ")
    return text[0].lower() + text[1:] if not text.startswith(who) and (who.islower() or rng.random() < 0.2) else text


def when(rng: random.Random) -> str:
    """Something more that is told."""
    return f" {rng.choice(DETAILS)}" if rng.random() < 0.04 else ""
