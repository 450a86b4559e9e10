#pragma once

#include "serve/http/http_server.h"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace hearth::serve {

/// When the parts of a request that was generated for began; each is not before the one above.
struct RequestPhases {
    using Point = std::chrono::steady_clock::time_point;
    Point received;
    Point submitted;    ///< The engine got it.
    Point started;      ///< Its prefill began.
    Point firstToken;   ///< = finished if there was none.
    Point finished;
    bool generated = false; ///< There was a first token.
};

[[nodiscard]] inline RequestPhases phasesOf(const Served& served) {
    const auto after = [](RequestPhases::Point point, double seconds) {
        return point + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                           std::chrono::duration<double>(seconds));
    };
    RequestPhases phases;
    phases.received = served.times.received;
    phases.finished = std::max(served.times.finished, phases.received);
    const auto within = [&](RequestPhases::Point point, RequestPhases::Point least) {
        return std::clamp(point, least, phases.finished);
    };
    RequestPhases::Point submitted = served.note.submitted;
    for (const RequestPhases::Point point : {served.times.handled, served.times.read})
        if (submitted == RequestPhases::Point())
            submitted = point;
    phases.submitted = within(submitted, phases.received);
    phases.started = within(after(phases.submitted, served.note.queueSeconds), phases.submitted);
    phases.generated = served.note.timeToFirstToken > 0.0;
    phases.firstToken =
        phases.generated
            ? within(after(phases.submitted, served.note.timeToFirstToken), phases.started)
            : phases.finished;
    return phases;
}

/// "stop", "length", …; "abort" where the client hung up, "error" where something failed.
[[nodiscard]] inline std::string_view finishedReason(const Served& served) {
    if (served.entry.status == 499)
        return "abort";
    if (served.entry.status >= 400 || !served.note.error.empty())
        return "error";
    return served.note.finishReason.empty() ? "stop" : std::string_view(served.note.finishReason);
}

} // namespace hearth::serve
