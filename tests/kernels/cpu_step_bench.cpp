#include "hearth/kernels/cpu_backend.h"
#include "hearth/kernels/half.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

/// Times each operation of a layer, and whole steps, at the shapes of SmolLM2-135M in Q4_1:
///     cpu_step_bench [threads]
/// An operation's figure is that of a program which does nothing but repeat it, once a layer with
/// weights and cache of its own, divided by the layers.
namespace {

using namespace hearth::kernels;

/// Seconds of wall time, or of processor time with one thread: that holds on a busy machine too.
class Stopwatch {
public:
    static void useProcessorTime() { s_clock = CLOCK_PROCESS_CPUTIME_ID; }
    [[nodiscard]] double seconds() const { return now() - m_begin; }

private:
    static double now() {
        timespec time{};
        clock_gettime(s_clock, &time);
        return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
    }
    static inline clockid_t s_clock = CLOCK_MONOTONIC;
    double m_begin = now();
};

constexpr std::int32_t kLayers = 30;
constexpr std::int32_t kHidden = 576;
constexpr std::int32_t kHeads = 9;
constexpr std::int32_t kKvHeads = 3;
constexpr std::int32_t kHeadWidth = 64;
constexpr std::int32_t kInner = 1536;
constexpr std::int32_t kVocabulary = 49152;
constexpr std::int32_t kQueries = kHeads * kHeadWidth;
constexpr std::int32_t kKeys = kKvHeads * kHeadWidth;
constexpr std::int32_t kMaxContext = 2048;
constexpr std::int32_t kBlockTokens = 16;

void require(Status status, const char* what) {
    if (status == Status::Ok)
        return;
    std::fprintf(stderr, "%s: status %d\n", what, int(status));
    std::exit(1);
}

/// The values that a layer works on, in the order of their ids.
enum Activations : ValueId { X, Normed, Qkv, Mixed, Gates, Inner, Chosen, Logits };

class Bench {
public:
    explicit Bench(Backend& backend)
        : m_backend(backend) {
        m_layout.layers = kLayers;
        m_layout.kvHeads = kKvHeads;
        m_layout.keyWidth = m_layout.valueWidth = kHeadWidth;
        m_layout.blockTokens = kBlockTokens;
        m_program.values = {{Rows::Tokens, kHidden},
                            {Rows::Tokens, kHidden},
                            {Rows::Tokens, kQueries + 2 * kKeys},
                            {Rows::Tokens, kQueries},
                            {Rows::Tokens, 2 * kInner},
                            {Rows::Tokens, kInner},
                            {Rows::Logits, kHidden},
                            {Rows::Logits, kVocabulary}};
        m_table = matrix(kVocabulary, kHidden);
        for (const ValueId value : {X, Normed, Qkv, Mixed, Gates, Inner})
            embed(value);
    }

    View whole(ValueId value) const {
        return {value, 0, m_program.values[std::size_t(value)].width};
    }
    void add(Operation operation) { m_program.operations.push_back(std::move(operation)); }

    void norm(ValueId from, ValueId to) {
        add(NormOp{NormKind::Rms, whole(from), whole(to), kHidden, gain(), kNone, 0.0F, 1e-5F});
    }
    void linear(ValueId from, ValueId to, bool accumulate) {
        LinearOp op{whole(from), whole(to), matrix(whole(to).width, whole(from).width)};
        op.accumulate = accumulate;
        add(op);
    }
    void rope() {
        for (const View& heads : {View{Qkv, 0, kQueries}, View{Qkv, kQueries, kKeys}}) {
            RopeOp op{heads, kHeadWidth, kHeadWidth, RopePairing::Adjacent, {}, 1.0F};
            for (std::int32_t i = 0; i < kHeadWidth / 2; ++i)
                op.frequencies.push_back(std::pow(1e5F, -2.0F * float(i) / kHeadWidth));
            add(op);
        }
    }
    void store(std::int32_t layer) {
        add(StoreKvOp{{Qkv, kQueries, kKeys}, {Qkv, kQueries + kKeys, kKeys}, 0, layer});
    }
    void attention(std::int32_t layer) {
        AttentionOp op;
        op.queries = {Qkv, 0, kQueries};
        op.out = whole(Mixed);
        op.layer = layer;
        op.heads = kHeads;
        op.scale = 0.125F;
        add(op);
    }
    void activation() {
        add(ActivationOp{
            Activation::Silu, {Gates, 0, kInner}, {Gates, kInner, kInner}, whole(Inner)});
    }
    void head() {
        add(SelectRowsOp{whole(X), whole(Chosen)});
        norm(Chosen, Chosen);
        add(LinearOp{whole(Chosen), whole(Logits), m_table});
        m_program.logits = whole(Logits);
    }
    void layer(std::int32_t index) {
        norm(X, Normed);
        linear(Normed, Qkv, false);
        rope();
        store(index);
        attention(index);
        linear(Mixed, X, true);
        norm(X, Normed);
        linear(Normed, Gates, false);
        activation();
        linear(Inner, X, true);
    }

