/* ARM's vectors of four floats. Included by _cpu_vectors.h in two namespaces, each with its own products(sum, a, b): the sum of 16 products
 * of bytes, added to four lanes in whichever order. No #pragma once: it is compiled for each of them.
 */
enum { W = 4 };
typedef float32x4_t F;
static inline F zero() { return vdupq_n_f32(0); }
static inline F load(const float *p) { return vld1q_f32(p); }
static inline void store(float *p, F a) { vst1q_f32(p, a); }
static inline F all(float x) { return vdupq_n_f32(x); }
static inline F fma(F a, F b, F c) { return vfmaq_f32(c, a, b); }
static inline F add(F a, F b) { return vaddq_f32(a, b); }
static inline F mul(F a, F b) { return vmulq_f32(a, b); }
static inline float sum(F a) { return vaddvq_f32(a); }
static inline void widen(const uint8_t *p, F *even, F *odd) {
    for (int i = 0; i < 4; i++) {
        uint32x4_t pairs = vreinterpretq_u32_u8(vld1q_u8(p + 16 * i));
        even[i] = vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16));
        odd[i] = vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xffff0000u)));
    }
}
static inline void halves(int8x16_t doubled, F *to) {
    int16x8_t low = vmovl_s8(vget_low_s8(doubled)), high = vmovl_s8(vget_high_s8(doubled));
    const int16x4_t quarters[4] = {vget_low_s16(low), vget_high_s16(low), vget_low_s16(high), vget_high_s16(high)};
    for (int i = 0; i < 4; i++) to[i] = vcvtq_n_f32_s32(vmovl_s16(quarters[i]), 1); /* a whole number with one bit behind the point */
}
static inline int8x16_t twice(uint8x16_t codes) { return vqtbl1q_s8(vld1q_s8(TWICE), codes); }
static inline void values(const uint8_t *p, F *even, F *odd) {
    uint8x16_t packed = vld1q_u8(p);
    halves(twice(vandq_u8(packed, vdupq_n_u8(15))), even);
    halves(twice(vshrq_n_u8(packed, 4)), odd);
}
template <int N> static inline float dot_digits(const uint8_t *blocks, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    F total = zero();
    for (int64_t b = 0; b < n_blocks; b++) {
        uint8x16_t packed = vld1q_u8(blocks + 16 * b);
        int8x16_t even = twice(vandq_u8(packed, vdupq_n_u8(15))), odd = twice(vshrq_n_u8(packed, 4));
        int32x4_t sum = vdupq_n_s32(0);
        for (int digit = 0; digit < N; digit++) {
            const int8_t *at = x.most + digit * x.stride + 16 * b;
            if (digit) sum = vmulq_n_s32(sum, BASE);
            sum = products(products(sum, even, vld1q_s8(at)), odd, vld1q_s8(at + x.stride / 2));
        }
        total = fma(vcvtq_f32_s32(sum), all(x.scales[b] * power(scales[b]) * unit(N)), total);
    }
    return sum(total);
}
static float dot_8(const int8_t *row, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    F total = zero();
    for (int64_t b = 0; b < n_blocks; b++, row += BLOCK) {
        int32x4_t sum = products(vdupq_n_s32(0), vld1q_s8(row), vld1q_s8(x.most + BLOCK * b));
        sum = products(sum, vld1q_s8(row + 16), vld1q_s8(x.most + BLOCK * b + 16));
        total = fma(vcvtq_f32_s32(sum), all(bfloat16(scales + 2 * b) * x.scales[b]), total);
    }
    return sum(total);
}
