#pragma once

#include "bridge/job_thread.h"
#include "hearth/engine.h"

#include <QObject>

#include <atomic>
#include <memory>

namespace hearth::ui {

/// Counts tokens beside the window's thread, for the context meter and attachments.
class TokenCounter : public QObject {
    Q_OBJECT

public:
    explicit TokenCounter(QObject* parent = nullptr);
    ~TokenCounter() override;

    /// How a conversation fits the context with room for `reserve` new tokens. Only the newest
    /// question is answered, by counted().
    void count(std::shared_ptr<Engine> engine, ChatPrompt prompt, int reserve);
    /// Tokens of a text; each question is answered, by textCounted() with its `id`.
    void countText(std::shared_ptr<Engine> engine, quint64 id, const QString& text);
    /// Drops the question that is being answered.
    void cancel();

signals:
    void counted(const hearth::PromptFit& fit);
    void textCounted(quint64 id, int tokens);

private:
    std::atomic<quint64> m_newest = 0;
    JobThread m_thread;
};

} // namespace hearth::ui
