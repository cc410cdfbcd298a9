"""Addition and subtraction by columns from the right, carry or borrow included; comparison from the left. Written once for all
families."""


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


def compared(a: int, b: int) -> tuple[str, str]:
    """`1=1, 5<8`: the digits from the left, up to the first that differ; and the sign of the last."""
    x, y = padded(a, b)
    at = next((i for i in range(len(x)) if x[i] != y[i]), len(x) - 1)
    signs = [f"{p}{'=' if p == q else '<' if p < q else '>'}{q}" for p, q in zip(x[: at + 1], y)]
    return ", ".join(signs), signs[-1][1]


def subtracted(a: int, b: int) -> tuple[str, list[str]]:
    """As `added`, the smaller from the larger: `13-5-1=7` (digit with what is borrowed, digit, borrowed before). The two
    are compared first."""
    top, bottom = max(a, b), min(a, b)
    x, y = padded(top, bottom)
    steps, borrow = [], 0
    for p, q in zip(map(int, reversed(x)), map(int, reversed(y))):
        borrowed = p - q - borrow < 0
        steps.append(f"{p + 10 * borrowed}-{q}-{borrow}={p - q - borrow + 10 * borrowed}")
        borrow = int(borrowed)
    first, second = padded(a, b)
    digits, sign = compared(a, b)
    return f"{first}-{second}: {digits}, so {'minus ' if sign == '<' else ''}{x}-{y}", steps


def working(a: int, sign: str, b: int) -> str:
    """`538+027: 8+7+0=15, 3+2+1=6, 5+0+0=5: 565`, `15-27: 1<2, so minus 27-15: 7-5-0=2, 2-1-0=1: -12`."""
    task, steps = added(a, b) if sign == "+" else subtracted(a, b)
    return f"{task}: {', '.join(steps)}: {a + b if sign == '+' else a - b}"


def check(a: int, sign: str, b: int) -> str:
    """The opposite operation gives back what was there."""
    if sign == "+":
        task, steps = subtracted(a + b, b)
        return f"Check: {task.partition('so ')[2]}: {', '.join(steps)}: {a}, right."
    return f"Check: {working(abs(a - b), '+', min(a, b))}, right."
