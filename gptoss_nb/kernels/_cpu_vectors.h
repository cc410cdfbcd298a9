/* The instruction sets: for each a namespace with a vector of W floats and the few functions that _cpu_rows.h is made of, compiled
 * for its instructions whatever the machine that compiles.
 *
 * The columns of a packed block of 32 are even or odd, by the nibble that holds them. 32 floats beside bfloat16 rows lie "split": 16 even
 * ones, then 16 odd ones.
 */
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) || defined(_M_X64)
#define ON_X86
#include <immintrin.h>
#elif (defined(__aarch64__) || defined(_M_ARM64)) && !defined(_MSC_VER)
#define ON_ARM
#include <arm_neon.h>
#endif

#if defined(__clang__)
#define PRAGMA(text) _Pragma(#text)
#define BEGIN(features) PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END _Pragma("clang attribute pop")
#elif defined(__GNUC__)
#define PRAGMA(text) _Pragma(#text)
#define BEGIN(features) _Pragma("GCC push_options") PRAGMA(GCC target(features))
#define END _Pragma("GCC pop_options")
#else /* MSVC compiles any instruction anywhere */
#define BEGIN(features)
#define END
#endif

#define BLOCK 32
#define BASE 254 /* digits from -127 to 127, so that a sign can be turned */
#define OFFSET 12 /* added to twice a value, so that it fits the unsigned side of an integer product */
#define AHEAD 1024 /* bytes: left to itself, the hardware fetches packed rows at two thirds of that speed (measured on Zen 4) */
static const float VALUES[16] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f, -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f};
static const int8_t TWICE[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/* A vector as whole numbers under a scale for each block of 32: one digit each (8 bits), or three (as many bits as a float has, below the
 * largest of the block); the scale is that of the most significant digit. A digit of all elements is `stride` bytes from the next: in their order, or the even ones and half a stride
 * later the odd ones. Zeros behind the end, for instructions that take four blocks at once. */
struct Digits {
    int n;
    const int8_t *most; /* the most significant digit; the others follow */
    int64_t stride;
    const float *scales;
    const int32_t *offsets; /* (blocks, 4): minus what OFFSET adds to the products with the first 8 elements, the next 8, ... */
};

/* What a product with TWICE and `n` digits is to be multiplied with, beside the scales. */
static inline float unit(int n) { return n == 1 ? 0.5f : 0.5f / (BASE * BASE); }

static inline float as_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 2**(exponent - 127); the least is not a normal number. */
static inline float power(uint8_t exponent) { return as_float(exponent ? (uint32_t)exponent << 23 : 0x00400000u); }

static inline float bfloat16(const uint8_t *at) {
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return as_float((uint32_t)half << 16);
}

namespace plain {
enum { W = 8 }; /* independent sums: float addition may not be reordered by the compiler, so we say how */
struct F {
    float lane[W];
};
static inline F zero() { return F(); }
static inline F load(const float *p) {
    F a;
    memcpy(&a, p, sizeof a);
    return a;
}
static inline void store(float *p, F a) { memcpy(p, &a, sizeof a); }
static inline F all(float x) {
    F a;
    for (int l = 0; l < W; l++) a.lane[l] = x;
    return a;
}
static inline F fma(F a, F b, F c) {
    for (int l = 0; l < W; l++) c.lane[l] += a.lane[l] * b.lane[l];
    return c;
}
static inline F add(F a, F b) {
    for (int l = 0; l < W; l++) a.lane[l] += b.lane[l];
    return a;
}
static inline F mul(F a, F b) {
    for (int l = 0; l < W; l++) a.lane[l] *= b.lane[l];
    return a;
}
static inline float sum(F a) {
    float total = 0;
    for (int l = 0; l < W; l++) total += a.lane[l];
    return total;
}
static inline void widen(const uint8_t *p, F *even, F *odd) { /* 32 bfloat16 */
    for (int i = 0; i < 16; i++) {
        even[i / W].lane[i % W] = bfloat16(p + 4 * i);
        odd[i / W].lane[i % W] = bfloat16(p + 4 * i + 2);
    }
}
static inline void values(const uint8_t *p, F *even, F *odd) { /* 16 bytes */
    for (int i = 0; i < 16; i++) {
        even[i / W].lane[i % W] = VALUES[p[i] & 15];
        odd[i / W].lane[i % W] = VALUES[p[i] >> 4];
    }
}
template <int N> static inline float dot_digits(const uint8_t *blocks, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    float total = 0;
    for (int64_t b = 0; b < n_blocks; b++) {
        int64_t sum = 0; /* 32 products of 12 and 127 * 254 * 254 do not fit 32 bits, eight, as in a lane of the others, do */
        for (int digit = 0; digit < N; digit++) {
            const int8_t *even = x.most + digit * x.stride + 16 * b, *odd = even + x.stride / 2;
            int32_t part = 0;
            for (int i = 0; i < 16; i++) part += TWICE[blocks[16 * b + i] & 15] * even[i] + TWICE[blocks[16 * b + i] >> 4] * odd[i];
            sum = sum * BASE + part;
        }
        total += sum * (x.scales[b] * power(scales[b]) * unit(N));
    }
    return total;
}
static float dot_8(const int8_t *row, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    float total = 0;
    for (int64_t b = 0; b < n_blocks; b++) {
        int32_t sum = 0;
        for (int i = 0; i < BLOCK; i++) sum += row[BLOCK * b + i] * x.most[BLOCK * b + i];
        total += sum * (bfloat16(scales + 2 * b) * x.scales[b]);
    }
    return total;
}
#include "_cpu_rows.h"
} // namespace plain

#ifdef ON_X86
BEGIN("avx2,fma")
namespace avx2 {
enum { W = 8 };
typedef __m256 F;
static inline F zero() { return _mm256_setzero_ps(); }
static inline F load(const float *p) { return _mm256_loadu_ps(p); }
static inline void store(float *p, F a) { _mm256_storeu_ps(p, a); }
static inline F all(float x) { return _mm256_set1_ps(x); }
static inline F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
static inline F add(F a, F b) { return _mm256_add_ps(a, b); }
static inline F mul(F a, F b) { return _mm256_mul_ps(a, b); }
static inline float sum4(__m128 a) {
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
static inline float sum(F a) { return sum4(_mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1))); }
static inline void widen(const uint8_t *p, F *even, F *odd) {
    for (int h = 0; h < 2; h++) {
        __m256i pairs = _mm256_loadu_si256((const __m256i *)(p + 32 * h));
        even[h] = _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
        odd[h] = _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32((int)0xffff0000)));
    }
}
static inline __m128i twice(__m128i codes) {
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)TWICE), _mm_and_si128(codes, _mm_set1_epi8(15)));
}
static inline void halves(__m128i doubled, F *to) {
    const F half = all(0.5f);
    to[0] = mul(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(doubled)), half);
    to[1] = mul(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(doubled, 8))), half);
}
static inline void values(const uint8_t *p, F *even, F *odd) {
    __m128i packed = _mm_loadu_si128((const __m128i *)p);
    halves(twice(packed), even);
    halves(twice(_mm_srli_epi16(packed, 4)), odd);
}
static inline __m256i pair(const void *low, const void *high) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)), _mm_loadu_si128((const __m128i *)high), 1);
}
/* 32 products of bytes, of a without sign, added up to 8 lanes; two of them have to fit 16 bits. */
static inline __m256i products(__m256i a, __m256i b) { return _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)); }
template <int N> static inline float dot_digits(const uint8_t *blocks, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    const __m256i offset = _mm256_set1_epi8(OFFSET);
    __m128 total = _mm_setzero_ps();
    for (int64_t b = 0; b < n_blocks; b++) {
        __m128i packed = _mm_loadu_si128((const __m128i *)(blocks + 16 * b));
        __m256i codes = _mm256_add_epi8(_mm256_set_m128i(twice(_mm_srli_epi16(packed, 4)), twice(packed)), offset), made = _mm256_setzero_si256();
        for (int digit = 0; digit < N; digit++) {
            const int8_t *even = x.most + digit * x.stride + 16 * b;
            if (digit) made = _mm256_mullo_epi32(made, _mm256_set1_epi32(BASE));
            made = _mm256_add_epi32(made, products(codes, pair(even, even + x.stride / 2)));
        }
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(made), _mm256_extracti128_si256(made, 1));
        four = _mm_add_epi32(four, _mm_loadu_si128((const __m128i *)(x.offsets + 4 * b))); /* lane by lane, so that nothing large is left */
        total = _mm_fmadd_ps(_mm_cvtepi32_ps(four), _mm_set1_ps(x.scales[b] * power(scales[b]) * unit(N)), total);
    }
    return sum4(total);
}
static float dot_8(const int8_t *row, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    F total = zero();
    for (int64_t b = 0; b < n_blocks; b++) {
        __m256i values = _mm256_loadu_si256((const __m256i *)(row + BLOCK * b)), inputs = _mm256_loadu_si256((const __m256i *)(x.most + BLOCK * b));
        __m256i made = products(_mm256_abs_epi8(values), _mm256_sign_epi8(inputs, values));
        total = fma(_mm256_cvtepi32_ps(made), all(bfloat16(scales + 2 * b) * x.scales[b]), total);
    }
    return sum(total);
}
#include "_cpu_rows.h"
} // namespace avx2
END

