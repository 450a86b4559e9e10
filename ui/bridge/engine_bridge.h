#pragma once

#include "hearth/engine.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

#include <map>
#include <memory>

namespace hearth::ui {

/// Names a request at the window's side, where it may exist before any engine does. Never 0.
using Ticket = quint64;

/// Carries requests to the engine and its events back as signals.
///
/// Lives on the window's thread, and every function is called there. The engine's threads only
/// touch a shared exchange: one mailbox a request and one pending wake-up in all, so that tokens
/// merge into at most one update a frame (60 a second) however fast they come. A request's signals
/// come in order; exactly one of finished() and failed() comes, last, and is never dropped.
/// Events that arrive after the bridge is gone are discarded.
class EngineBridge : public QObject {
    Q_OBJECT

public:
    static constexpr int kFrameMilliseconds = 16;

    explicit EngineBridge(QObject* parent = nullptr);
    ~EngineBridge() override;

    /// The engine that new requests go to, and those that wait for one. Null: requests wait.
    /// Requests of the engine before go on there for as long as it lives.
    void setEngine(std::shared_ptr<Engine> engine);
    [[nodiscard]] const std::shared_ptr<Engine>& engine() const { return m_engine; }

    /// Submits a request, or keeps it until there is an engine.
    [[nodiscard]] Ticket send(Request request);
    /// Ends a request; it finishes as Cancelled. Unknown tickets are ignored.
    void stop(Ticket ticket);
    [[nodiscard]] bool isWaiting(Ticket ticket) const { return m_waiting.contains(ticket); }

signals:
    void submitted(quint64 ticket);
    /// `dropped`: oldest turns of the prompt that were left out (Overflow::DropOldest).
    void accepted(quint64 ticket, int promptTokens, int dropped);
    void prefillAdvanced(quint64 ticket, int done, int total);
    void textArrived(quint64 ticket, const QString& text, int tokens);
    /// One a token, before the text they belong to; only if the request asks for logprobs.
    void probabilitiesArrived(quint64 ticket, const std::vector<hearth::TokenInfo>& tokens);
    void finished(quint64 ticket, hearth::FinishReason reason,
                  const hearth::RequestStatistics& statistics);
    void failed(quint64 ticket, const hearth::Error& error);

private:
    struct Mailbox;
    class Exchange;
    struct Running {
        std::weak_ptr<Engine> engine;
        RequestId id = 0;
    };

    void submit(Ticket ticket, Request request);
    void scheduleDrain();
    void drain();
    void deliver(Ticket ticket, const Mailbox& box);

    std::shared_ptr<Engine> m_engine;
    std::shared_ptr<Exchange> m_exchange;
    std::map<Ticket, Request> m_waiting;
    std::map<Ticket, Running> m_running;
    QTimer m_frameTimer;
    QElapsedTimer m_sinceDrain;
    Ticket m_lastTicket = 0;
};

} // namespace hearth::ui
