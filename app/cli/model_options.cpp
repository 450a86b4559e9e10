#include "cli/model_options.h"

#include "cli/console.h"
#include "sampling/sampling_options.h"

#include <charconv>
#include <map>
#include <string_view>
#include <system_error>

namespace hearth::cli {

namespace {

DeviceChoice parseDevice(const std::string& text, std::int32_t& index) {
    if (text == "auto")
        return DeviceChoice::Auto;
    if (text == "cpu")
        return DeviceChoice::Cpu;
    if (text == "cuda")
        return DeviceChoice::Cuda;
    constexpr std::string_view kIndexed = "cuda:";
    const char* end = text.data() + text.size();
    if (text.starts_with(kIndexed)) {
        const auto [stop, error] = std::from_chars(text.data() + kIndexed.size(), end, index);
        if (error == std::errc() && stop == end && index >= 0)
            return DeviceChoice::Cuda;
    }
    throw CLI::ValidationError("--device", "must be auto, cpu, cuda or cuda:N");
}

const std::map<std::string, KvType> kKvTypes{
    {"auto", KvType::Auto}, {"f32", KvType::F32},   {"bf16", KvType::BF16}, {"f16", KvType::F16},
    {"int8", KvType::Int8}, {"int4", KvType::Int4}, {"fp8", KvType::Fp8},
};
const std::map<std::string, ComputeType> kComputeTypes{
    {"auto", ComputeType::Auto},
    {"f32", ComputeType::F32},
    {"bf16", ComputeType::BF16},
    {"f16", ComputeType::F16},
};
const std::map<int, KvType> kQuantPolicies{
    {0, KvType::Auto}, {4, KvType::Int4}, {8, KvType::Int8}};

} // namespace

void ModelOptions::addTo(CLI::App& command) {
    command.add_option("--data-dir", dataDirectory, "Folder of library and chats");
    command
        .add_option_function<std::string>(
            "--device",
            [this](const std::string& text) { load.device = parseDevice(text, load.deviceIndex); },
            "auto (an NVIDIA GPU if one can be used, else the CPU), cpu or cuda[:N]")
        ->type_name("DEVICE");
    command
        .add_option("--dtype", load.computeType,
                    "Type of activations: auto (bf16 or f16 on a GPU), f32, bf16 or f16; the CPU "
                    "has f32")
        ->transform(CLI::CheckedTransformer(kComputeTypes))
        ->type_name("TYPE");
    command
        .add_option("--kv-dtype", load.kvType,
                    "Keys and values: auto (f16 on the CPU, the --dtype on a GPU), f32, bf16, f16 "
                    "or int8; int4 and fp8 are not there yet")
        ->transform(CLI::CheckedTransformer(kKvTypes))
        ->type_name("TYPE");
    command.add_option_function<int>(
               "--quant-policy",
               [this](int policy) {
                   const auto found = kQuantPolicies.find(policy);
                   if (found == kQuantPolicies.end())
                       throw CLI::ValidationError("--quant-policy", "must be 0, 4 or 8");
                   load.kvType = found->second;
               },
               "KV cache in LMDeploy's spelling: 0, 4 or 8")
        ->type_name("N");
    command.add_option("--context", load.contextTokens, "Tokens a sequence")
        ->check(CLI::PositiveNumber);
    command.add_option("--cache-max-entry-count", load.cacheFraction,
                       "Share of free memory for the KV cache")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--max-batch-size", load.maxBatchSize, "Sequences that run at once")
        ->check(CLI::Range(1, 4096));
    command.add_option("--threads", host.threads, "CPU threads")->check(CLI::Range(1, 1024));
    command.add_flag("--deterministic", load.deterministic, "The same tokens at any batch size");
    command.add_option_function<int>(
               "--tp",
               [](int ranks) {
                   if (ranks != 1)
                       throw CommandFailed("this build runs a model on one device only; use "
                                           "--tp 1");
               },
               "GPUs that share the model")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
}

void ReplyOptions::addTo(CLI::App& command) {
    command.add_option("--temperature", sampling.temperature, "0: always the likeliest token");
    command.add_option("--top-p", sampling.topP, "Nucleus: smallest set with this probability");
    command.add_option("--top-k", sampling.topK, "Only the k likeliest tokens; 0: all");
    command.add_option("--min-p", sampling.minP, "Share of the likeliest token's probability");
    command.add_option("--repetition-penalty", sampling.repetitionPenalty, "1: none");
    command.add_option_function<std::uint64_t>(
        "--seed", [this](std::uint64_t seed) { sampling.seed = seed; }, "Repeats a reply");
    command.add_option("--max-tokens", maxTokens, "New tokens at most")->check(CLI::PositiveNumber);
    command.add_option("--system", system, "System message");
}

void requireValid(const SamplingOptions& sampling) {
    if (const auto valid = checkSampling(sampling); !valid)
        throw CommandFailed(valid.error().message(), ExitStatus::WrongUsage);
}

} // namespace hearth::cli
