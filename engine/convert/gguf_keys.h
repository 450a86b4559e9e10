#pragma once

#include "convert/gguf_writer.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth {

/// Writes the keys {architecture}.KEY of a GGUF file; general.* first of all.
class GgufKeys {
public:
    GgufKeys(std::string_view architecture, const std::string& modelName, GgufWriter& writer)
        : m_architecture(architecture), m_writer(writer) {
        writer.add("general.architecture", architecture);
        writer.add("general.type", "model");
        writer.add("general.name", std::string_view(modelName));
        writer.add("general.quantization_version", 2U);
    }

    template<typename T>
    void set(std::string_view key, T value) {
        m_writer.add(m_architecture + "." + std::string(key), value);
    }
    void set(std::string_view key, double value) { set(key, static_cast<float>(value)); }
    /// A count; of files' sizes, which have been checked.
    void setWhole(std::string_view key, std::int64_t number) {
        set(key, static_cast<std::uint32_t>(number));
    }

private:
    std::string m_architecture;
    GgufWriter& m_writer;
};

} // namespace hearth
