#pragma once

#include "engine/runtime/engine_harness.h"
#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hearth::test {

/// A tiny checkpoint of tests/data/models and what the reference made of its prompts.
class ReferenceModel {
public:
    explicit ReferenceModel(const std::string& name)
        : m_folder(std::filesystem::path(HEARTH_TEST_DATA) / "models" / name)
        , m_gguf(m_folder.parent_path() / "gguf" / (name + ".gguf")) {
        auto file = SafetensorsFile::open(m_folder / "reference.safetensors");
        EXPECT_TRUE(file);
        m_file = std::make_unique<SafetensorsFile>(*std::move(file));
    }

    /// Prompts with greedy tokens and logits, from 0 on.
    [[nodiscard]] int prompts() const {
        int count = 0;
        while (m_file->findTensor("logits_" + std::to_string(count)) != nullptr)
            ++count;
        return count;
    }
    [[nodiscard]] std::size_t vocabulary() const {
        return std::size_t(m_file->findTensor("logits_0")->shape.at(1));
    }
    [[nodiscard]] std::string path() const { return m_folder.string(); }
    /// What llama.cpp's converter made of it, for some.
    [[nodiscard]] std::string ggufPath() const { return m_gguf.string(); }
    [[nodiscard]] std::vector<std::int32_t> prompt(int k) const { return tokens("prompt_", k); }
    [[nodiscard]] std::vector<std::int32_t> greedy(int k) const { return tokens("greedy_", k); }
    [[nodiscard]] std::vector<float> logits(int k) const {
        return values<float>("logits_" + std::to_string(k));
    }
    /// The greedy tokens and the logits of the prompt.
    [[nodiscard]] Request request(int k) const {
        Request request = greedyRequest(k);
        request.promptLogits = true;
        return request;
    }
    /// Where a rope follows the length, logits are those of the prompt's and greedy tokens those of
    /// the whole reply's: they need a request each.
    [[nodiscard]] Request logitsRequest(int k) const {
        Request request = this->request(k);
        request.maxTokens = 1;
        return request;
    }
    [[nodiscard]] Request greedyRequest(int k) const {
        Request request = test::greedy(prompt(k), std::int32_t(greedy(k).size()));
        request.usePrefixCache = false;
        return request;
    }
    /// Tokens that the longest sequence takes.
    [[nodiscard]] std::int32_t neededTokens() const {
        std::size_t longest = 0;
        for (int k = 0; k < prompts(); ++k)
            longest = std::max(longest, prompt(k).size() + greedy(k).size());
        return std::int32_t(longest);
    }

    /// max|Δ| of each position over max|reference| of all, for a finished reply to prompt k.
    [[nodiscard]] std::vector<double> errors(const Recorder& reply, int k) const {
        const std::vector<float> wanted = logits(k);
        const std::size_t columns = vocabulary();
        std::vector<float> got;
        for (const LogitsEvent& event : reply.logits) {
            EXPECT_EQ(std::size_t(event.first) * columns, got.size());
            got.insert(got.end(), event.logits.begin(), event.logits.end());
        }
        EXPECT_EQ(got.size(), wanted.size());
        double largest = 0.0;
        for (const float value : wanted)
            largest = std::max(largest, std::fabs(double(value)));
        std::vector<double> errors(wanted.size() / columns);
        for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
            double& error = errors[i / columns];
            const double difference = std::fabs(double(wanted[i]) - double(got[i])) / largest;
            error = std::isnan(difference) ? INFINITY : std::max(error, difference);
        }
        return errors;
    }

private:
    template<typename T>
    [[nodiscard]] std::vector<T> values(const std::string& name) const {
        const SafetensorsTensor* tensor = m_file->findTensor(name);
        EXPECT_NE(tensor, nullptr) << name;
        std::vector<T> out(tensor->data.size() / sizeof(T));
        std::memcpy(out.data(), tensor->data.data(), tensor->data.size());
        return out;
    }
    [[nodiscard]] std::vector<std::int32_t> tokens(const char* prefix, int k) const {
        const auto wide = values<std::int64_t>(prefix + std::to_string(k));
        return {wide.begin(), wide.end()};
    }

    std::filesystem::path m_folder;
    std::filesystem::path m_gguf;
    std::unique_ptr<SafetensorsFile> m_file;
};

/// The decoders of tests/data/models, sorted by name.
inline std::vector<std::string> referenceDecoders() {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(HEARTH_TEST_DATA) / "models")) {
        const auto file = SafetensorsFile::open(entry.path() / "reference.safetensors");
        const bool isDecoder = file && file->findTensor("greedy_0") != nullptr &&
                               file->findTensor("encoder_0") == nullptr;
        if (isDecoder)
            names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace hearth::test
