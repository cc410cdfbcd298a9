"""Addition and subtraction by columns from the right, carry or borrow included: written once for all families."""

MINUS = "-"


def padded(a: int, b: int) -> tuple[str, str]:
    """Both with equally many digits."""
    width = max(len(str(a)), len(str(b)))
    return f"{a:0{width}}", f"{b:0{width}}"


def added(a: int, b: int) -> tuple[str, list[str]]:
    """The task with padded operands, and the steps `7+5+1=13` (digit, digit, carry)."""
    x, y = padded(a, b)
    steps, carry = [], 0
    for p, q in zip(map(int, reversed(x)), map(int, reversed(y))):
        total = p + q + carry
        steps.append(f"{p}+{q}+{carry}={total}")
        carry = total // 10
    return f"{x}+{y}", steps


def subtracted(a: int, b: int) -> tuple[str, list[str]]:
    """As `added`, the smaller from the larger: `13-5-1=7` (digit with what is borrowed, digit, borrowed before)."""
    top, bottom = max(a, b), min(a, b)
    x, y = padded(top, bottom)
    steps, borrow = [], 0
    for p, q in zip(map(int, reversed(x)), map(int, reversed(y))):
        borrowed = p - q - borrow < 0
        steps.append(f"{p + 10 * borrowed}-{q}-{borrow}={p - q - borrow + 10 * borrowed}")
        borrow = int(borrowed)
    first, second = padded(a, b)
    swapped = f"{first}<{second}, so minus " if a < b else ""
    return f"{swapped}{x}-{y}", steps


def working(a: int, sign: str, b: int) -> str:
    """`538+027: 8+7+0=15, 3+2+1=6, 5+0+0=5: 565`."""
    task, steps = added(a, b) if sign == "+" else subtracted(a, b)
    return f"{task}: {', '.join(steps)}: {a + b if sign == '+' else abs(a - b)}"


def check(a: int, sign: str, b: int) -> str:
    """The opposite operation gives back what was there."""
    if sign == "+":
        return f"Check: {working(a + b, MINUS, b)}, right."
    return f"Check: {working(abs(a - b), '+', min(a, b))}, right."
