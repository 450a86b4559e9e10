#include "models/architectures.h"
#include "models/gguf_decoder.h"
#include "models/hugging_face_decoder.h"

namespace hearth {

/// Qwen 1.5, 2 and 2.5: Llama with biases on q, k and v.
Result<DecoderSpec> describeQwen2(const Checkpoint& checkpoint) {
    if (checkpoint.kind() == Checkpoint::Kind::Gguf)
        return describeGgufDecoder(checkpoint, "qwen2", kernels::RopePairing::Halves);
    const nlohmann::json& config = checkpoint.config();
    const auto window = config.find("use_sliding_window");
    if (window != config.end() && window->is_boolean() && window->get<bool>()) {
        Error error;
        error.code = ErrorCode::Unsupported;
        error.path = checkpoint.path().string();
        error.field = "use_sliding_window";
        error.detail = "qwen2 with a sliding window";
        return fail(std::move(error));
    }
    return describeHuggingFaceDecoder(checkpoint);
}

} // namespace hearth