BEGIN("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")
namespace avx512 {
enum { W = 16 };
typedef __m512 F;
static inline F zero() { return _mm512_setzero_ps(); }
static inline F load(const float *p) { return _mm512_loadu_ps(p); }
static inline void store(float *p, F a) { _mm512_storeu_ps(p, a); }
static inline F all(float x) { return _mm512_set1_ps(x); }
static inline F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
static inline F add(F a, F b) { return _mm512_add_ps(a, b); }
static inline F mul(F a, F b) { return _mm512_mul_ps(a, b); }
static inline float sum(F a) { return _mm512_reduce_add_ps(a); }
static inline void widen(const uint8_t *p, F *even, F *odd) {
    __m512i pairs = _mm512_loadu_si512(p);
    *even = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
    *odd = _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xffff0000)));
}
static inline void values(const uint8_t *p, F *even, F *odd) { /* the permutation looks at the low four bits of an index alone */
    const F table = load(VALUES);
    __m512i packed = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
    *even = _mm512_permutexvar_ps(packed, table);
    *odd = _mm512_permutexvar_ps(_mm512_srli_epi32(packed, 4), table);
}
/* Four blocks at once, each in the lanes of 128 bits; what is left one by one. The products take bytes without sign on one side: OFFSET
 * is added to it, and taken off what they add up to. */
