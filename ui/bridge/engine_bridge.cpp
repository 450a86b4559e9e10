#include "bridge/engine_bridge.h"

#include <QPointer>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace hearth::ui {

/// What one request has to tell since the last frame.
struct EngineBridge::Mailbox {
    std::optional<AcceptedEvent> accepted;
    std::optional<PrefillEvent> prefill;
    std::string text;
    int tokens = 0;
    std::vector<TokenInfo> probabilities;
    std::variant<std::monostate, FinishedEvent, FailedEvent> end;

    void put(Event&& event);
    [[nodiscard]] bool hasEnded() const { return end.index() != 0; }
};

void EngineBridge::Mailbox::put(Event&& event) {
    if (hasEnded())
        return;
    if (const auto* told = std::get_if<AcceptedEvent>(&event)) {
        accepted = *told;
    } else if (const auto* progress = std::get_if<PrefillEvent>(&event)) {
        prefill = *progress;
    } else if (auto* arrived = std::get_if<TextEvent>(&event)) {
        text += arrived->text;
        tokens += static_cast<int>(arrived->tokens.size());
        std::move(arrived->probabilities.begin(), arrived->probabilities.end(),
                  std::back_inserter(probabilities));
    } else if (auto* done = std::get_if<FinishedEvent>(&event)) {
        end = std::move(*done);
    } else if (auto* broken = std::get_if<FailedEvent>(&event)) {
        end = std::move(*broken);
    }
}

/// Shared by the bridge and the handlers that engines hold, so that either may go first.
class EngineBridge::Exchange {
public:
    explicit Exchange(EngineBridge* receiver) : m_receiver(receiver) {}

    void put(Ticket ticket, Event&& event) {
        const std::lock_guard lock(m_mutex);
        if (m_receiver == nullptr)
            return;
        m_boxes[ticket].put(std::move(event));
        if (!std::exchange(m_wakePending, true))
            QMetaObject::invokeMethod(m_receiver, &EngineBridge::scheduleDrain,
                                      Qt::QueuedConnection);
    }

    std::map<Ticket, Mailbox> take() {
        const std::lock_guard lock(m_mutex);
        m_wakePending = false;
        return std::exchange(m_boxes, {});
    }

    void detach() {
        const std::lock_guard lock(m_mutex);
        m_receiver = nullptr;
        m_boxes.clear();
    }

private:
    std::mutex m_mutex;
    EngineBridge* m_receiver;
    std::map<Ticket, Mailbox> m_boxes;
    bool m_wakePending = false;
};

EngineBridge::EngineBridge(QObject* parent)
    : QObject(parent)
    , m_exchange(std::make_shared<Exchange>(this)) {
    m_frameTimer.setSingleShot(true);
    m_frameTimer.setTimerType(Qt::PreciseTimer);
    connect(&m_frameTimer, &QTimer::timeout, this, &EngineBridge::drain);
}

EngineBridge::~EngineBridge() {
    m_exchange->detach();
}

void EngineBridge::setEngine(std::shared_ptr<Engine> engine) {
    m_engine = std::move(engine);
    if (!m_engine)
        return;
    for (auto& [ticket, request] : std::exchange(m_waiting, {}))
        submit(ticket, std::move(request));
}

Ticket EngineBridge::send(Request request) {
    const Ticket ticket = ++m_lastTicket;
    if (m_engine)
        submit(ticket, std::move(request));
    else
        m_waiting.emplace(ticket, std::move(request));
    return ticket;
}

void EngineBridge::submit(Ticket ticket, Request request) {
    auto id = m_engine->submit(std::move(request),
                               [exchange = m_exchange, ticket](RequestId, Event event) {
                                   exchange->put(ticket, std::move(event));
                               });
    if (!id) {
        m_exchange->put(ticket, FailedEvent{std::move(id).error()});
        return;
    }
    m_running[ticket] = {m_engine, *id};
    // Queued, as every other signal: the caller of send() does not know its ticket yet.
    QMetaObject::invokeMethod(
        this, [this, ticket] { emit submitted(ticket); }, Qt::QueuedConnection);
}

void EngineBridge::stop(Ticket ticket) {
    if (m_waiting.erase(ticket) > 0) {
        m_exchange->put(ticket, FinishedEvent{FinishReason::Cancelled, {}});
        return;
    }
    const auto found = m_running.find(ticket);
    if (found == m_running.end())
        return;
    if (const auto engine = found->second.engine.lock())
        engine->cancel(found->second.id);
}

void EngineBridge::scheduleDrain() {
    const qint64 passed = m_sinceDrain.isValid() ? m_sinceDrain.elapsed() : kFrameMilliseconds;
    if (passed >= kFrameMilliseconds)
        drain();
    else
        m_frameTimer.start(static_cast<int>(kFrameMilliseconds - passed));
}

void EngineBridge::drain() {
    m_sinceDrain.start();
    const QPointer<EngineBridge> self(this);
    for (const auto& [ticket, box] : m_exchange->take()) {
        deliver(ticket, box);
        if (!self)
            return;
    }
}

void EngineBridge::deliver(Ticket ticket, const Mailbox& box) {
    const QPointer<EngineBridge> self(this);
    if (box.hasEnded())
        m_running.erase(ticket);
    if (box.accepted)
        emit accepted(ticket, box.accepted->promptTokens, box.accepted->droppedMessages);
    if (self && box.prefill)
        emit prefillAdvanced(ticket, box.prefill->done, box.prefill->total);
    if (self && !box.probabilities.empty())
        emit probabilitiesArrived(ticket, box.probabilities);
    if (self && (!box.text.empty() || box.tokens > 0))
        emit textArrived(ticket, QString::fromStdString(box.text), box.tokens);
    if (!self)
        return;
    if (const auto* done = std::get_if<FinishedEvent>(&box.end))
        emit finished(ticket, done->reason, done->statistics);
    else if (const auto* broken = std::get_if<FailedEvent>(&box.end))
        emit failed(ticket, broken->error);
}

} // namespace hearth::ui
