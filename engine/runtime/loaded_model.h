#pragma once

#include "formats/checkpoint.h"
#include "hearth/engine.h"
#include "hearth/host.h"
#include "hearth/options.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"
#include "models/decoder_program.h"
#include "models/weight_loader.h"
#include "runtime/device_pool.h"
#include "runtime/memory_budget.h"
#include "runtime/prompt_encoder.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hearth {

/// The encoder of an encoder–decoder, which shares the program's weights.
struct EncoderPart {
    kernels::Program program;
    std::vector<kernels::KvLayout> kv; ///< The last group is the decoder program's Cross group.
    std::int32_t startToken = 0;       ///< What the decoder begins with.
};

/// A model in memory: everything but the state of its requests. Immutable once loaded.
struct LoadedModel {
    Checkpoint checkpoint; ///< Packed weights may read its mapping.
    DecoderSpec decoder;
    DecoderProgram program;
    std::optional<EncoderPart> encoder;
    LoadedWeights weights;
    PromptEncoder prompts;
    std::vector<std::string> stopWords;  ///< The named template's; end the replies of chats.
    std::vector<std::int32_t> endTokens; ///< Config's and tokenizer's, sorted, each once.
    MemoryReservation reservation;       ///< For the weights.
    ModelInfo info;
};

/// Checks and loads a model. Memory for the weights is reserved before they are packed; `makeRoom`
/// is called once if there is too little: it frees what other models do not need. The placement's
/// backend and budget must outlive the model. Errors: as Host::load().
Result<std::unique_ptr<LoadedModel>>
loadModel(Checkpoint checkpoint, const std::string& name, const LoadOptions& options,
          const Placement& placement, const std::function<void()>& makeRoom,
          const LoadObserver& observer, const std::stop_token& stop);

} // namespace hearth
