#include "bridge/token_counter.h"

#include <utility>

namespace hearth::ui {

TokenCounter::TokenCounter(QObject* parent) : QObject(parent) {}

TokenCounter::~TokenCounter() {
    cancel();
}

void TokenCounter::count(std::shared_ptr<Engine> engine, ChatPrompt prompt) {
    const quint64 question = ++m_newest;
    m_thread.post([this, question, engine = std::move(engine), prompt = std::move(prompt)] {
        if (m_newest != question)
            return;
        const auto tokens = engine->tokenize(prompt);
        if (!tokens)
            return;
        QMetaObject::invokeMethod(
            this,
            [this, question, total = static_cast<int>(tokens->size())] {
                if (m_newest == question)
                    emit counted(total);
            },
            Qt::QueuedConnection);
    });
}

void TokenCounter::cancel() {
    ++m_newest;
}

} // namespace hearth::ui
