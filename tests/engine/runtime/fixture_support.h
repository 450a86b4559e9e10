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

/// A tiny checkpoint of tests/data/models and what the reference made of its three prompts.
class ReferenceModel {
public:
    explicit ReferenceModel(const std::string& name)
        : m_folder(std::filesystem::path(HEARTH_TEST_DATA) / "models" / name) {
        auto file = SafetensorsFile::open(m_folder / "reference.safetensors");
        EXPECT_TRUE(file);
        m_file = std::make_unique<SafetensorsFile>(*std::move(file));
    }

    static constexpr int kPrompts = 3;
    static constexpr std::size_t kVocabulary = 512;

    [[nodiscard]] std::string path() const { return m_folder.string(); }
    [[nodiscard]] std::vector<std::int32_t> prompt(int k) const { return tokens("prompt_", k); }
    [[nodiscard]] std::vector<std::int32_t> greedy(int k) const { return tokens("greedy_", k); }
    [[nodiscard]] std::vector<float> logits(int k) const {
        return values<float>("logits_" + std::to_string(k));
    }
    /// 32 greedy tokens and the logits of the prompt.
    [[nodiscard]] Request request(int k) const {
        Request request = test::greedy(prompt(k), 32);
        request.promptLogits = true;
        request.usePrefixCache = false;
        return request;
    }

    /// max|Δ| of each position over max|reference| of all, for a finished reply to prompt k.
    [[nodiscard]] std::vector<double> errors(const Recorder& reply, int k) const {
        const std::vector<float> wanted = logits(k);
        std::vector<float> got;
        for (const LogitsEvent& event : reply.logits) {
            EXPECT_EQ(std::size_t(event.first) * kVocabulary, got.size());
            got.insert(got.end(), event.logits.begin(), event.logits.end());
        }
        EXPECT_EQ(got.size(), wanted.size());
        double largest = 0.0;
        for (const float value : wanted)
            largest = std::max(largest, std::fabs(double(value)));
        std::vector<double> errors(wanted.size() / kVocabulary);
        for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
            double& error = errors[i / kVocabulary];
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
    std::unique_ptr<SafetensorsFile> m_file;
};

} // namespace hearth::test
