/* The operations of cpu_ops.py at the speed of the memory: rows of a matrix shared out among threads, each read once where it lies and
 * decoded in registers.
 *
 * Plain C functions, called through ctypes; no headers of Python or torch but for the empty module at the end, with which setuptools
 * builds this file as an optional extension. Shapes as in reference.py; all arrays are contiguous unless a stride says otherwise, and
 * those of weights may begin at any byte. Names: T tokens, D, F, A, S as in the house's words; `level` an instruction set of gn_levels,
 * `threads` how many may be used. What one row costs is in _cpu_rows.h, what an instruction set has in _cpu_vectors.h.
 */
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef _MSC_VER
#include <intrin.h>
#endif

struct Digits;
/* What a level has: see _cpu_rows.h and _cpu_vectors.h. */
struct Rows {
    float (*dot_float32)(const float *, const float *, int64_t);
    float (*dot_bfloat16)(const uint8_t *, const float *, int64_t);
    float (*dot_packed)(const uint8_t *, const uint8_t *, const Digits &, int64_t);
    float (*dot_8)(const int8_t *, const uint8_t *, const Digits &, int64_t);
    void (*decode)(const uint8_t *, const uint8_t *, int64_t, float *);
    void (*decode_bfloat16)(const uint8_t *, const uint8_t *, int64_t, uint16_t *);
    void (*round)(const float *, int, int8_t *, int64_t, bool, float *, int32_t *);
    void (*attend)(const float *, const float *, const float *, const float *, const float *, float *, int64_t, int64_t, int64_t, int64_t);
};
#include "_cpu_vectors.h"

#ifdef _WIN32
#define API extern "C" __declspec(dllexport)
#else
#define API extern "C" __attribute__((visibility("default")))
#endif

/* ---- instruction sets */

enum { PLAIN, AVX2, AVX512, NEON, NEON_DOT };

