/* One token on a CPU, float32: the operations that torch takes longest over when there is a single row.
 *
 * Plain C behind cpu_ops.py, called through ctypes; no Python or torch headers but for the empty module at the end, which
 * lets setuptools build this file as an optional extension. Shapes as in reference.py; all arrays are contiguous unless a
 * stride says otherwise. Names: T tokens (1 here), S positions, D, F, A as in the house's words.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAS_AVX2_CODE
#include <immintrin.h>
#endif

#define BLOCK 32
#define LANES 8 /* independent sums: float addition may not be reordered by the compiler, so we say how */

#ifdef _WIN32
#define API __declspec(dllexport)
#else
#define API __attribute__((visibility("default")))
#endif

static const float VALUES[16] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f, -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f};

static float dot(const float *a, const float *b, int64_t n) {
    float sum[LANES] = {0}, total = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) sum[l] += a[i + l] * b[i + l];
    for (; i < n; i++) total += a[i] * b[i];
    for (int l = 0; l < LANES; l++) total += sum[l];
    return total;
}

API void gn_rms_norm(const float *x, const float *scale, float *y, int64_t n, float eps) {
    float inverse = 1.0f / sqrtf(dot(x, x, n) / n + eps);
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * inverse * scale[i];
}

/* q (H, d); k, v (S, K, d) with `step` floats from one position to the next; sinks (H); gain (H) or NULL; out (H, d).
 * The softmax runs along the keys, its maximum and its sum carried with it; the sink is where both begin. */
API void gn_attention(const float *q, const float *k, const float *v, const float *sinks, const float *gain, float *out,
                      int64_t heads, int64_t kv_heads, int64_t dim, int64_t seen, int64_t step) {
    float scale = 1.0f / sqrtf((float)dim);
    for (int64_t h = 0; h < heads; h++) {
        const float *query = q + h * dim;
        int64_t offset = h / (heads / kv_heads) * dim;
        float *to = out + h * dim, top = sinks[h], sum = 1.0f;
        memset(to, 0, dim * sizeof(float));
        for (int64_t s = 0; s < seen; s++) {
            const float *value = v + s * step + offset;
            float score = dot(query, k + s * step + offset, dim) * scale, weight = 1.0f;
            if (score > top) {
                float shrink = expf(top - score);
                for (int64_t i = 0; i < dim; i++) to[i] *= shrink;
                sum *= shrink;
                top = score;
            } else {
                weight = expf(score - top);
            }
            sum += weight;
            for (int64_t i = 0; i < dim; i++) to[i] += weight * value[i];
        }
        float factor = (gain ? gain[h] : 1.0f) / sum;
        for (int64_t i = 0; i < dim; i++) to[i] *= factor;
    }
}

/* y[r] = bias[r] + row r of the packed matrix times x; n = 32 * blocks of a row. `products` holds n * 16 floats: x[i] times
 * each of the 16 values, so that a nibble costs a look-up and an addition. */
static void matvec(const uint8_t *blocks, const uint8_t *scales, const float *bias, const float *x, float *y, int64_t rows, int64_t n,
                   float *products) {
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < 16; c++) products[i * 16 + c] = x[i] * VALUES[c];
    for (int64_t r = 0; r < rows; r++) {
        float total = bias[r];
        for (int64_t b = 0; b < n / BLOCK; b++, blocks += BLOCK / 2) {
            const float *p = products + b * BLOCK * 16;
            float even[4] = {0}, odd[4] = {0};
            for (int j = 0; j < BLOCK / 2; j += 4, p += 4 * 32)
                for (int l = 0; l < 4; l++) {
                    even[l] += p[l * 32 + (blocks[j + l] & 15)];
                    odd[l] += p[l * 32 + 16 + (blocks[j + l] >> 4)];
                }
            total += ldexpf((even[0] + odd[0]) + (even[1] + odd[1]) + (even[2] + odd[2]) + (even[3] + odd[3]), (int)*scales++ - 127);
        }
        y[r] = total;
    }
}

