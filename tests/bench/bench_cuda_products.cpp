// Times products of the shapes of Llama 3 8B on the GPU, one decoder layer and the head, in the
// formats of the benchmarks: microseconds, the share of the read bandwidth measured in the same run
// (few rows) or TFLOP/s (many), and the ratio to cuBLAS with bf16 weights. Products rotate over
// copies of the weights beyond the size of the cache, and are replayed from a graph.
//
// bench_cuda_products [--formats bf16,w4g128,q4_k,q8_0,fp8] [--shapes qkv,o,gate_up,down,head]
//                     [--rows 1,2,…] [--compute bf16|f16] [--deterministic]
#include "cuda/device/memory.h"
#include "cuda/matmul/multiply.h"
#include "cuda/runtime/ceiling.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace hearth::kernels;
using namespace hearth::kernels::cuda;

constexpr std::size_t kRotatedBytes = std::size_t{256} << 20;
constexpr std::int32_t kMaxRows = 2048;
constexpr int kRepeats = 3;

struct Shape {
    const char* name;
    std::int64_t outputs;
    std::int64_t inputs;
};
constexpr Shape kShapes[] = {{"qkv", 6144, 4096},
                             {"o", 4096, 4096},
                             {"gate_up", 28672, 4096},
                             {"down", 4096, 14336},
                             {"head", 128256, 4096}};

struct Options {
    std::vector<std::string> formats{"bf16", "w4g128", "q4_k", "q8_0", "fp8"};
    std::vector<std::string> shapes{"qkv", "o", "gate_up", "down", "head"};
    std::vector<std::int32_t> rows{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 2048};
    DType compute = DType::BF16;
    bool deterministic = false;
};

/// Ends the program where a call failed.
void check(Status status, const char* what) {
    if (status == Status::Ok)
        return;
    std::fprintf(stderr, "bench_cuda_products: %s: status %d\n", what, static_cast<int>(status));
    std::exit(1);
}

std::vector<std::string> split(const char* list) {
    std::vector<std::string> items;
    std::stringstream stream(list);
    for (std::string item; std::getline(stream, item, ',');)
        items.push_back(item);
    return items;
}

Options parse(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string option = arguments[i];
        const char* value = i + 1 < count ? arguments[i + 1] : "";
        if (option == "--deterministic") {
            options.deterministic = true;
            continue;
        }
        ++i;
        if (option == "--formats")
            options.formats = split(value);
        else if (option == "--shapes")
            options.shapes = split(value);
        else if (option == "--compute")
            options.compute = std::strcmp(value, "f16") == 0 ? DType::F16 : DType::BF16;
        else if (option == "--rows") {
            options.rows.clear();
            for (const std::string& item : split(value))
                options.rows.push_back(std::clamp(std::atoi(item.c_str()), 1, kMaxRows));
        } else {
            std::fprintf(stderr, "bench_cuda_products: unknown option %s\n", option.c_str());
            std::exit(2);
        }
    }
    return options;
}

/// What a benchmark needs besides its weights.
struct Bench {
    Bench() {
        check(toStatus(cudaStreamCreateWithFlags(&turn.stream, cudaStreamNonBlocking)), "stream");
        int count = 0;
        check(toStatus(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, 0)),
              "attribute");
        turn.multiprocessors = count;
        check(Uploader::create(uploader), "uploader");
        check(Cublas::create(cublas), "cuBLAS");
        bandwidth = measureReadBandwidth(turn);
        for (cudaEvent_t& event : events)
            check(toStatus(cudaEventCreateWithFlags(&event, cudaEventDefault)), "event");
    }

    /// Seconds of one of `launches` calls of `work`, replayed from a graph.
    double seconds(int launches, const std::function<void(int)>& work) {
        cudaGraph_t graph = nullptr;
        cudaGraphExec_t executable = nullptr;
        check(toStatus(cudaStreamBeginCapture(turn.stream, cudaStreamCaptureModeThreadLocal)),
              "capture");
        for (int i = 0; i < launches; ++i)
            work(i);
        check(toStatus(cudaStreamEndCapture(turn.stream, &graph)), "capture");
        check(toStatus(cudaGraphInstantiate(&executable, graph, 0)), "graph");
        double best = 1e30;
        for (int repeat = 0; repeat <= kRepeats; ++repeat) {
            float milliseconds = 0.0F;
            check(toStatus(cudaEventRecord(events[0], turn.stream)), "event");
            check(toStatus(cudaGraphLaunch(executable, turn.stream)), "launch");
            check(toStatus(cudaEventRecord(events[1], turn.stream)), "event");
            check(toStatus(cudaEventSynchronize(events[1])), "run");
            check(toStatus(cudaEventElapsedTime(&milliseconds, events[0], events[1])), "event");
            if (repeat > 0) // The first run warms up.
                best = std::min(best, double(milliseconds) / 1000.0 / launches);
        }
        check(toStatus(cudaGraphExecDestroy(executable)), "graph");
        check(toStatus(cudaGraphDestroy(graph)), "graph");
        return best;
    }

    DeviceTurn turn;
    std::unique_ptr<Uploader> uploader;
    std::unique_ptr<Cublas> cublas;
    cudaEvent_t events[2] = {};
    double bandwidth = 0.0;
};

