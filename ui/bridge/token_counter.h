#pragma once

#include "bridge/job_thread.h"
#include "hearth/engine.h"

#include <QObject>

#include <atomic>
#include <memory>

namespace hearth::ui {

/// Counts the tokens of a conversation beside the window's thread, for the context meter. Only the
/// newest question is answered.
class TokenCounter : public QObject {
    Q_OBJECT

public:
    explicit TokenCounter(QObject* parent = nullptr);
    ~TokenCounter() override;

    void count(std::shared_ptr<Engine> engine, ChatPrompt prompt);
    /// Drops the question that is being answered.
    void cancel();

signals:
    void counted(int tokens);

private:
    std::atomic<quint64> m_newest = 0;
    JobThread m_thread;
};

} // namespace hearth::ui
