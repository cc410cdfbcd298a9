/* One row of a matrix times a vector, in each format that a row has, and attention of one key-value head: over the vectors of
 * whichever namespace includes this file. No #pragma once: it is compiled for each of them.
 */
enum { N = 16 / W }; /* vectors of half a block */

static float dot_float32(const float *row, const float *x, int64_t n) {
    F first = zero(), second = zero();
    int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        first = fma(load(row + i), load(x + i), first);
        second = fma(load(row + i + W), load(x + i + W), second);
    }
    float total = sum(add(first, second));
    for (; i < n; i++) {
        float last; /* of weights that may begin at any byte */
        memcpy(&last, row + i, sizeof last);
        total += last * x[i];
    }
    return total;
}

/* x split by 32, what is left over in its order. */
static float dot_bfloat16(const uint8_t *row, const float *x, int64_t n) {
    F even[N], odd[N], first = zero(), second = zero();
    int64_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK) {
        widen(row + 2 * i, even, odd);
        for (int j = 0; j < N; j++) {
            first = fma(even[j], load(x + i + j * W), first);
            second = fma(odd[j], load(x + i + 16 + j * W), second);
        }
    }
    float total = sum(add(first, second));
    for (; i < n; i++) total += bfloat16(row + 2 * i) * x[i];
    return total;
}

/* x with one digit or three, the even elements before the odd ones. */
static float dot_packed(const uint8_t *blocks, const uint8_t *scales, const Digits &x, int64_t n_blocks) {
    return x.n == 1 ? dot_digits<1>(blocks, scales, x, n_blocks) : dot_digits<3>(blocks, scales, x, n_blocks);
}

/* Blocks as floats, each block split in even and odd ones. */
static void decode(const uint8_t *blocks, const uint8_t *scales, int64_t n_blocks, float *to) {
    F even[N], odd[N];
    for (int64_t b = 0; b < n_blocks; b++, to += BLOCK) {
        values(blocks + 16 * b, even, odd);
        F scale = all(power(scales[b]));
        for (int j = 0; j < N; j++) {
            store(to + j * W, mul(even[j], scale));
            store(to + 16 + j * W, mul(odd[j], scale));
        }
    }
}

/* The same as bfloat16, which holds them all: the upper halves. */
static void decode_bfloat16(const uint8_t *blocks, const uint8_t *scales, int64_t n_blocks, uint16_t *to) {
    float block[BLOCK];
    for (int64_t b = 0; b < n_blocks; b++, to += BLOCK) {
        uint32_t bits[BLOCK];
        decode(blocks + 16 * b, scales + b, 1, block);
        memcpy(bits, block, sizeof bits);
        for (int i = 0; i < BLOCK; i++) to[i] = (uint16_t)(bits[i] >> 16);
    }
}

static inline float sum_of(const float *block) {
    F total = zero();
    for (int i = 0; i < BLOCK; i += W) total = fma(load(block + i), zero(), total);
    return sum(total);
}

/* A block of a vector in digits, see Digits: those of a place in value are `stride` bytes from the next, the odd elements half of that
 * from the even ones where they are `halved`. */
static void round_block(const float *block, int n_digits, int8_t *to, int64_t stride, bool halved, float *scale, int32_t *offsets) {
    const float least = 7.2e-43f; /* a smaller scale would be too coarse a number itself */
    float largest[8] = {0}, most = 0, left[BLOCK] = {0}, whole[BLOCK];
    int32_t sums[4] = {0};
    for (int i = 0; i < BLOCK; i += 8) /* side by side, as the compiler may not decide */
        for (int l = 0; l < 8; l++) largest[l] = fabsf(block[i + l]) > largest[l] ? fabsf(block[i + l]) : largest[l];
    for (int l = 0; l < 8; l++) most = largest[l] > most ? largest[l] : most;
    most += sum_of(block); /* comparisons pass over what is not a number */
    *scale = most / 127 < least ? least : most / 127;
    if (*scale < INFINITY) /* else the digits are none, and the scale tells */
        for (int i = 0; i < BLOCK; i++) left[i] = block[i] / *scale; /* not times the inverse, whose error all would have */
    for (int digit = 0; digit < n_digits; digit++, to += stride) {
        for (int i = 0; i < BLOCK; i++) {
            whole[i] = rintf(left[i]);
            left[i] = (left[i] - whole[i]) * BASE;
        }
        for (int l = 0; l < 4; l++) {
            int32_t sum = 0;
            for (int i = 8 * l; i < 8 * l + 8; i++) sum += (int32_t)whole[i];
            sums[l] = sums[l] * BASE - OFFSET * sum;
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            to[halved ? i : 2 * i] = (int8_t)(int32_t)whole[2 * i];
            to[halved ? stride / 2 + i : 2 * i + 1] = (int8_t)(int32_t)whole[2 * i + 1];
        }
    }
    memcpy(offsets, sums, sizeof sums);
}

/* `queries` heads that share keys and values: q, out (queries, dim); k, v with `step` floats from one position to the next; sinks and
 * gain (NULL: ones) of these heads. KEYS positions at a time; maximum and sum are carried along and begin with the sink. */
static void attend(const float *q, const float *k, const float *v, const float *sinks, const float *gain, float *out, int64_t queries,
                   int64_t dim, int64_t seen, int64_t step) {
    const int64_t KEYS = 32;
    const float scale = 1.0f / sqrtf((float)dim);
    for (int64_t h = 0; h < queries; h++) {
        const float *query = q + h * dim;
        float *to = out + h * dim, weights[32], top = sinks[h], total = 1.0f;
        memset(to, 0, dim * sizeof(float));
        for (int64_t start = 0; start < seen; start += KEYS) {
            int64_t n = seen - start < KEYS ? seen - start : KEYS;
            float before = top;
            for (int64_t s = 0; s < n; s++) {
                weights[s] = dot_float32(query, k + (start + s) * step, dim) * scale;
                top = weights[s] > top ? weights[s] : top;
            }
            if (top != before) {
                float shrink = expf(before - top);
                for (int64_t i = 0; i < dim; i++) to[i] *= shrink;
                total *= shrink;
            }
            for (int64_t s = 0; s < n; s++) {
                const float *value = v + (start + s) * step;
                float weight = expf(weights[s] - top);
                total += weight;
                for (int64_t i = 0; i < dim; i++) to[i] += weight * value[i];
            }
        }
        float factor = (gain ? gain[h] : 1.0f) / total;
        for (int64_t i = 0; i < dim; i++) to[i] *= factor;
    }
}

static const Rows rows = {dot_float32, dot_bfloat16, dot_packed, dot_8, decode, decode_bfloat16, round_block, attend};