WeightSource sourceOf(const std::string& format, const Shape& shape, std::uint64_t seed) {
    static const GroupQuantisation kFour;
    static const std::map<std::string, DType> kTypes{
        {"bf16", DType::BF16},  {"f16", DType::F16},      {"w4g128", DType::U8},
        {"q4_0", DType::Q4_0},  {"q4_1", DType::Q4_1},    {"q4_k", DType::Q4_K},
        {"q5_k", DType::Q5_K},  {"q6_k", DType::Q6_K},    {"q8_0", DType::Q8_0},
        {"fp8", DType::F8E4M3}, {"iq4_xs", DType::IQ4_XS}};
    const auto type = kTypes.find(format);
    check(type == kTypes.end() ? Status::Unsupported : Status::Ok, format.c_str());
    WeightSource source;
    source.type = type->second;
    source.rows = shape.outputs;
    source.columns = shape.inputs;
    source.groups = source.type == DType::U8 ? &kFour : nullptr;
    source.seed = seed;
    return source;
}

/// Copies of one matrix, enough not to stay in the cache.
std::vector<std::unique_ptr<CudaMatrix>>
makeMatrices(Bench& bench, const Options& options, const std::string& format, const Shape& shape) {
    std::vector<std::unique_ptr<CudaMatrix>> matrices;
    std::size_t bytes = 0;
    while (bytes < kRotatedBytes) {
        const WeightSource source = sourceOf(format, shape, matrices.size() + 1);
        check(packMatrix({&source, 1}, options.compute, *bench.uploader, matrices.emplace_back()),
              "packMatrix");
        bytes += matrices.back()->ownedBytes();
    }
    check(bench.uploader->finish(), "upload");
    return matrices;
}

class Products {
public:
    Products(Bench& bench, const Options& options)
        : m_bench(bench)
        , m_options(options) {
        std::int64_t inputs = 0;
        std::int64_t outputs = 0;
        for (const Shape& shape : kShapes) {
            inputs = std::max(inputs, shape.inputs);
            outputs = std::max(outputs, shape.outputs);
        }
        check(m_in.allocate(std::size_t(kMaxRows * inputs) * 2), "input");
        check(m_out.allocate(std::size_t(kMaxRows * outputs) * 2), "output");
        const WeightSource random = sourceOf("bf16", {"x", kMaxRows, inputs}, 99);
        std::unique_ptr<CudaMatrix> x;
        check(packMatrix({&random, 1}, options.compute, *bench.uploader, x), "input");
        check(bench.uploader->finish(), "input");
        check(toStatus(cudaMemcpy(m_in.data(), x->segments()[0].layout.data, m_in.bytes(),
                                  cudaMemcpyDeviceToDevice)),
              "input");
    }

