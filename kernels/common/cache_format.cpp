#include "common/cache_format.h"

namespace hearth::kernels {

Status checkLayout(const KvLayout& layout) {
    // Within these limits no product in KvLayout can overflow 64 bits.
    constexpr std::int32_t kMaxCount = 1 << 16;
    const auto inRange = [](std::int32_t value) { return value >= 1 && value <= kMaxCount; };
    if (!inRange(layout.layers) || !inRange(layout.kvHeads) || !inRange(layout.keyWidth) ||
        !inRange(layout.blockTokens) || layout.valueWidth < 0 || layout.valueWidth > kMaxCount ||
        layout.window < 0)
        return Status::InvalidArgument;
    CacheFormat format = CacheFormat::F32;
    const bool hasValues = layout.kind != KvKind::Latent;
    if (layout.kind == KvKind::Recurrent || hasValues != (layout.valueWidth > 0) ||
        !cacheFormat(layout, format))
        return Status::Unsupported;
    return layout.layerBytes() <= SIZE_MAX / std::size_t(kMaxCount) ? Status::Ok
                                                                    : Status::InvalidArgument;
}

} // namespace hearth::kernels