    /// The least seconds of a step with `tokens` tokens that end at `context`.
    double seconds(std::int32_t tokens, std::int32_t context) {
        std::unique_ptr<Executable> executable;
        std::vector<const PackedWeight*> weights;
        for (const auto& weight : m_weights)
            weights.push_back(weight.get());
        require(m_backend.prepare(m_program, weights, {&m_layout, 1},
                                  {512, 4, 4, kMaxContext, false}, executable),
                "prepare");
        std::unique_ptr<KvArena> arena;
        require(m_backend.createKvArena(m_layout, kMaxContext / kBlockTokens, arena), "arena");
        require(arena->resize(kMaxContext / kBlockTokens), "resize");
        KvArena* const arenas[] = {arena.get()};

        std::vector<std::int32_t> ids(std::size_t(tokens), 7);
        std::vector<std::int32_t> positions(ids.size());
        std::iota(positions.begin(), positions.end(), context - tokens);
        std::vector<std::int32_t> blocks(kMaxContext / kBlockTokens);
        std::iota(blocks.begin(), blocks.end(), 0);
        const std::int32_t starts[] = {0, tokens};
        const std::int32_t rows[] = {tokens - 1};
        const GroupTables table{blocks.data(), std::int32_t(blocks.size()), nullptr};
        const HostStep step{ids, positions, starts, {&context, 1}, rows, {}, {&table, 1}, {}, 0};
        const std::size_t repeats = tokens == 1 ? 60 : 7;
        std::vector<double> times;
        for (std::size_t i = 0; i < repeats; ++i) {
            const Stopwatch watch;
            require(executable->stage(step), "stage");
            require(executable->run(arenas), "run");
            times.push_back(watch.seconds());
        }
        std::sort(times.begin(), times.end());
        m_executable = std::move(executable);
        return times.front();
    }
    /// Microseconds of drawing one token; after seconds() of a program with logits.
    double sampling(const SamplingRow& row) {
        std::vector<double> times;
        SampleResult result;
        for (int i = 0; i < 50; ++i) {
            const Stopwatch watch;
            require(m_executable->sample({&row, 1}, {&result, 1}), "sample");
            times.push_back(watch.seconds());
        }
        std::sort(times.begin(), times.end());
        return times.front() * 1e6;
    }

private:
    void embed(ValueId value) {
        const std::int32_t width = whole(value).width;
        add(EmbedOp{value == X ? m_table : matrix(16, width), kNone, 1.0F, whole(value)});
    }
    WeightId matrix(std::int64_t rows, std::int64_t columns) {
        // Q4_1: scale 2^-6, offset -2^-3, random codes.
        const std::int64_t rowBytes = columns / 32 * 20;
        auto& bytes = m_sources.emplace_back(std::size_t(rows * rowBytes));
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = std::byte(m_random() >> 24);
        for (std::size_t i = 0; i < bytes.size(); i += 20) {
            const std::uint16_t pair[] = {f32ToF16(0x1p-6F), f32ToF16(-0x1p-3F)};
            std::copy_n(reinterpret_cast<const std::byte*>(pair), 4, bytes.data() + i);
        }
        const WeightSource source{bytes.data(), DType::Q4_1, rows, columns, rowBytes, nullptr};
        require(m_backend.packMatrix({&source, 1}, m_weights.emplace_back()), "pack");
        return WeightId(m_weights.size() - 1);
    }
    WeightId gain() {
        const std::vector<float> ones(kHidden, 1.0F);
        const WeightSource source{reinterpret_cast<const std::byte*>(ones.data()),
                                  DType::F32,
                                  1,
                                  kHidden,
                                  kHidden * 4,
                                  nullptr};
        require(m_backend.packVector({&source, 1}, m_weights.emplace_back()), "pack");
        return WeightId(m_weights.size() - 1);
    }

