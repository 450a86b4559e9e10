#include "serve/metrics/trace_spans.h"

#include <nlohmann/json.hpp>

#include <random>
#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

using Json = nlohmann::json;
constexpr int kServerSpan = 2;
constexpr int kInternalSpan = 1;
constexpr int kErrorStatus = 2;

std::uint64_t randomId() {
    thread_local std::mt19937_64 random{std::random_device{}()};
    for (;;)
        if (const std::uint64_t id = random(); id != 0)
            return id;
}

std::string spanId() {
    return fmt::format("{:016x}", randomId());
}

Json attribute(const char* key, const std::string& value) {
    return {{"key", key}, {"value", {{"stringValue", value}}}};
}

/// Integers of 64 bits are strings in protobuf's JSON.
Json attribute(const char* key, std::int64_t value) {
    return {{"key", key}, {"value", {{"intValue", std::to_string(value)}}}};
}

Json attributesOf(const TracedRequest& request) {
    const ServedRequest& entry = request.entry;
    Json attributes{attribute("http.request.method", entry.method),
                    attribute("http.route", request.route),
                    attribute("url.path", entry.path),
                    attribute("http.response.status_code", std::int64_t{entry.status}),
                    attribute("client.address", entry.client),
                    attribute("user_agent.original", entry.agent),
                    attribute("hearth.request_id", entry.id)};
    if (!request.generates)
        return attributes;
    attributes.push_back(attribute("gen_ai.request.model", entry.model));
    attributes.push_back(attribute("gen_ai.usage.input_tokens", std::int64_t{entry.promptTokens}));
    attributes.push_back(attribute("hearth.cached_tokens", std::int64_t{entry.cachedTokens}));
    attributes.push_back(
        attribute("gen_ai.usage.output_tokens", std::int64_t{entry.completionTokens}));
    return attributes;
}

/// Writes the spans of one request.
class SpanWriter {
public:
    SpanWriter(const TracedRequest& request, Json& spans)
        : m_request(request)
        , m_spans(spans)
        , m_trace(request.parent ? request.parent->traceId
                                 : fmt::format("{:016x}{:016x}", randomId(), randomId())) {}

    void write() {
        const RequestPhases& phases = m_request.phases;
        m_root = add(m_request.entry.method + " " + m_request.route, kServerSpan,
                     m_request.parent ? m_request.parent->parentSpan : "", phases.received,
                     phases.finished);
        Json& root = m_spans.back();
        root["attributes"] = attributesOf(m_request);
        if (m_request.entry.status >= 500 || m_request.entry.status == 499)
            root["status"] = {{"code", kErrorStatus}, {"message", m_request.entry.error}};
        if (!m_request.generates)
            return;
        child("validate", phases.received, phases.submitted);
        if (!phases.generated)
            return;
        child("queue", phases.submitted, phases.started);
        child("prefill", phases.started, phases.firstToken);
        child("decode", phases.firstToken, phases.finished);
    }

private:
    using Point = RequestPhases::Point;

    std::string nanoseconds(Point point) const {
        const auto time = m_request.entry.at.time_since_epoch() +
                          (point - m_request.phases.received);
        return std::to_string(
            std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
    }
    std::string add(const std::string& name, int kind, const std::string& parent, Point from,
                    Point to) {
        std::string id = spanId();
        Json span{{"traceId", m_trace},
                  {"spanId", id},
                  {"name", name},
                  {"kind", kind},
                  {"startTimeUnixNano", nanoseconds(from)},
                  {"endTimeUnixNano", nanoseconds(to)}};
        if (!parent.empty())
            span["parentSpanId"] = parent;
        m_spans.push_back(std::move(span));
        return id;
    }
    void child(const char* name, Point from, Point to) {
        add(name, kInternalSpan, m_root, from, to);
    }

    const TracedRequest& m_request;
    Json& m_spans;
    const std::string m_trace;
    std::string m_root;
};

} // namespace

TracedRequest traceOf(const Served& served) {
    TracedRequest traced;
    traced.entry = served.entry;
    traced.entry.body.clear();
    traced.route = served.route == nullptr ? "unknown" : served.route->path;
    traced.phases = phasesOf(served);
    traced.parent = parseTraceParent(served.request.header("traceparent").value_or(""));
    traced.generates = served.route != nullptr && served.route->generates;
    return traced;
}

std::string otlpJson(const std::vector<TracedRequest>& requests) {
    Json spans = Json::array();
    for (const TracedRequest& request : requests)
        SpanWriter(request, spans).write();
    Json document;
    Json& resourceSpans = document["resourceSpans"][0];
    resourceSpans["resource"]["attributes"] = {attribute("service.name", "hearth"),
                                               attribute("service.version", HEARTH_VERSION)};
    Json& scopeSpans = resourceSpans["scopeSpans"][0];
    scopeSpans["scope"] = {{"name", "hearth.serve"}, {"version", HEARTH_VERSION}};
    scopeSpans["spans"] = std::move(spans);
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace hearth::serve
