#include "bridge/token_counter.h"

#include <utility>

namespace hearth::ui {

TokenCounter::TokenCounter(QObject* parent)
    : QObject(parent) {
}

TokenCounter::~TokenCounter() {
    cancel();
}

void TokenCounter::count(std::shared_ptr<Engine> engine, ChatPrompt prompt, int reserve) {
    const quint64 question = ++m_newest;
    m_thread.post(
        [this, question, reserve, engine = std::move(engine), prompt = std::move(prompt)] {
            if (m_newest != question)
                return;
            PromptFit fit;
            fit.reserve = reserve;
            if (const auto fitted = engine->fitPrompt(prompt, reserve)) {
                fit = *fitted;
            } else if (fitted.error().code == ErrorCode::ContextExceeded) {
                fit.context = static_cast<int>(fitted.error().available.value_or(0));
                fit.fittedTokens = static_cast<int>(fitted.error().needed.value_or(1)) - 1;
                fit.tokens = fit.fittedTokens;
            } else {
                return;
            }
            QMetaObject::invokeMethod(
                this,
                [this, question, fit] {
                    if (m_newest == question)
                        emit counted(fit);
                },
                Qt::QueuedConnection);
        });
}

void TokenCounter::countText(std::shared_ptr<Engine> engine, quint64 id, const QString& text) {
    m_thread.post([this, id, engine = std::move(engine), text] {
        const auto tokens = engine->tokenize(TextPrompt{text.toStdString(), false, false});
        if (!tokens)
            return;
        QMetaObject::invokeMethod(
            this,
            [this, id, count = static_cast<int>(tokens->size())] { emit textCounted(id, count); },
            Qt::QueuedConnection);
    });
}

void TokenCounter::cancel() {
    ++m_newest;
}

} // namespace hearth::ui