    Backend& m_backend;
    std::mt19937 m_random{1};
    Program m_program;
    KvLayout m_layout;
    WeightId m_table = kNone;
    std::vector<std::vector<std::byte>> m_sources;
    std::vector<std::unique_ptr<PackedWeight>> m_weights;
    std::unique_ptr<Executable> m_executable;
};

struct Part {
    const char* name;
    std::function<void(Bench&, std::int32_t layer)> build;
};

} // namespace

int main(int argc, char** argv) {
    std::unique_ptr<Backend> backend;
    CpuOptions options;
    options.threads = argc > 1 ? std::atoi(argv[1]) : 0;
    require(createCpuBackend(options, backend), "backend");
    const DeviceInfo device = backend->device();
    if (device.threads == 1)
        Stopwatch::useProcessorTime();
    std::printf("%s, %s, %d threads\n%-16s %12s %12s %12s\n", device.name.c_str(),
                device.features.c_str(), device.threads, "us a layer", "T=1 C=128", "T=1 C=1024",
                "T=512 C=512");
    const std::vector<Part> parts{
        {"norm", [](Bench& b, std::int32_t) { b.norm(X, Normed); }},
        {"norm, qkv",
         [](Bench& b, std::int32_t) { b.norm(X, Normed), b.linear(Normed, Qkv, false); }},
        {"rope", [](Bench& b, std::int32_t) { b.rope(); }},
        {"rope, store", [](Bench& b, std::int32_t i) { b.rope(), b.store(i); }},
        {"attention", [](Bench& b, std::int32_t i) { b.attention(i); }},
        {"output", [](Bench& b, std::int32_t) { b.linear(Mixed, X, true); }},
        {"norm, gate, up",
         [](Bench& b, std::int32_t) { b.norm(X, Normed), b.linear(Normed, Gates, false); }},
        {"silu", [](Bench& b, std::int32_t) { b.activation(); }},
        {"silu, down", [](Bench& b, std::int32_t) { b.activation(), b.linear(Inner, X, true); }},
        {"layer", [](Bench& b, std::int32_t i) { b.layer(i); }},
    };
    const std::pair<std::int32_t, std::int32_t> shapes[] = {{1, 128}, {1, 1024}, {512, 512}};
    Bench empty(*backend);
    for (const Part& part : parts) {
        std::printf("%-16s", part.name);
        Bench full(*backend);
        for (std::int32_t layer = 0; layer < kLayers; ++layer)
            part.build(full, layer);
        for (const auto& [tokens, context] : shapes) {
            const double base = empty.seconds(tokens, context);
            std::printf(" %12.2f", (full.seconds(tokens, context) - base) / kLayers * 1e6);
            std::fflush(stdout);
        }
        std::printf("\n");
    }
    Bench model(*backend);
    for (std::int32_t layer = 0; layer < kLayers; ++layer)
        model.layer(layer);
    model.head();
    std::printf("%-16s", "step, ms");
    for (const auto& [tokens, context] : shapes)
        std::printf(" %12.2f", model.seconds(tokens, context) * 1e3);
    SamplingRow greedy;
    greedy.temperature = 0.0F;
    SamplingRow nucleus;
    nucleus.topP = 0.9F;
    SamplingRow topK;
    topK.topK = 40;
    std::printf("\nsampling, us: greedy %.0f, top-p %.0f, top-k %.0f, plain %.0f\n",
                model.sampling(greedy), model.sampling(nucleus), model.sampling(topK),
                model.sampling({}));
}
