#include "state/chat_prompt.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace hearth::ui {

namespace {

constexpr char kSummaryHead[] = "Summary of the conversation before the messages that follow:\n";

/// Longer than any row of backticks in the text, so that none of them ends the block.
QString fenceFor(const QString& text) {
    qsizetype longest = 0;
    qsizetype run = 0;
    for (const QChar c : text) {
        run = c == QLatin1Char('`') ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return QString(std::max<qsizetype>(3, longest + 1), QLatin1Char('`'));
}

TokenMark::Choice toChoice(const TokenProbability& token) {
    return {QString::fromStdString(token.text), std::exp(static_cast<double>(token.logprob))};
}

} // namespace

PromptBuilder::PromptBuilder(const ChatSettings& settings, const QString& summary) {
    addTurn("system", settings.systemPrompt, 0);
    if (!summary.isEmpty())
        addTurn("system", QLatin1String(kSummaryHead) + summary, 0);
}

void PromptBuilder::add(const MessageRecord& message) {
    switch (message.role) {
    case MessageRole::System:
        addTurn("system", message.text, message.id);
        break;
    case MessageRole::User:
        addTurn("user", withAttachments(message.attachments, message.text), message.id);
        break;
    case MessageRole::Assistant:
        addTurn("assistant", message.text, message.id);
        break;
    }
}

void PromptBuilder::addUser(const QString& text, const QList<Attachment>& attachments) {
    addTurn("user", withAttachments(attachments, text), 0);
}

void PromptBuilder::addTurn(const char* role, const QString& text, RecordId source) {
    if (text.isEmpty())
        return;
    std::vector<Message>& turns = m_result.prompt.messages;
    if (!turns.empty() && turns.back().role == role) {
        turns.back().content += "\n\n" + text.toStdString();
    } else {
        turns.push_back({role, text.toStdString(), {}});
        m_result.sources.append(QList<RecordId>());
    }
    if (source != 0)
        m_result.sources.back().append(source);
}

QString withAttachments(const QList<Attachment>& attachments, const QString& words) {
    QStringList parts;
    for (const Attachment& attachment : attachments) {
        const QString fence = fenceFor(attachment.text);
        const bool endsLine = attachment.text.endsWith(QLatin1Char('\n'));
        parts.append(plainLine(attachment.name) + QLatin1String(":\n") + fence + QLatin1Char('\n') +
                     attachment.text + (endsLine ? QString() : QStringLiteral("\n")) + fence);
    }
    if (!words.isEmpty())
        parts.append(words);
    return parts.join(QLatin1String("\n\n"));
}

QString withoutThinking(const QString& reply) {
    static const QRegularExpression kThinking(QStringLiteral("<(think|thinking)>.*?(</\\1>|\\z)"),
                                              QRegularExpression::DotMatchesEverythingOption);
    // Some templates open the block themselves, so that the reply only ends it.
    const qsizetype end = reply.indexOf(QLatin1String("</think>"));
    const bool isOpenedBefore = end >= 0 && !reply.left(end).contains(QLatin1String("<think>"));
    QString text = isOpenedBefore ? reply.mid(end + 8) : reply;
    return text.remove(kThinking).trimmed();
}

QString replyToContinue(const QString& text) {
    qsizetype end = text.size();
    while (end > 0 && text[end - 1].isSpace())
        --end;
    return text.left(end);
}

int messagesIn(const SessionPrompt& prompt, int dropped) {
    const auto& turns = prompt.prompt.messages;
    qsizetype first = 0;
    while (first < static_cast<qsizetype>(turns.size()) &&
           turns[static_cast<std::size_t>(first)].role == "system")
        ++first;
    int messages = 0;
    for (qsizetype turn = first; turn < std::min(first + dropped, prompt.sources.size()); ++turn)
        messages += static_cast<int>(prompt.sources[turn].size());
    return messages;
}

TokenMark toTokenMark(const TokenInfo& token) {
    const TokenMark::Choice chosen = toChoice(token.chosen);
    TokenMark mark{chosen.text, chosen.probability, {}};
    for (const TokenProbability& choice : token.top)
        mark.choices.append(toChoice(choice));
    return mark;
}

} // namespace hearth::ui