template <int N> static inline float dot_digits(const uint8_t *blocks, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    const __m512i nibble = _mm512_set1_epi8(15), to_lanes = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    const __m512i table = _mm512_add_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)TWICE)), _mm512_set1_epi8(OFFSET));
    F total = zero();
    int64_t b = 0;
    for (; b + 4 <= n_blocks; b += 4) {
        __m512i packed = _mm512_loadu_si512(blocks + 16 * b), made = _mm512_setzero_si512();
        __m512i even = _mm512_shuffle_epi8(table, _mm512_and_si512(packed, nibble));
        __m512i odd = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16(packed, 4), nibble));
        for (int digit = 0; digit < N; digit++) {
            const int8_t *at = x.most + digit * x.stride + 16 * b;
            if (digit) made = _mm512_mullo_epi32(made, _mm512_set1_epi32(BASE));
            made = _mm512_dpbusd_epi32(made, even, _mm512_loadu_si512(at));
            made = _mm512_dpbusd_epi32(made, odd, _mm512_loadu_si512(at + x.stride / 2));
        }
        made = _mm512_add_epi32(made, _mm512_loadu_si512(x.offsets + 4 * b));
        _mm_prefetch((const char *)(blocks + 16 * b + AHEAD), _MM_HINT_NTA);
        int32_t exponents;
        memcpy(&exponents, scales + b, 4);
        __m128i bits = _mm_max_epi32(_mm_slli_epi32(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(exponents)), 23), _mm_set1_epi32(0x00400000)); /* as power() */
        __m128 scale = _mm_mul_ps(_mm_mul_ps(_mm_castsi128_ps(bits), _mm_loadu_ps(x.scales + b)), _mm_set1_ps(unit(N)));
        total = fma(_mm512_cvtepi32_ps(made), _mm512_permutexvar_ps(to_lanes, _mm512_castps128_ps512(scale)), total);
    }
    __m128 rest = _mm_setzero_ps();
    for (; b < n_blocks; b++) {
        __m128i packed = _mm_loadu_si128((const __m128i *)(blocks + 16 * b)), low = _mm512_castsi512_si128(nibble), made = _mm_setzero_si128();
        __m128i even = _mm_shuffle_epi8(_mm512_castsi512_si128(table), _mm_and_si128(packed, low));
        __m128i odd = _mm_shuffle_epi8(_mm512_castsi512_si128(table), _mm_and_si128(_mm_srli_epi16(packed, 4), low));
        for (int digit = 0; digit < N; digit++) {
            const int8_t *at = x.most + digit * x.stride + 16 * b;
            if (digit) made = _mm_mullo_epi32(made, _mm_set1_epi32(BASE));
            made = _mm_dpbusd_epi32(made, even, _mm_loadu_si128((const __m128i *)at));
            made = _mm_dpbusd_epi32(made, odd, _mm_loadu_si128((const __m128i *)(at + x.stride / 2)));
        }
        made = _mm_add_epi32(made, _mm_loadu_si128((const __m128i *)(x.offsets + 4 * b)));
        rest = _mm_fmadd_ps(_mm_cvtepi32_ps(made), _mm_set1_ps(x.scales[b] * power(scales[b]) * unit(N)), rest);
    }
    return sum(_mm512_add_ps(total, _mm512_insertf32x4(_mm512_setzero_ps(), rest, 0)));
}
static inline F products(__mmask64 there, const int8_t *row, const int8_t *x) { /* the sign of a value goes to the other side */
    __m512i values = _mm512_maskz_loadu_epi8(there, row), inputs = _mm512_loadu_si512(x);
    inputs = _mm512_mask_sub_epi8(inputs, _mm512_movepi8_mask(values), _mm512_setzero_si512(), inputs);
    return _mm512_cvtepi32_ps(_mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_abs_epi8(values), inputs));
}
static float dot_8(const int8_t *row, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    const __m512i first = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m512i second = _mm512_set_epi32(3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2);
    const __mmask64 whole = ~(__mmask64)0, half = 0xffffffffu;
    F total = zero();
    for (int64_t b = 0; b < n_blocks; b += 4) {
        int64_t left = n_blocks - b;
        uint64_t halves = 0;
        if (left >= 4)
            memcpy(&halves, scales + 2 * b, 8);
        else
            for (int64_t i = 0; i < 2 * left; i++) halves |= (uint64_t)scales[2 * b + i] << (8 * i);
        __m128 scale = _mm_castsi128_ps(_mm_slli_epi32(_mm_cvtepu16_epi32(_mm_cvtsi64_si128((long long)halves)), 16));
        __m512 four = _mm512_castps128_ps512(_mm_mul_ps(scale, _mm_loadu_ps(x.scales + b)));
        const int8_t *at = row + BLOCK * b, *inputs = x.most + BLOCK * b;
        total = fma(products(left >= 2 ? whole : half, at, inputs), _mm512_permutexvar_ps(first, four), total);
        total = fma(products(left >= 4 ? whole : left == 3 ? half : 0, at + 64, inputs + 64), _mm512_permutexvar_ps(second, four), total);
    }
    return sum(total);
}
#include "_cpu_rows.h"
} // namespace avx512
END
#endif

