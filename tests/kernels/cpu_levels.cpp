/* Every function of gptoss_nb/kernels/_cpu.cpp with each instruction set of this processor, held to the plain one, at ragged sizes,
 * with weights at odd addresses and with one, two and five threads. Compiled and run by test_cpu_other_processors.py.
 */
#define GN_NO_PYTHON
#include "_cpu.cpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>

typedef std::vector<float> Floats;
typedef std::vector<uint8_t> Bytes;
static const char *NAMES[] = {"plain", "avx2", "avx512", "neon", "neon_dot"};
static const double TOLERANCE = 1e-5; /* float32 in another order of adding; sums of whole numbers are the same */
static std::mt19937 random_bits(1);
static int checks, failures;

static Floats normal(int64_t n) {
    std::normal_distribution<float> next;
    Floats made(n);
    for (float &x : made) x = next(random_bits);
    return made;
}

static Bytes bytes(int64_t n, int low, int high) {
    Bytes made(n);
    for (uint8_t &x : made) x = (uint8_t)(low + random_bits() % (high - low + 1));
    return made;
}

static std::vector<uint16_t> shortened(const Floats &x) {
    std::vector<uint16_t> made;
    for (float each : x) {
        uint32_t bits;
        memcpy(&bits, &each, sizeof bits);
        made.push_back((uint16_t)(bits >> 16));
    }
    return made;
}

/* The same bytes at an odd address, and none behind them. */
struct Odd {
    Bytes held;
    template <class T> explicit Odd(const std::vector<T> &from) : held(from.size() * sizeof(T) + 1) {
        memcpy(held.data() + 1, from.data(), held.size() - 1);
    }
    const uint8_t *at() const { return held.data() + 1; }
};

static double error(const Floats &a, const Floats &b) {
    double off = 0, size = 0;
    for (size_t i = 0; i < a.size(); i++) {
        if (std::isnan(a[i]) != std::isnan(b[i]) || (std::isinf(b[i]) && a[i] != b[i])) return INFINITY;
        if (!std::isfinite(b[i])) continue;
        off += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += (double)b[i] * b[i];
    }
    return off > 0 ? std::sqrt(off / size) : 0;
}

static void expect(bool right, const std::string &what) {
    checks++;
    if (right) return;
    failures++;
    printf("wrong: %s\n", what.c_str());
}

/* fn(threads, level) gives numbers: those of the plain level within `tolerance`, and the same bits for any number of threads. */
template <class Function> static Floats each(const std::string &what, double tolerance, Function fn) {
    const Floats plain = fn(1, PLAIN);
    for (int level = 0; level < 5; level++) {
        if (!(gn_levels() >> level & 1)) continue;
        const Floats one = fn(1, level);
        expect(error(one, plain) <= tolerance, what + ": " + NAMES[level] + " is off by " + std::to_string(error(one, plain)));
        for (int threads : {2, 5}) {
            const Floats made = fn(threads, level);
            expect(!memcmp(made.data(), one.data(), one.size() * sizeof(float)), what + ": threads change " + NAMES[level]);
        }
    }
    return plain;
}

static bool all_nan(const Floats &x) {
    return std::all_of(x.begin(), x.end(), [](float each) { return std::isnan(each); });
}

static void check_linear(int64_t rows, int64_t n, int64_t tokens, int kind) {
    const std::string shape = std::to_string(rows) + " x " + std::to_string(n);
    const std::string what = (kind == BFLOAT16 ? "linear, bfloat16 " : "linear, float32 ") + shape;
    const Floats w = normal(rows * n), bias = normal(rows);
    const Odd weight = kind == BFLOAT16 ? Odd(shortened(w)) : Odd(w);
    Floats x = normal(tokens * n);
    auto run = [&](int threads, int level) {
        Floats out(tokens * (rows + 3)); /* what lies between two tokens stays */
        gn_linear(x.data(), weight.at(), bias.data(), out.data(), tokens, rows, n, rows + 3, kind, threads, level);
        return out;
    };
    const Floats out = each(what, TOLERANCE, run);
    expect(out[rows] == 0 && out.back() == 0, what + ": written past the rows");
    x[n / 2] = NAN;
    each(what + " with NaN", TOLERANCE, run);
}

static void check_linear_8(int64_t rows, int64_t n) {
    const std::string what = "linear_8 of " + std::to_string(rows) + " x " + std::to_string(n);
    const Odd weight(shortened(normal(rows * n)));
    const Floats bias = normal(rows);
    std::vector<int8_t> values(rows * n), again(rows * n);
    std::vector<uint16_t> scales(rows * n / BLOCK);
    gn_round_8(weight.at(), again.data(), scales.data(), rows, n, BFLOAT16, 1);
    gn_round_8(weight.at(), values.data(), scales.data(), rows, n, BFLOAT16, 3);
    expect(values == again, what + ": threads change round_8");
    const Odd v(values), s(scales);
    Floats x = normal(n);
    auto run = [&](int threads, int level) {
        Floats out(rows);
        gn_linear_8(x.data(), (const int8_t *)v.at(), s.at(), bias.data(), out.data(), rows, n, threads, level);
        return out;
    };
    each(what, TOLERANCE, run);
    x[5] = NAN;
    expect(all_nan(each(what + " with NaN", TOLERANCE, run)), what + ": a NaN is lost");
}

