#include "state/request_text.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

constexpr int kIndent = 2;
constexpr int kDeepest = 64; ///< Levels that are indented: a body of brackets would fill memory.
/// Where ServedRequest::body is cut.
constexpr std::size_t kBodyBytes = std::size_t{64} << 10;

/// Writes JSON anew, character by character: a parser would lose the members' order.
class JsonPrinter {
public:
    QString print(const QString& text) {
        for (const QChar c : text)
            take(c);
        return m_out;
    }

private:
    void take(QChar c) {
        if (m_inString) {
            m_out += c;
            m_inString = m_escaped || c != QLatin1Char('"');
            m_escaped = !m_escaped && c == QLatin1Char('\\');
            return;
        }
        if (c.isSpace())
            return;
        if (c == QLatin1Char('}') || c == QLatin1Char(']')) {
            m_depth -= m_depth > 0 ? 1 : 0;
            if (!m_isEmpty)
                newLine();
        } else if (m_isEmpty) {
            newLine();
        }
        m_isEmpty = false;
        m_out += c;
        if (c == QLatin1Char('{') || c == QLatin1Char('[')) {
            ++m_depth;
            m_isEmpty = true;
        } else if (c == QLatin1Char(',')) {
            newLine();
        } else if (c == QLatin1Char(':')) {
            m_out += QLatin1Char(' ');
        }
        m_inString = c == QLatin1Char('"');
    }
    void newLine() {
        m_out += QLatin1Char('\n');
        m_out += QString(kIndent * std::min(m_depth, kDeepest), QLatin1Char(' '));
    }

    QString m_out;
    int m_depth = 0;
    bool m_inString = false;
    bool m_escaped = false;
    bool m_isEmpty = false; ///< Just after an opening bracket.
};

QString quoted(QString text) {
    return QLatin1Char('\'') + text.replace(QLatin1Char('\''), QLatin1String("'\\''")) +
           QLatin1Char('\'');
}

/// A string, or the texts of a list of parts.
QString contentText(const QJsonValue& content) {
    if (content.isString())
        return content.toString();
    QStringList texts;
    for (const QJsonValue& part : content.toArray()) {
        const QString text = part.isString() ? part.toString() : part["text"].toString();
        if (!text.isEmpty())
            texts += text;
    }
    return texts.join(QLatin1Char('\n'));
}

void addTurn(Conversation& conversation, const QString& role, const QString& text) {
    if (text.isEmpty())
        return;
    if (role == QLatin1String("system") || role == QLatin1String("developer")) {
        if (!conversation.systemPrompt.isEmpty())
            conversation.systemPrompt += QLatin1Char('\n');
        conversation.systemPrompt += text;
    } else if (role == QLatin1String("user")) {
        conversation.turns += {MessageRole::User, text};
    } else if (role == QLatin1String("assistant")) {
        conversation.turns += {MessageRole::Assistant, text};
    }
}

} // namespace

QString prettyJson(const QString& text) {
    const QString trimmed = text.trimmed();
    if (!trimmed.startsWith(QLatin1Char('{')) && !trimmed.startsWith(QLatin1Char('[')))
        return text;
    return JsonPrinter().print(trimmed);
}

bool isBodyCut(const ServedRequest& request) {
    return request.body.size() >= kBodyBytes;
}

QString curlText(const ServedRequest& request, const QString& url, bool hasKeys) {
    QString line = QStringLiteral("curl ");
    const QString method = QString::fromStdString(request.method);
    const bool hasBody = !request.body.empty();
    if (method != (hasBody ? QLatin1String("POST") : QLatin1String("GET")))
        line += QStringLiteral("-X %1 ").arg(quoted(method));
    line += quoted(url + QString::fromStdString(request.path));
    if (hasKeys)
        line += QStringLiteral(" \\\n  -H \"Authorization: Bearer $HEARTH_API_KEY\"");
    if (hasBody)
        line += QStringLiteral(" \\\n  -H 'Content-Type: application/json' \\\n  -d ") +
                quoted(QString::fromStdString(request.body));
    return line;
}

std::optional<Conversation> conversationOf(const ServedRequest& request) {
    const QJsonObject body =
        QJsonDocument::fromJson(QByteArray::fromStdString(request.body)).object();
    Conversation conversation;
    addTurn(conversation, QStringLiteral("system"), contentText(body["system"]));
    addTurn(conversation, QStringLiteral("system"), body["instructions"].toString());
    // "input" of the responses API is a text or a list of messages, "messages" may be a raw text.
    for (const QLatin1String list : {QLatin1String("messages"), QLatin1String("input")}) {
        if (body[list].isString())
            addTurn(conversation, QStringLiteral("user"), body[list].toString());
        for (const QJsonValue& message : body[list].toArray())
            addTurn(conversation, message["role"].toString(), contentText(message["content"]));
    }
    for (const QLatin1String prompt : {QLatin1String("prompt"), QLatin1String("inputs")})
        addTurn(conversation, QStringLiteral("user"), contentText(body[prompt]));
    for (const Conversation::Turn& turn : std::as_const(conversation.turns))
        if (turn.role == MessageRole::User)
            return conversation;
    return std::nullopt;
}

} // namespace hearth::ui
