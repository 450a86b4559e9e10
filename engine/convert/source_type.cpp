#include "convert/source_type.h"

namespace hearth {

namespace {

std::optional<kernels::DType> typeOf(const Checkpoint& checkpoint, const TensorPart& part) {
    if (checkpoint.kind() == Checkpoint::Kind::Workspace) {
        const auto slice = checkpoint.workspace().find(
            {part.name, part.firstRow, part.rowCount, part.rowStep, part.firstColumn,
             part.columnCount, static_cast<std::uint8_t>(part.transform)});
        if (!slice || slice->segment->groups)
            return {};
        return slice->segment->type;
    }
    const std::optional<TensorView> tensor = checkpoint.find(part.name);
    if (!tensor || tensor->groups)
        return {};
    // What is computed on the way keeps its precision (tensor_transform.h).
    return part.transform == TensorTransform::NormalisedRows ? kernels::DType::F32 : tensor->type;
}

} // namespace

std::optional<kernels::DType> commonType(const Checkpoint& checkpoint,
                                         const WeightRequest& request) {
    std::optional<kernels::DType> common;
    for (const TensorPart& part : request.parts) {
        const auto type = typeOf(checkpoint, part);
        if (!type || (common && *common != *type))
            return {};
        common = type;
    }
    return common;
}

} // namespace hearth
