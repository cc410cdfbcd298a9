"""Numbers in words and in Roman numerals. Called by the families in which people write them so."""

ROMAN = (  # by place: ones, tens, hundreds, thousands
    "I II III IV V VI VII VIII IX".split(),
    "X XX XXX XL L LX LXX LXXX XC".split(),
    "C CC CCC CD D DC DCC DCCC CM".split(),
    "M MM MMM".split(),
)
ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def numeral(n: int) -> str:
    """0 to 100 in words."""
    if n < 20:
        return ONES[n]
    return "one hundred" if n == 100 else TENS[n // 10 - 2] + (f"-{ONES[n % 10]}" if n % 10 else "")


def roman(n: int) -> str:
    """1 to 3999."""
    return "".join(part for _, part in roman_parts(n))


def roman_parts(n: int) -> list[tuple[int, str]]:
    """1904: (1000, M), (900, CM), (4, IV)."""
    places = [(place, int(digit)) for place, digit in enumerate(reversed(str(n)))]
    return [(digit * 10**place, ROMAN[place][digit - 1]) for place, digit in reversed(places) if digit]