    /// Seconds of one product.
    double time(const std::vector<std::unique_ptr<CudaMatrix>>& matrices, const Shape& shape,
                std::int32_t rows, bool cublas) {
        const DType compute = m_options.compute;
        const DeviceRows in{m_in.data(), shape.inputs, std::int32_t(shape.inputs), compute};
        const DeviceRows out{m_out.data(), shape.outputs, std::int32_t(shape.outputs), compute};
        MultiplyContext context;
        context.stream = m_bench.turn.stream;
        context.cublas = m_bench.cublas.get();
        context.deterministic = m_options.deterministic;
        context.multiprocessors = m_bench.turn.multiprocessors;
        context.scratchBytes =
            multiplyScratchBytes(*matrices[0], rows, compute, m_options.deterministic);
        if (m_scratch.size() < context.scratchBytes)
            check(m_scratch.allocate(context.scratchBytes), "scratch");
        context.scratch = m_scratch.data();
        const int launches = rows >= 256 ? 3 : int(std::max<std::size_t>(matrices.size(), 8));
        return m_bench.seconds(launches, [&](int i) {
            const CudaMatrix& matrix = *matrices[std::size_t(i) % matrices.size()];
            const WeightLayout& layout = matrix.segments()[0].layout;
            check(cublas ? m_bench.cublas->multiply(context.stream, in, layout.data, layout.columns,
                                                    out, rows, false)
                         : multiply(context, matrix, in, out, nullptr, false, rows),
                  "multiply");
        });
    }

private:
    Bench& m_bench;
    const Options& m_options;
    DeviceBuffer<std::byte> m_in;
    DeviceBuffer<std::byte> m_out;
    DeviceBuffer<std::byte> m_scratch;
};

void printFormat(const Options& options, const std::string& format, const Bench& bench,
                 const std::map<std::string, std::vector<double>>& times,
                 const std::map<std::string, std::vector<double>>& references,
                 const std::map<std::string, double>& bytes) {
    std::printf("\n%-8s rows:", format.c_str());
    for (const std::int32_t rows : options.rows)
        std::printf(" %17d", rows);
    std::printf("\n");
    for (const Shape& shape : kShapes) {
        if (!times.contains(shape.name))
            continue;
        std::printf("  %-12s", shape.name);
        for (std::size_t i = 0; i < options.rows.size(); ++i) {
            const double seconds = times.at(shape.name)[i];
            const double operations =
                2.0 * double(shape.outputs) * double(shape.inputs) * options.rows[i];
            std::printf(" %7.1fus", seconds * 1e6);
            if (options.rows[i] <= 64)
                std::printf(" %3.0f%%", 100.0 * bytes.at(shape.name) / seconds / bench.bandwidth);
            else
                std::printf(" %3.0fT", operations / seconds * 1e-12);
            std::printf("x%-4.2f", references.at(shape.name)[i] / seconds);
        }
        std::printf("\n");
    }
    std::fflush(stdout);
}

int run(const Options& options) {
    Bench bench;
    Products products(bench, options);
    std::printf("read bandwidth %.2f TB/s, %d multiprocessors, compute %s%s\n"
                "time, share of the read bandwidth or TFLOP/s, x ratio to cuBLAS bf16\n",
                bench.bandwidth * 1e-12, bench.turn.multiprocessors,
                std::string(name(options.compute)).c_str(),
                options.deterministic ? ", deterministic" : "");
    std::map<std::string, std::vector<double>> references;
    for (const std::string& format : options.formats) {
        std::map<std::string, std::vector<double>> times;
        std::map<std::string, double> bytes;
        for (const Shape& shape : kShapes) {
            if (std::find(options.shapes.begin(), options.shapes.end(), shape.name) ==
                options.shapes.end())
                continue;
            if (!references.contains(shape.name)) {
                const auto plain = makeMatrices(bench, options, "bf16", shape);
                for (const std::int32_t rows : options.rows)
                    references[shape.name].push_back(products.time(plain, shape, rows, true));
            }
            const auto matrices = makeMatrices(bench, options, format, shape);
            bytes[shape.name] = double(matrices[0]->ownedBytes());
            for (const std::int32_t rows : options.rows)
                times[shape.name].push_back(products.time(matrices, shape, rows, false));
        }
        printFormat(options, format, bench, times, references, bytes);
    }
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    return run(parse(count, arguments));
}
