#include "formats/quantised/float8.h"

#include "formats/quantised/byte_matrix.h"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace hearth {

using kernels::DType;

namespace {

constexpr const char* kSuffixes[] = {"_scale_inv", "_scale"};

struct Block {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
};

Result<Block> blockSizeOf(const QuantisationConfig& config) {
    const nlohmann::json* size = config.find("weight_block_size");
    if (size == nullptr)
        return Block{};
    const bool pair = size->is_array() && size->size() == 2 && (*size)[0].is_number_integer() &&
                      (*size)[1].is_number_integer();
    Block block;
    if (pair)
        block = {(*size)[0].get<std::int64_t>(), (*size)[1].get<std::int64_t>()};
    constexpr std::int64_t kLargest = 1 << 20;
    if (block.rows <= 0 || block.rows > kLargest || block.columns <= 0 || block.columns > kLargest)
        return config.wrong("weight_block_size",
                            fmt::format("{} are no two positive numbers", size->dump()));
    return block;
}

} // namespace

bool isFloat8Matrix(const TensorView& tensor) {
    return (tensor.type == DType::F8E4M3 || tensor.type == DType::F8E5M2) &&
           tensor.shape.size() >= 2;
}

bool isScaledFloat8(const PartTable& table, const TensorView& tensor) {
    if (tensor.type != DType::F8E4M3 && tensor.type != DType::F8E5M2)
        return false;
    for (const char* suffix : kSuffixes)
        if (table.find(std::string(tensor.name) + suffix) != nullptr)
            return true;
    return false;
}

Result<LogicalTensor> readFloat8(const QuantisationConfig& config, PartTable& table,
                                 const TensorView& codes) {
    HEARTH_TRY_ASSIGN(const Block block, blockSizeOf(config));
    ScaleGrid grid;
    for (const char* suffix : kSuffixes)
        if (const TensorView* scales = table.take(std::string(codes.name) + suffix)) {
            grid.scales = *scales;
            break;
        }
    table.take(codes.name);
    return makeByteMatrix(table, codes, std::move(grid), block.rows, block.columns);
}

} // namespace hearth
