#pragma once

#include "formats/checkpoint.h"
#include "hearth/host.h"
#include "hearth/result.h"
#include "models/weight_loader.h"
#include "models/weight_request.h"
#include "runtime/device_pool.h"
#include "runtime/memory_budget.h"
#include "text/tokenizer.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

namespace hearth {

// What loading a model for text and loading one for embeddings have in common.

/// A model without a tokenizer still runs on tokens; a broken tokenizer is an error.
Result<std::unique_ptr<Tokenizer>> tokenizerOf(const Checkpoint& checkpoint);

/// Weights, and their share of the memory budget.
struct PlacedWeights {
    LoadedWeights weights;
    MemoryReservation reservation;
};

/// Reserves memory and packs the weights into it; `makeRoom` is called once if there is too
/// little. Errors: OutOfMemory with the numbers; those of loadWeights().
Result<PlacedWeights> placeWeights(const Checkpoint& checkpoint,
                                   const std::vector<WeightRequest>& requests,
                                   const Placement& placement,
                                   const std::function<void()>& makeRoom,
                                   const LoadObserver& observer, const std::stop_token& stop);

} // namespace hearth
