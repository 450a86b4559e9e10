#include "runtime/model_parts.h"

#include "runtime/missing_tokenizer.h"
#include "runtime/synthetic_tokenizer.h"
#include "text/open_tokenizer.h"

#include <utility>

namespace hearth {

namespace {

Result<MemoryReservation> reserve(MemoryBudget& budget, std::uint64_t bytes,
                                  const std::function<void()>& makeRoom) {
    MemoryReservation reservation(budget);
    if (reservation.resize(bytes))
        return reservation;
    if (makeRoom)
        makeRoom();
    if (reservation.resize(bytes))
        return reservation;
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.detail = "the model's weights";
    error.needed = bytes;
    error.available = budget.available();
    return fail(std::move(error));
}

/// Bytes of the device's memory that the weights will take, but for what a layout adds.
std::uint64_t neededBytes(const Checkpoint& checkpoint,
                          const std::vector<WeightRequest>& requests,
                          const Placement& placement) {
    return placement.kind == kernels::DeviceKind::Cpu
               ? weightBytes(checkpoint, requests)
               : weightBytesOn(placement.compute, checkpoint, requests);
}

} // namespace

Result<std::unique_ptr<Tokenizer>> tokenizerOf(const Checkpoint& checkpoint) {
    auto tokenizer = openTokenizer(checkpoint.path());
    if (tokenizer || tokenizer.error().code != ErrorCode::NotFound)
        return tokenizer;
    Error reason = std::move(tokenizer).error();
    reason.code = ErrorCode::Unsupported;
    reason.field = "text";
    reason.detail = "the model has no tokenizer and takes token ids only: " + reason.detail;
    if (checkpoint.isSynthetic())
        return std::unique_ptr<Tokenizer>(std::make_unique<SyntheticTokenizer>(std::move(reason)));
    return std::unique_ptr<Tokenizer>(std::make_unique<MissingTokenizer>(std::move(reason)));
}

Result<PlacedWeights> placeWeights(const Checkpoint& checkpoint,
                                   const std::vector<WeightRequest>& requests,
                                   const Placement& placement,
                                   const std::function<void()>& makeRoom,
                                   const LoadObserver& observer, const std::stop_token& stop) {
    const std::uint64_t needed = neededBytes(checkpoint, requests, placement);
    PlacedWeights placed;
    HEARTH_TRY_ASSIGN(placed.reservation, reserve(*placement.budget, needed, makeRoom));
    HEARTH_TRY_ASSIGN(placed.weights,
                      loadWeights(checkpoint, requests, *placement.backend, observer, stop));
    // The packed form may take a little more or less than the file.
    static_cast<void>(placed.reservation.resize(placed.weights.bytes));
    return Result<PlacedWeights>(std::move(placed));
}

} // namespace hearth