/* A bit for each level that this processor has. */
API int gn_levels(void) {
    int has = 1 << PLAIN;
#if defined(ON_X86) && defined(_MSC_VER)
    int leaf[4];
    __cpuidex(leaf, 1, 0);
    const bool fma = leaf[2] & 1 << 12;
    const unsigned long long kept = leaf[2] & 1 << 27 ? _xgetbv(0) : 0; /* the registers that the system keeps, if it says so */
    __cpuidex(leaf, 7, 0);
    if ((kept & 6) == 6 && fma && (leaf[1] & 1 << 5)) has |= 1 << AVX2;
    if ((has & 1 << AVX2) && (kept & 0xe6) == 0xe6 && (leaf[1] & 1 << 16) && (leaf[1] & 1 << 17) && (leaf[1] & 1 << 30) &&
        (leaf[1] & 1u << 31) && (leaf[2] & 1 << 11))
        has |= 1 << AVX512;
#elif defined(ON_X86)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) has |= 1 << AVX2;
    if ((has & 1 << AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni"))
        has |= 1 << AVX512;
#elif defined(ON_ARM)
    has |= 1 << NEON;
    if (has_dot()) has |= 1 << NEON_DOT;
#endif
    return has;
}

/* Whether it multiplies matrices of bfloat16 faster than of float32. */
API int gn_has_bfloat16_products(void) {
#if defined(ON_X86) && defined(_MSC_VER)
    int leaf[4];
    __cpuidex(leaf, 7, 1);
    return (gn_levels() >> AVX512 & 1) && (leaf[0] & 1 << 5);
#elif defined(ON_X86) && (defined(__clang__) || __GNUC__ >= 10) /* an older one does not know the name */
    return (gn_levels() >> AVX512 & 1) && __builtin_cpu_supports("avx512bf16");
#else
    return 0;
#endif
}

static const Rows &at_level(int level) {
#ifdef ON_X86
    if (level == AVX2) return avx2::rows;
    if (level == AVX512) return avx512::rows;
#elif defined(ON_ARM)
    if (level == NEON) return neon::rows;
    if (level == NEON_DOT) return neon_dot::rows;
#endif
    return plain::rows;
}

/* ---- threads */

/* Threads that wait for work. One piece of work at a time: whoever has it does a share, and so does each thread that wakes up in time. */
class Pool {
    typedef std::function<void(int64_t, int64_t)> Work;
    std::vector<std::thread> threads;
    std::mutex busy, lock;
    std::condition_variable wake, done;
    const Work *work = nullptr; /* under `lock`, as all that follows but for the two numbers that are atomic */
    std::atomic<int64_t> next{0};
    std::atomic<uint64_t> round{0};
    int64_t n = 0, grain = 1;
    int wanted = 0, running = 0;

    void share(const Work &each) {
        for (int64_t begin; (begin = next.fetch_add(grain)) < n;) each(begin, begin + grain < n ? begin + grain : n);
    }

    void wait_for_work(int number) {
        uint64_t seen = 0;
        for (;;) {
            for (int turn = 0; turn < TURNS && round.load() == seen; turn++) pause();
            std::unique_lock<std::mutex> held(lock);
            wake.wait(held, [&] { return round.load() != seen; });
            seen = round.load();
            if (!work || number >= wanted) continue;
            running++;
            const Work &each = *work;
            held.unlock();
            share(each);
            held.lock();
            if (--running == 0) done.notify_one();
        }
    }

    enum { TURNS = 2000 }; /* some 30 microseconds, in which the next operation mostly comes */
    static void pause() {
#ifdef ON_X86
        _mm_pause();
#else
        std::this_thread::yield();
#endif
    }

  public:
    void run(int n_threads, int64_t n_all, int64_t n_at_once, const Work &each) {
        std::lock_guard<std::mutex> alone(busy);
        {
            std::lock_guard<std::mutex> held(lock);
            try {
                while ((int)threads.size() < n_threads - 1) threads.emplace_back(&Pool::wait_for_work, this, (int)threads.size());
            } catch (const std::system_error &) { /* the system gives no more: those that are there do it all */
            }
            work = &each, n = n_all, grain = n_at_once, wanted = n_threads - 1, next = 0;
            round.fetch_add(1);
        }
        wake.notify_all();
        share(each);
        std::unique_lock<std::mutex> held(lock);
        work = nullptr; /* who wakes up now has come too late */
        done.wait(held, [&] { return running == 0; });
    }
};

static Pool *pool; /* never deleted: its threads wait until the process ends */
#ifndef _WIN32
#include <pthread.h>
static void forget() { pool = nullptr; } /* a forked child has none of the threads */
#endif

/* each(begin, end) over 0 .. n, `grain` at a time. */
static void run(int threads, int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)> &each) {
    if (threads <= 1 || n <= grain) {
        each(0, n);
        return;
    }
    static std::mutex making;
    {
        std::lock_guard<std::mutex> held(making);
        if (!pool) {
#ifndef _WIN32
            static bool told = !pthread_atfork(nullptr, nullptr, forget);
            (void)told;
#endif
            pool = new Pool;
        }
    }
    pool->run(threads, n, grain, each);
}

static const int64_t SHARE = 1 << 18; /* bytes of weights that are worth handing out: some 20 microseconds */

static int64_t grain_of(int64_t row_bytes) { return row_bytes >= SHARE ? 1 : (SHARE + row_bytes - 1) / row_bytes; }

/* ---- vectors */

/* Each 32 as 16 even ones and 16 odd ones; what is left over stays. */
static void split(const float *x, float *to, int64_t n) {
    int64_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        for (int j = 0; j < 16; j++) {
            to[i + j] = x[i + 2 * j];
            to[i + 16 + j] = x[i + 2 * j + 1];
        }
    for (; i < n; i++) to[i] = x[i];
}

/* n floats, a multiple of 32, as Digits; `halved`: even elements before odd ones. */
class Rounded {
    std::vector<int8_t> values;
    std::vector<float> scales;
    std::vector<int32_t> offsets;
    int n_digits;
    int64_t room; /* blocks, a multiple of four */

  public:
    Rounded(const Rows &rows, const float *x, int64_t n, int n_digits, bool halved) : n_digits(n_digits), room((n / BLOCK + 3) / 4 * 4) {
        values.resize(n_digits * room * BLOCK);
        scales.resize(room);
        offsets.resize(4 * room);
        for (int64_t b = 0; b < n / BLOCK; b++)
            rows.round(x + b * BLOCK, n_digits, values.data() + b * (halved ? BLOCK / 2 : BLOCK), room * BLOCK, halved, &scales[b], &offsets[4 * b]);
    }
    Digits view() const { return {n_digits, values.data(), room * BLOCK, scales.data(), offsets.data()}; }
};

/* ---- operations */

API void gn_rms_norm(const float *x, const float *scale, float *y, int64_t n, float eps, int level) {
    float inverse = 1.0f / sqrtf(at_level(level).dot_float32(x, x, n) / n + eps);
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * inverse * scale[i];
}

/* q (H, d); k, v (S, K, d) with `step` floats from one position to the next; sinks (H); gain (H) or NULL; out (H, d). */
API void gn_attention(const float *q, const float *k, const float *v, const float *sinks, const float *gain, float *out, int64_t heads,
                      int64_t kv_heads, int64_t dim, int64_t seen, int64_t step, int threads, int level) {
    const Rows &rows = at_level(level);
    int64_t group = heads / kv_heads;
    run(seen * heads * dim < SHARE ? 1 : threads, kv_heads, 1, [&](int64_t begin, int64_t end) {
        for (int64_t h = begin; h < end; h++)
            rows.attend(q + h * group * dim, k + h * dim, v + h * dim, sinks + h * group, gain ? gain + h * group : nullptr, out + h * group * dim,
                        group, dim, seen, step);
    });
}

enum { FLOAT32, BFLOAT16 };

/* out (T, rows), to which `stride` floats lead from one token to the next, of x (T, n) and weight (rows, n) in `kind`; bias (rows) or NULL. */
API void gn_linear(const float *x, const uint8_t *weight, const float *bias, float *out, int64_t tokens, int64_t n_rows, int64_t n, int64_t stride,
                   int kind, int threads, int level) {
    const Rows &rows = at_level(level);
    std::vector<float> inputs(tokens * n);
    for (int64_t t = 0; t < tokens; t++) {
        if (kind == BFLOAT16)
            split(x + t * n, inputs.data() + t * n, n);
        else
            memcpy(inputs.data() + t * n, x + t * n, n * sizeof(float));
    }
    int64_t row_bytes = n * (kind == BFLOAT16 ? 2 : 4);
    run(threads, n_rows, grain_of(row_bytes), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; r++)
            for (int64_t t = 0; t < tokens; t++) {
                const float *input = inputs.data() + t * n;
                const uint8_t *row = weight + r * row_bytes;
                float made = kind == BFLOAT16 ? rows.dot_bfloat16(row, input, n) : rows.dot_float32((const float *)row, input, n);
                out[t * stride + r] = made + (bias ? bias[r] : 0.0f);
            }
    });
}

