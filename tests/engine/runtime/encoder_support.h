#pragma once

#include "engine/runtime/engine_harness.h"
#include "formats/json_file.h"
#include "formats/safetensors.h"
#include "hearth/host.h"
#include "support/make_gguf.h"
#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::test {

/// Numbers that a tensor of this name has: see tests/data/models/make_encoder_references.py.
inline std::vector<float> madeValues(const std::string& name,
                                     const std::vector<std::int64_t>& shape) {
    std::uint64_t seed = 0xCBF29CE484222325ULL;
    for (const char c : name)
        seed = (seed ^ std::uint8_t(c)) * 0x100000001B3ULL;
    std::size_t count = 1;
    for (const std::int64_t axis : shape)
        count *= std::size_t(axis);
    const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
    const bool isGain = name.ends_with("weight") || name.ends_with("gamma");
    const bool isTable = has("mbedding") || has("shared") || has("relative");
    const double scale =
        isTable ? 1.0 : std::exp2(std::nearbyint(std::log2(1.7 / std::sqrt(shape.back()))));
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t x = seed + i * 0x9E3779B97F4A7C15ULL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
        x ^= x >> 31;
        const double number = double(x >> 40) / 8388608.0 - 1.0;
        if (shape.size() == 1)
            values[i] = float(isGain ? 1.0 + number / 4 : number / 8);
        else
            values[i] = float(number * scale);
    }
    return values;
}

/// An encoder or encoder–decoder of tests/data/models and what the reference makes of it.
class EncoderReference {
public:
    explicit EncoderReference(const std::string& name)
        : m_data(std::filesystem::path(HEARTH_TEST_DATA) / "models" / name), m_path(m_data) {
        auto file = SafetensorsFile::open(m_data / "reference.safetensors");
        EXPECT_TRUE(file);
        m_file = std::make_unique<SafetensorsFile>(*std::move(file));
        if (!std::filesystem::exists(m_data / "model.safetensors"))
            makeFolder();
    }

    [[nodiscard]] std::string path() const { return m_path.string(); }
    [[nodiscard]] bool has(const std::string& name) const {
        return m_file->findTensor(name) != nullptr;
    }
    [[nodiscard]] std::vector<float> values(const std::string& name) const {
        return read<float>(name);
    }
    [[nodiscard]] std::vector<std::int32_t> tokens(const std::string& name) const {
        const auto wide = read<std::int64_t>(name);
        return {wide.begin(), wide.end()};
    }
    /// prompt_K, decoder_in_K, …, as many as there are.
    [[nodiscard]] std::vector<std::vector<std::int32_t>> lists(const std::string& prefix) const {
        std::vector<std::vector<std::int32_t>> all;
        for (int k = 0; has(prefix + std::to_string(k)); ++k)
            all.push_back(tokens(prefix + std::to_string(k)));
        return all;
    }
    /// max|Δ| / max|reference|.
    [[nodiscard]] double error(const std::string& name, const std::vector<float>& got) const {
        const std::vector<float> wanted = values(name);
        EXPECT_EQ(got.size(), wanted.size()) << name;
        double largest = 0.0;
        double worst = 0.0;
        for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
            largest = std::max(largest, std::fabs(double(wanted[i])));
            const double difference = std::fabs(double(wanted[i]) - double(got[i]));
            worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
        }
        return worst / largest;
    }

    /// The tensors of the made-up checkpoint.
    [[nodiscard]] std::map<std::string, std::vector<std::int64_t>> shapes() const {
        const auto json = readJson(m_data / "tensors.json", 1 << 20);
        EXPECT_TRUE(json);
        return json->get<std::map<std::string, std::vector<std::int64_t>>>();
    }
    [[nodiscard]] nlohmann::json config() const {
        return *readJson(m_data / "config.json", 1 << 20);
    }
    /// A GGUF file of the same numbers: `keys` has the metadata, `rename` gives each tensor's name.
    std::string writeGguf(GgufBuilder keys,
                          const std::function<std::string(const std::string&)>& rename) {
        for (const auto& [name, shape] : shapes())
            keys.tensor(rename(name), {shape.rbegin(), shape.rend()}, kernels::DType::F32,
                        bytesOf(madeValues(name, shape)));
        return folder().write("model.gguf", keys.build()).string();
    }

    TemporaryFolder& folder() {
        if (!m_folder)
            m_folder.emplace();
        return *m_folder;
    }

