#pragma once

#include "formats/checkpoint.h"
#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// Typed access to one object of config.json (or a file like it). Null is as absent, but that an
/// architecture's default does not take its place: null switches off. Errors are Corrupt and name
/// the key, with those that lead to it: "rope_scaling.factor". Holds references: the checkpoint and
/// the objects must outlive it.
class ConfigReader {
public:
    /// All of config.json.
    explicit ConfigReader(const Checkpoint& checkpoint)
        : ConfigReader(checkpoint, checkpoint.config()) {}
    /// An object of it. `defaults` holds what keys that it lacks mean, where an architecture's
    /// published configs leave keys out.
    /// `parents` are the keys that lead to it, each with a dot behind it: errors name them.
    ConfigReader(const Checkpoint& checkpoint, const nlohmann::json& object,
                 const nlohmann::json* defaults = nullptr, std::string parents = {})
        : m_checkpoint(checkpoint)
        , m_object(object)
        , m_defaults(defaults)
        , m_parents(std::move(parents)) {}

    [[nodiscard]] const Checkpoint& checkpoint() const { return m_checkpoint; }

    [[nodiscard]] const nlohmann::json* find(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    /// The object of a key; nothing if it is absent.
    Result<std::optional<ConfigReader>> object(std::string_view key) const;

    Result<std::optional<std::int32_t>> integer(std::string_view key) const;
    Result<std::int32_t> integer(std::string_view key, std::int32_t fallback) const;
    Result<std::int32_t> requiredInteger(std::string_view key) const;
    Result<double> number(std::string_view key, double fallback) const;
    Result<float> real(std::string_view key, float fallback) const;
    Result<bool> boolean(std::string_view key, bool fallback) const;
    Result<std::string> text(std::string_view key, std::string_view fallback) const;
    /// Empty if the key is absent.
    Result<std::vector<float>> numbers(std::string_view key) const;
    Result<std::vector<std::string>> texts(std::string_view key) const;

    [[nodiscard]] Failure wrong(std::string_view key, std::string detail,
                                ErrorCode code = ErrorCode::Corrupt) const;
    [[nodiscard]] Failure unsupported(std::string_view key, std::string detail) const {
        return wrong(key, std::move(detail), ErrorCode::Unsupported);
    }
    /// Unsupported naming the key if it is true: a feature that is off in what we can run.
    Result<void> mustBeOff(std::string_view key, std::string_view what) const;

private:
    const Checkpoint& m_checkpoint;
    const nlohmann::json& m_object;
    const nlohmann::json* m_defaults;
    std::string m_parents;
};

} // namespace hearth
