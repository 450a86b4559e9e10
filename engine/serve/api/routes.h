#pragma once

#include "serve/http/router.h"

#include <cstdint>
#include <string>

namespace hearth::serve {

// Routes as the APIs' folders add them: what /openapi.json says of them, and who answers.

[[nodiscard]] Route getRoute(std::string path, std::string tag, std::string summary,
                             Handler handler);
/// `schema` is the body's.
[[nodiscard]] Route postRoute(std::string path, std::string tag, std::string summary,
                              std::string schema, Handler handler);

enum class Answers : std::uint8_t { Whole, Stream }; ///< Stream: of events, where asked for.

/// A POST that makes a model work: it counts towards ServerLimits::requests.
[[nodiscard]] Route generatingRoute(std::string path, std::string tag, std::string summary,
                                    std::string schema, Answers answers, Handler handler);

} // namespace hearth::serve