private:
    static std::string bytesOf(const std::vector<float>& values) {
        return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
    }
    void makeFolder() {
        SafetensorsBuilder builder;
        for (const auto& [name, shape] : shapes())
            builder.tensor(name, "F32", shape, bytesOf(madeValues(name, shape)));
        folder().write("model.safetensors", builder.build());
        std::filesystem::copy(m_data / "config.json", folder().path() / "config.json");
        m_path = folder().path();
    }
    template<typename T>
    [[nodiscard]] std::vector<T> read(const std::string& name) const {
        const SafetensorsTensor* tensor = m_file->findTensor(name);
        EXPECT_NE(tensor, nullptr) << name;
        std::vector<T> out(tensor->data.size() / sizeof(T));
        std::memcpy(out.data(), tensor->data.data(), tensor->data.size());
        return out;
    }

    std::filesystem::path m_data;
    std::filesystem::path m_path;
    std::optional<TemporaryFolder> m_folder;
    std::unique_ptr<SafetensorsFile> m_file;
};

/// The largest error of hidden states, pooled vectors and, of encoder–decoders, the encoder's
/// states, over all lists of the reference: together in a step, and one by one.
inline double embeddingError(Host& host, const EncoderReference& reference, const std::string& path,
                             const LoadOptions& load) {
    EmbedderOptions options;
    options.load = load;
    const auto embedder = host.openEmbedder(path, "embedder", options);
    EXPECT_TRUE(embedder) << embedder.error().message();
    if (!embedder)
        return INFINITY;
    const auto prompts = reference.lists("prompt_");
    EXPECT_GE(prompts.size(), 2U);
    const auto together = (*embedder)->embedTokens(prompts);
    EXPECT_TRUE(together) << together.error().message();
    double worst = together ? 0.0 : INFINITY;
    for (std::size_t k = 0; together && k < prompts.size(); ++k) {
        const auto alone = (*embedder)->embedTokens({&prompts[k], 1});
        EXPECT_TRUE(alone);
        for (const Embedding& one : {(*together)[k], alone->front()}) {
            const std::string at = std::to_string(k);
            const bool isEncoder = reference.has("last_hidden_" + at);
            worst = std::max(
                worst, reference.error((isEncoder ? "last_hidden_" : "encoder_") + at, one.hidden));
            if (isEncoder)
                worst = std::max(worst, reference.error("mean_pooled_" + at, one.values));
        }
    }
    return worst;
}

/// A request for the logits of decoder_in_K behind prompt_K.
inline Request referenceRequest(const EncoderReference& reference, std::size_t k,
                                std::int32_t newTokens) {
    const std::string at = std::to_string(k);
    Request request = greedy(reference.tokens("prompt_" + at), newTokens);
    request.promptLogits = true;
    request.decoderTokens = reference.tokens("decoder_in_" + at);
    return request;
}

/// Submits everything at once and waits for all.
inline std::vector<std::unique_ptr<Recorder>> runTogether(Engine& engine,
                                                          std::vector<Request> requests) {
    std::vector<std::unique_ptr<Recorder>> replies;
    for (Request& request : requests) {
        replies.push_back(std::make_unique<Recorder>());
        EXPECT_TRUE(engine.submit(std::move(request), replies.back()->handler()));
    }
    for (const auto& reply : replies) {
        EXPECT_TRUE(reply->wait());
        EXPECT_FALSE(reply->failed) << reply->failed->message();
    }
    return replies;
}

/// The largest error of an encoder–decoder's logits over all lists of the reference, run together.
/// `load` has promptLogits.
inline double logitsError(Host& host, const EncoderReference& reference, const std::string& path,
                          const LoadOptions& load) {
    const auto engine = host.load(path, "model", load);
    EXPECT_TRUE(engine) << engine.error().message();
    if (!engine)
        return INFINITY;
    const std::size_t count = reference.lists("prompt_").size();
    std::vector<Request> requests;
    for (std::size_t k = 0; k < count; ++k)
        requests.push_back(referenceRequest(reference, k, 1));
    const auto replies = runTogether(**engine, std::move(requests));
    double worst = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
        std::vector<float> logits;
        for (const LogitsEvent& event : replies[k]->logits)
            logits.insert(logits.end(), event.logits.begin(), event.logits.end());
        worst = std::max(worst, reference.error("logits_" + std::to_string(k), logits));
    }
    host.unload("model");
    return worst;
}

} // namespace hearth::test
