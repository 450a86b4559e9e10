#pragma once

#include "formats/checkpoint.h"
#include "formats/quantised/unpacked_matrix.h"
#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace hearth::test {

/// A folder of tests/data/formats/quantised whose tensors and config a test may spoil.
struct EditedCheckpoint {
    struct Tensor {
        std::string type; ///< As a safetensors header says it.
        std::vector<std::int64_t> shape;
        std::string data;

        template<typename T>
        void set(std::size_t index, T value) {
            std::memcpy(data.data() + index * sizeof(T), &value, sizeof(T));
        }
    };
    std::map<std::string, Tensor> tensors;
    nlohmann::json config;
    TemporaryFolder folder;

    explicit EditedCheckpoint(const std::string& name) {
        const auto path = std::filesystem::path(HEARTH_TEST_DATA) / "formats" / "quantised" / name;
        config = nlohmann::json::parse(readFile(path / "config.json"));
        const std::string file = readFile(path / "model.safetensors");
        std::uint64_t headerBytes = 0;
        std::memcpy(&headerBytes, file.data(), sizeof(headerBytes));
        const auto header = nlohmann::json::parse(file.substr(8, headerBytes));
        for (const auto& [key, entry] : header.items()) {
            if (key == "__metadata__")
                continue;
            const std::uint64_t first = entry["data_offsets"][0];
            const std::uint64_t end = entry["data_offsets"][1];
            tensors[key] = {entry["dtype"], entry["shape"],
                            file.substr(8 + headerBytes + first, end - first)};
        }
    }
    nlohmann::json& quantisation() { return config["quantization_config"]; }

    [[nodiscard]] Result<Checkpoint> open() const {
        SafetensorsBuilder builder;
        for (const auto& [name, tensor] : tensors)
            builder.tensor(name, tensor.type, tensor.shape, tensor.data);
        folder.write("model.safetensors", builder.build());
        folder.write("config.json", config.dump());
        return Checkpoint::open(folder.path());
    }
    /// The matrix "m.weight", all of it, as float32.
    [[nodiscard]] Result<std::vector<float>> unpack() const {
        HEARTH_TRY_ASSIGN(const Checkpoint checkpoint, open());
        HEARTH_TRY_ASSIGN(const TensorView tensor, checkpoint.tensor("m.weight"));
        const StoredMatrix& matrix = *tensor.stored;
        HEARTH_TRY_ASSIGN(const auto rows,
                          UnpackedMatrix::unpack(matrix, {0, matrix.rows(), 0, matrix.columns()}));
        std::vector<float> numbers(std::size_t(matrix.rows() * matrix.columns()));
        for (std::int64_t row = 0; row < matrix.rows(); ++row)
            rows->expandRow(row, numbers.data() + row * matrix.columns());
        return numbers;
    }
    /// What open() or unpack() says; a failed test if nothing is wrong.
    [[nodiscard]] Error error() const {
        const auto numbers = unpack();
        EXPECT_FALSE(numbers);
        return numbers ? Error() : numbers.error();
    }
};

/// The error must name the tensor and say this.
inline void expectError(const EditedCheckpoint& checkpoint, ErrorCode code,
                        const std::string& field, const std::string& said = {}) {
    const Error error = checkpoint.error();
    EXPECT_EQ(error.code, code) << error.message();
    EXPECT_EQ(error.field, field) << error.message();
    EXPECT_NE(error.message().find(said), std::string::npos) << error.message();
}

} // namespace hearth::test
