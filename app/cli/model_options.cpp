#include "cli/model_options.h"

#include "cli/console.h"
#include "cli/ranges.h"
#include "sampling/sampling_options.h"

#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

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

template<typename Type>
using Named = std::pair<std::string_view, Type>;

constexpr std::array kKvTypes{
    Named<KvType>{"auto", KvType::Auto}, Named<KvType>{"f32", KvType::F32},
    Named<KvType>{"bf16", KvType::BF16}, Named<KvType>{"f16", KvType::F16},
    Named<KvType>{"int8", KvType::Int8}, Named<KvType>{"int4", KvType::Int4},
    Named<KvType>{"fp8", KvType::Fp8},
};
constexpr std::array kComputeTypes{
    Named<ComputeType>{"auto", ComputeType::Auto},
    Named<ComputeType>{"f32", ComputeType::F32},
    Named<ComputeType>{"bf16", ComputeType::BF16},
    Named<ComputeType>{"f16", ComputeType::F16},
};
const std::map<int, KvType> kQuantPolicies{
    {0, KvType::Auto}, {4, KvType::Int4}, {8, KvType::Int8}};

/// The type of this name, or a sentence that lists the names.
template<typename List>
auto parseType(const char* option, const List& types, const std::string& text) {
    std::string names;
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i].first == text)
            return types[i].second;
        names += i == 0 ? "" : i + 1 < types.size() ? ", " : " or ";
        names += types[i].first;
    }
    throw CLI::ValidationError(option, "must be " + names);
}

/// An option that shares a model among GPUs; one is all there is yet.
void addRanks(CLI::App& command, const char* option, const char* text) {
    command
        .add_option_function<int>(
            option,
            [option](int ranks) {
                if (ranks < 1)
                    throw CLI::ValidationError(option, "must be 1 or more");
                if (ranks > 1)
                    throw CommandFailed(fmt::format("this build runs a model on one device "
                                                    "only; use {} 1",
                                                    option));
            },
            text)
        ->type_name("N");
}

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
        .add_option_function<std::string>(
            "--dtype",
            [this](const std::string& text) {
                load.computeType = parseType("--dtype", kComputeTypes, text);
            },
            "Type of activations: auto (bf16 or f16 on a GPU), f32, bf16 or f16; the CPU has f32")
        ->type_name("TYPE");
    command
        .add_option_function<std::string>(
            "--kv-dtype",
            [this](const std::string& text) {
                load.kvType = parseType("--kv-dtype", kKvTypes, text);
            },
            "Keys and values: auto (f16 on the CPU, the --dtype on a GPU), f32, bf16, f16 or int8; "
            "int4 and fp8 are not there yet")
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
        ->check(atLeast(1));
    command.add_option("--cache-max-entry-count", load.cacheFraction,
                       "Share of free memory for the KV cache")
        ->check(fractionBetween(0.0, 1.0));
    command.add_option("--max-batch-size", load.maxBatchSize, "Sequences that run at once")
        ->check(between(1, 4096));
    command.add_option("--threads", host.threads, "CPU threads")->check(between(1, 1024));
    CLI::Option* name = command.add_option(
        "--model-name", load.templateName,
        "A named chat template instead of the model's own; `hearth list` has the names");
    name->type_name("NAME");
    command
        .add_option("--cap", load.capability,
                    "What the named template is for: chat, completion, infilling or python")
        ->needs(name);
    command
        .add_option("--meta-instruction", load.metaInstruction,
                    "System message of the named template instead of its own")
        ->needs(name);
    command.add_flag("--deterministic", load.deterministic, "The same tokens at any batch size");
    addRanks(command, "--tp", "GPUs that share each layer");
    addRanks(command, "--pp", "GPUs that share the layers");
}

void ReplyOptions::addTo(CLI::App& command) {
    command.add_option("--temperature", sampling.temperature, "0: always the likeliest token");
    command.add_option("--top-p", sampling.topP, "Nucleus: smallest set with this probability");
    command.add_option("--top-k", sampling.topK, "Only the k likeliest tokens; 0: all");
    command.add_option("--min-p", sampling.minP, "Share of the likeliest token's probability");
    command.add_option("--repetition-penalty", sampling.repetitionPenalty, "1: none");
    command
        .add_option_function<std::uint64_t>(
            "--seed", [this](std::uint64_t seed) { sampling.seed = seed; }, "Repeats a reply")
        ->check(atLeast(0, std::numeric_limits<std::int64_t>::max()));
    command.add_option("--max-tokens", maxTokens, "New tokens at most")->check(atLeast(1));
    command.add_option("--system", system, "System message");
}

void requireValid(const SamplingOptions& sampling) {
    if (const auto valid = checkSampling(sampling); !valid)
        throw CommandFailed(valid.error().message(), ExitStatus::WrongUsage);
}

} // namespace hearth::cli
