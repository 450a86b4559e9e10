#pragma once

#include "formats/checkpoint.h"
#include "hearth/embedder.h"
#include "hearth/host.h"
#include "hearth/result.h"
#include "runtime/device_pool.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace hearth {

/// Loads a model for embeddings. `makeRoom` is called once if memory is short: it frees what other
/// models do not need. `notice` goes into ModelInfo. Errors: as Host::load().
Result<std::unique_ptr<Embedder>>
openLocalEmbedder(Checkpoint checkpoint, const std::string& name, const EmbedderOptions& options,
                  Placement placement, const std::function<void()>& makeRoom,
                  const LoadObserver& observer, const std::stop_token& stop,
                  std::optional<Error> notice);

} // namespace hearth