static void check_decode(int64_t n_blocks) {
    Bytes every = bytes(n_blocks, 0, 254);
    every.front() = 0, every.back() = 254;
    const Odd blocks(bytes(16 * n_blocks, 0, 255)), scales(every);
    const std::string what = "decode of " + std::to_string(n_blocks);
    const Floats wide = each(what, 0, [&](int threads, int level) {
        Floats out(n_blocks * BLOCK);
        gn_decode(blocks.at(), scales.at(), n_blocks, out.data(), FLOAT32, threads, level);
        return out;
    });
    const Floats narrow = each(what + " to bfloat16", 0, [&](int threads, int level) {
        std::vector<uint16_t> halves(n_blocks * BLOCK);
        gn_decode(blocks.at(), scales.at(), n_blocks, halves.data(), BFLOAT16, threads, level);
        Floats out;
        for (uint16_t half : halves) out.push_back(as_float((uint32_t)half << 16));
        return out;
    });
    expect(error(narrow, wide) == 0, what + ": bfloat16 does not hold the same");
}

/* `largest`: every product has one sign and is as large as can be, which is where sums of whole numbers would overflow. */
static void check_experts(int64_t d, int64_t f, int digits, bool largest) {
    const std::string what = "experts of " + std::to_string(d) + " and " + std::to_string(f) + ", digits " + std::to_string(digits);
    const int64_t n_experts = 3, ids[] = {2, 0}, first = n_experts * 2 * f * d / BLOCK, second = n_experts * d * f / BLOCK;
    const float weights[] = {0.7f, 0.3f};
    const int low = largest ? 0x77 : 0, high = largest ? 0x77 : 255; /* code 7 stands for 6 */
    const Odd gate_up(bytes(16 * first, low, high)), gate_up_scales(bytes(first, 118, 122));
    const Odd down(bytes(16 * second, low, high)), down_scales(bytes(second, 118, 122));
    const Floats gate_up_bias = normal(n_experts * 2 * f), down_bias = normal(n_experts * d);
    Floats x = largest ? Floats(d, 126.0f) : normal(d);
    auto run = [&](int threads, int level) {
        Floats out(d);
        gn_experts(x.data(), ids, weights, 2, gate_up.at(), gate_up_scales.at(), gate_up_bias.data(), down.at(), down_scales.at(),
                   down_bias.data(), d, f, largest ? 1e30f : 7.0f, out.data(), digits, threads, level);
        return out;
    };
    each(what + (largest ? ", the largest" : ""), TOLERANCE, run);
    x[d / 2 + 3] = NAN;
    expect(all_nan(each(what + " with NaN", TOLERANCE, run)), what + ": a NaN is lost");
}

static void check_attention(int64_t heads, int64_t kv_heads, int64_t dim, int64_t seen, bool gained) {
    const int64_t step = kv_heads * dim + 5;
    const Floats q = normal(heads * dim), k = normal(seen * step), v = normal(seen * step), sinks = normal(heads), gain = normal(heads);
    each("attention over " + std::to_string(seen) + ", dim " + std::to_string(dim), TOLERANCE, [&](int threads, int level) {
        Floats out(heads * dim);
        gn_attention(q.data(), k.data(), v.data(), sinks.data(), gained ? gain.data() : nullptr, out.data(), heads, kv_heads, dim, seen,
                     step, threads, level);
        return out;
    });
}

static void check_rms_norm(int64_t n) {
    const Floats x = normal(n), scale = normal(n);
    each("rms_norm of " + std::to_string(n), TOLERANCE, [&](int, int level) {
        Floats out(n);
        gn_rms_norm(x.data(), scale.data(), out.data(), n, 1e-5f, level);
        return out;
    });
}

int main() {
    printf("levels:");
    for (int level = 0; level < 5; level++)
        if (gn_levels() >> level & 1) printf(" %s", NAMES[level]);
    printf("\n");
    for (int kind : {FLOAT32, BFLOAT16}) /* 1100 rows of 64: more than one thread's share */
        for (int64_t n : {1, 7, 31, 32, 33, 64, 96, 103, 2880}) check_linear(n == 64 ? 1100 : 5, n, n % 2 ? 3 : 1, kind);
    for (int64_t n : {32, 64, 96, 128, 160, 2880}) check_linear_8(n == 64 ? 1100 : 50, n);
    for (int64_t n_blocks : {1, 3, 90, 4100}) check_decode(n_blocks);
    for (int digits : {1, 3})
        for (bool largest : {false, true})
            for (int64_t d : {32, 64, 96, 128, 160, 2880}) check_experts(d, d == 2880 ? 32 : 224 - d, digits, largest);
    for (int64_t seen : {1, 31, 33, 129}) check_attention(8, 2, 20, seen, seen > 31), check_attention(64, 8, 64, seen, false);
    for (int64_t n : {1, 15, 16, 33, 2880}) check_rms_norm(n);
    printf("%d checks, %d wrong\n", checks, failures);
    return failures ? 1 : 0;
}