#ifdef ON_ARM
namespace neon {
static inline int32x4_t products(int32x4_t sum, int8x16_t a, int8x16_t b) {
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
    return vpadalq_s16(sum, vmull_high_s8(a, b));
}
#include "_cpu_neon.h"
#include "_cpu_rows.h"
} // namespace neon

/* The instruction that multiplies four bytes and adds them up, where the compiler has it for a part of a file. */
#if defined(__ARM_FEATURE_DOTPROD) || (defined(__clang__) ? __clang_major__ >= 16 : __GNUC__ >= 8)
#ifdef __clang__
BEGIN("dotprod")
#else
BEGIN("arch=armv8.2-a+dotprod") /* as arm_neon.h says it: functions are inlined into those that have no less */
#endif
namespace neon_dot {
static inline int32x4_t products(int32x4_t sum, int8x16_t a, int8x16_t b) { return vdotq_s32(sum, a, b); }
#include "_cpu_neon.h"
#include "_cpu_rows.h"
} // namespace neon_dot
END
#ifdef __linux__
#include <sys/auxv.h>
static bool has_dot(void) { return getauxval(AT_HWCAP) & HWCAP_ASIMDDP; }
#elif defined(__APPLE__)
static bool has_dot(void) { return true; }
#else
static bool has_dot(void) { return false; }
#endif
#else
namespace neon_dot = neon;
static bool has_dot(void) { return false; }
#endif
#endif
