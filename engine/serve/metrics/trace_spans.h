#pragma once

#include "serve/http/http_server.h"
#include "serve/metrics/request_phases.h"
#include "serve/metrics/trace_context.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// What traces tell of one request.
struct TracedRequest {
    ServedRequest entry;
    std::string route;
    RequestPhases phases;
    std::optional<TraceContext> parent;
    bool generates = false;
};

[[nodiscard]] TracedRequest traceOf(const Served& served);

/// The body of an OTLP/HTTP export in JSON (OpenTelemetry protocol 1.x, ExportTraceServiceRequest):
/// a span a request, with validate, queue, prefill and decode below it where it generated.
[[nodiscard]] std::string otlpJson(const std::vector<TracedRequest>& requests);

} // namespace hearth::serve
