"""MXFP4 inside Triton kernels: eight 4-bit codes of a 32-bit word to float32, a scale byte to its power of two, both exactly.

Called by the kernels of _experts and _grouped. The format: see mxfp4.py. Nothing here is launched by itself.

A code is sign, two bits of exponent, one of mantissa. Those bits, moved to where float16 has its sign, its lowest two bits of
exponent and its highest of mantissa, are the code's value times 2^-14, subnormal 0.5 included: two codes of a word at once,
and no table. Whoever uses the values multiplies by `UNIT` once, for a block rather than for an element.
"""

import triton
import triton.language as tl

UNIT = tl.constexpr(16384.0)  # 2^14
BLOCK = tl.constexpr(32)  # values that share a scale
WORDS = tl.constexpr(4)  # 32-bit words that hold them


@triton.jit
def _pair(words, SIGN: tl.constexpr, REST: tl.constexpr):
    """Codes j and j + 4 of each word, float32 times 2^-14. Shifted left by SIGN their signs, and by REST their other bits, are in place."""
    if REST >= 0:
        rest = words << REST
    else:
        rest = words >> -REST
    halves = ((words << SIGN) & 0x80008000) | (rest & 0x0E000E00)
    low = (halves & 0xFFFF).to(tl.uint16).to(tl.float16, bitcast=True).to(tl.float32)
    high = (halves >> 16).to(tl.uint16).to(tl.float16, bitcast=True).to(tl.float32)
    return tl.join(low, high)


@triton.jit
def unpack(words):
    """int32 (..., n) to float32 (..., n, 2, 2, 2): the 8 codes of each word in their order, times 2^-14."""
    words = words.to(tl.uint32, bitcast=True)
    even = tl.join(_pair(words, 12, 9), _pair(words, 4, 1))  # codes 0 4, 2 6: the last axis is the middle bit of the code's number
    odd = tl.join(_pair(words, 8, 5), _pair(words, 0, -3))  # 1 5, 3 7
    return tl.join(even, odd)


@triton.jit
def power(exponents):
    """uint8 to float32 2^(e - 127): 0 is a subnormal, 255 NaN."""
    exponents = exponents.to(tl.int32)
    bits = tl.where(exponents == 0, 0x00400000, exponents << 23)
    return tl.where(exponents == 255, 0x7FC00000, bits).to(tl.float32, bitcast=True)