/* The same of one token and a weight in 8 bits: values (rows, n), scales bfloat16 (rows, n / 32). */
API void gn_linear_8(const float *x, const int8_t *weight, const uint8_t *scales, const float *bias, float *out, int64_t n_rows, int64_t n,
                     int threads, int level) {
    const Rows &rows = at_level(level);
    Rounded rounded(rows, x, n, 1, false);
    Digits input = rounded.view();
    int64_t n_blocks = n / BLOCK;
    run(threads, n_rows, grain_of(n), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; r++)
            out[r] = rows.dot_8(weight + r * n, scales + 2 * r * n_blocks, input, n_blocks) + (bias ? bias[r] : 0.0f);
    });
}

/* A matrix (rows, n) of `kind` in 8 bits: values (rows, n) and bfloat16 scales (rows, n / 32). */
API void gn_round_8(const uint8_t *weight, int8_t *to, uint16_t *scales, int64_t n_rows, int64_t n, int kind, int threads) {
    run(threads, n_rows, grain_of(2 * n), [&](int64_t begin, int64_t end) {
        for (int64_t b = begin * n / BLOCK; b < end * n / BLOCK; b++) {
            float block[BLOCK], most = 0, odd = 0;
            for (int i = 0; i < BLOCK; i++) {
                int64_t at = b * BLOCK + i;
                if (kind == BFLOAT16)
                    block[i] = bfloat16(weight + 2 * at);
                else
                    memcpy(block + i, weight + 4 * at, 4);
                most = fabsf(block[i]) > most ? fabsf(block[i]) : most;
                odd += 0 * block[i]; /* not a number where one is none, which comparisons pass over */
            }
            float scale = most / 127 + odd;
            uint32_t bits;
            memcpy(&bits, &scale, sizeof bits);
            bits = scale == scale ? (bits + 0xffff) >> 16 : 0x7fc0; /* upwards, so that 127 times it is enough */
            scales[b] = (uint16_t)bits;
            scale = as_float(bits << 16);
            for (int i = 0; i < BLOCK; i++) to[b * BLOCK + i] = scale > 0 && scale < INFINITY ? (int8_t)lrintf(block[i] / scale) : 0;
        }
    });
}