#ifdef HAS_AVX2_CODE
/* The same with 8 lanes: a nibble picks twice its value, a whole number, from a register. */
__attribute__((target("avx2,fma"))) static void matvec_avx2(const uint8_t *blocks, const uint8_t *scales, const float *bias, const float *x,
                                                            float *y, int64_t rows, int64_t n) {
    const __m128i twice = _mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12), nibble = _mm_set1_epi8(15);
    for (int64_t r = 0; r < rows; r++) {
        __m256 total = _mm256_setzero_ps();
        for (int64_t b = 0; b < n / BLOCK; b++, blocks += BLOCK / 2) {
            __m128i packed = _mm_loadu_si128((const __m128i *)blocks);
            __m128i even = _mm_shuffle_epi8(twice, _mm_and_si128(packed, nibble));
            __m128i odd = _mm_shuffle_epi8(twice, _mm_and_si128(_mm_srli_epi16(packed, 4), nibble));
            __m128i halves[2] = {_mm_unpacklo_epi8(even, odd), _mm_unpackhi_epi8(even, odd)};
            __m256 sum = _mm256_setzero_ps();
            for (int h = 0; h < 2; h++) {
                const float *at = x + b * BLOCK + 16 * h;
                __m256 first = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(halves[h]));
                __m256 second = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(halves[h], 8)));
                sum = _mm256_fmadd_ps(first, _mm256_loadu_ps(at), sum);
                sum = _mm256_fmadd_ps(second, _mm256_loadu_ps(at + 8), sum);
            }
            uint32_t bits = ((uint32_t)*scales - 1) << 23; /* half of the scale, as a float's exponent; the two least have none */
            float half;
            memcpy(&half, &bits, sizeof half);
            total = _mm256_fmadd_ps(sum, _mm256_set1_ps(*scales > 1 ? half : ldexpf(1.0f, (int)*scales - 128)), total);
            scales++;
        }
        float lanes[8], whole = bias[r];
        _mm256_storeu_ps(lanes, total);
        for (int l = 0; l < 8; l++) whole += lanes[l];
        y[r] = whole;
    }
}
#endif

static void multiply(const uint8_t *blocks, const uint8_t *scales, const float *bias, const float *x, float *y, int64_t rows, int64_t n,
                     float *products, int avx2) {
#ifdef HAS_AVX2_CODE
    if (avx2) {
        matvec_avx2(blocks, scales, bias, x, y, rows, n);
        return;
    }
#endif
    (void)avx2;
    matvec(blocks, scales, bias, x, y, rows, n, products);
}

/* Whether this processor has the instructions of matvec_avx2. */
API int gn_has_avx2(void) {
#ifdef HAS_AVX2_CODE
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

/* The mixture for one token. x (D); ids, weights (A); gate_up packed (E, 2F, D), its bias (E, 2F); down packed (E, D, F), its
 * bias (E, D); out (D). `scratch` holds 16 * max(D, F) + 2F + D floats. `avx2` as gn_has_avx2 says. */
API void gn_experts(const float *x, const int64_t *ids, const float *weights, int64_t active, const uint8_t *gate_up,
                    const uint8_t *gate_up_scales, const float *gate_up_bias, const uint8_t *down, const uint8_t *down_scales,
                    const float *down_bias, int64_t d, int64_t f, float limit, float *out, float *scratch, int avx2) {
    float *products = scratch, *hidden = scratch + 16 * (d > f ? d : f), *result = hidden + 2 * f;
    memset(out, 0, d * sizeof(float));
    for (int64_t a = 0; a < active; a++) {
        int64_t e = ids[a];
        multiply(gate_up + e * f * d, gate_up_scales + e * 2 * f * d / BLOCK, gate_up_bias + e * 2 * f, x, hidden, 2 * f, d, products, avx2);
        for (int64_t i = 0; i < f; i++) {
            float gate = hidden[2 * i], up = hidden[2 * i + 1]; /* comparisons, not fminf: a NaN must stay one */
            gate = gate > limit ? limit : gate;
            up = up > limit ? limit : up < -limit ? -limit : up;
            hidden[i] = gate / (1.0f + expf(-1.702f * gate)) * (up + 1.0f);
        }
        multiply(down + e * d * f / 2, down_scales + e * d * f / BLOCK, down_bias + e * d, hidden, result, d, f, products, avx2);
        for (int64_t i = 0; i < d; i++) out[i] += weights[a] * result[i];
    }
}

#ifndef GN_NO_PYTHON
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_cpu", NULL, -1, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__cpu(void) { return PyModule_Create(&module); }
#endif
