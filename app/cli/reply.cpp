#include "cli/reply.h"

#include "base/bounded_queue.h"
#include "cli/console.h"
#include "cli/interrupt.h"

#include <limits>
#include <memory>
#include <optional>

namespace hearth::cli {

namespace {

struct Incoming {
    std::size_t index = 0;
    RequestId id = 0;
    Event event;
    std::chrono::steady_clock::time_point time;
};

/// Collects events of one batch of requests on the caller's thread.
class Collector {
public:
    Collector(std::size_t count, const std::function<void(std::string_view)>& onText)
        : m_replies(count), m_open(count), m_onText(onText) {}

    void take(Incoming incoming) {
        Reply& reply = m_replies[incoming.index];
        if (auto* text = std::get_if<TextEvent>(&incoming.event)) {
            if (incoming.index == 0 && m_onText && !text->text.empty())
                m_onText(text->text);
            reply.text += text->text;
            reply.tokens.insert(reply.tokens.end(), text->tokens.begin(), text->tokens.end());
            reply.tokenTimes.resize(reply.tokens.size(), incoming.time);
        } else if (auto* logits = std::get_if<LogitsEvent>(&incoming.event)) {
            reply.logits.push_back(std::move(*logits));
        } else if (const auto* finished = std::get_if<FinishedEvent>(&incoming.event)) {
            reply.reason = finished->reason;
            reply.statistics = finished->statistics;
            --m_open;
        } else if (const auto* failed = std::get_if<FailedEvent>(&incoming.event)) {
            m_failure = failed->error;
            --m_open;
        }
    }
    [[nodiscard]] bool done() const { return m_open == 0; }
    std::vector<Reply> result() {
        if (m_failure)
            throw CommandFailed(*m_failure);
        return std::move(m_replies);
    }

private:
    std::vector<Reply> m_replies;
    std::size_t m_open;
    const std::function<void(std::string_view)>& m_onText;
    std::optional<Error> m_failure;
};

} // namespace

std::vector<Reply> runRequests(Engine& engine, std::vector<Request> requests,
                               const std::function<void(std::string_view)>& onText) {
    const InterruptGuard guard;
    // Shared with the handlers: if submitting a later request fails, earlier ones still run.
    const auto events =
        std::make_shared<BoundedQueue<Incoming>>(std::numeric_limits<std::size_t>::max());
    Collector collector(requests.size(), onText);
    std::vector<RequestId> ids;
    for (std::size_t index = 0; index < requests.size(); ++index) {
        const auto handler = [events, index](RequestId own, Event event) {
            events->pushAlways({index, own, std::move(event), std::chrono::steady_clock::now()});
        };
        auto id = engine.submit(std::move(requests[index]), handler);
        if (!id) {
            for (const RequestId earlier : ids)
                engine.cancel(earlier);
            throw CommandFailed(id.error());
        }
        ids.push_back(*id);
    }
    bool cancelled = false;
    while (!collector.done()) {
        if (std::optional<Incoming> incoming = events->waitPop())
            collector.take(*std::move(incoming));
        if (isInterrupted() && !cancelled) {
            cancelled = true;
            for (const RequestId id : ids)
                engine.cancel(id);
        }
    }
    return collector.result();
}

Reply runRequest(Engine& engine, Request request,
                 const std::function<void(std::string_view)>& onText) {
    std::vector<Request> one;
    one.push_back(std::move(request));
    return std::move(runRequests(engine, std::move(one), onText).front());
}

void requireWhole(const std::vector<Reply>& replies) {
    for (const Reply& reply : replies)
        if (reply.reason == FinishReason::Cancelled)
            throw CommandFailed("interrupted");
}

std::string_view reasonText(FinishReason reason) {
    switch (reason) {
    case FinishReason::Stop:
    case FinishReason::StopString:
        return "stop";
    case FinishReason::Length:
        return "length";
    case FinishReason::Cancelled:
        return "cancelled";
    }
    return "";
}

} // namespace hearth::cli