/* Packed rows as numbers of `kind`: out (n_blocks, 32), each block as 16 even and 16 odd ones. */
API void gn_decode(const uint8_t *blocks, const uint8_t *scales, int64_t n_blocks, void *out, int kind, int threads, int level) {
    const Rows &rows = at_level(level);
    run(threads, n_blocks, SHARE / 16, [&](int64_t begin, int64_t end) {
        if (kind == BFLOAT16)
            rows.decode_bfloat16(blocks + begin * 16, scales + begin, end - begin, (uint16_t *)out + begin * BLOCK);
        else
            rows.decode(blocks + begin * 16, scales + begin, end - begin, (float *)out + begin * BLOCK);
    });
}

static float swiglu(float gate, float up, float limit) { /* comparisons, not fminf: a NaN must stay one */
    gate = gate > limit ? limit : gate;
    up = up > limit ? limit : up < -limit ? -limit : up;
    return gate / (1.0f + expf(-1.702f * gate)) * (up + 1.0f);
}

/* The mixture for one token. x (D); ids, weights (A); gate_up packed (E, 2F, D), its bias (E, 2F); down packed (E, D, F), its bias
 * (E, D); out (D). Vectors are rounded to `digits` digits before each product, 1 or 3. */
API void gn_experts(const float *x, const int64_t *ids, const float *weights, int64_t active, const uint8_t *gate_up, const uint8_t *gate_up_scales,
                    const float *gate_up_bias, const uint8_t *down, const uint8_t *down_scales, const float *down_bias, int64_t d, int64_t f,
                    float limit, float *out, int digits, int threads, int level) {
    const Rows &rows = at_level(level);
    const int64_t in = d / BLOCK, mid = f / BLOCK; /* blocks of a row */
    std::vector<float> hidden(active * f);
    std::vector<Rounded> rounded;
    rounded.reserve(1 + active);
    rounded.emplace_back(rows, x, d, digits, true);
    Digits input = rounded[0].view();
    run(threads, active * f, grain_of(2 * 17 * in), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            int64_t row = ids[i / f] * 2 * f + i % f * 2; /* gate, and below it up */
            float gate = rows.dot_packed(gate_up + row * in * 16, gate_up_scales + row * in, input, in) + gate_up_bias[row];
            float up = rows.dot_packed(gate_up + (row + 1) * in * 16, gate_up_scales + (row + 1) * in, input, in) + gate_up_bias[row + 1];
            hidden[i] = swiglu(gate, up, limit);
        }
    });
    std::vector<Digits> inner;
    for (int64_t a = 0; a < active; a++) {
        rounded.emplace_back(rows, hidden.data() + a * f, f, digits, true);
        inner.push_back(rounded[1 + a].view());
    }
    run(threads, d, grain_of(active * 17 * mid), [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; r++) {
            float total = 0;
            for (int64_t a = 0; a < active; a++) {
                int64_t row = ids[a] * d + r;
                total += weights[a] * (rows.dot_packed(down + row * mid * 16, down_scales + row * mid, inner[a], mid) + down_bias[row]);
            }
            out[r] = total;
        }
    });
}

#ifndef GN_NO_PYTHON
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_cpu", NULL, -1, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__cpu(void) { return PyModule_Create(&module); }
#endif
