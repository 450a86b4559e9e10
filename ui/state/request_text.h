#pragma once

#include "hearth/server.h"
#include "state/chat_records.h"

#include <QList>
#include <QString>

#include <optional>

namespace hearth::ui {

/// What a request of another program says, for people.

/// A conversation that a request holds.
struct Conversation {
    struct Turn {
        MessageRole role = MessageRole::User;
        QString text;
    };
    QString systemPrompt;
    QList<Turn> turns;
};

/// JSON with a line for each member and element, in its own order; also of a beginning of JSON.
/// What does not look like JSON comes back as it is.
[[nodiscard]] QString prettyJson(const QString& text);
/// True if the log has only the beginning of its body.
[[nodiscard]] bool isBodyCut(const ServedRequest& request);
/// A line for a shell that sends the request again to the server at `url`; the key is named by a
/// variable, never written.
[[nodiscard]] QString curlText(const ServedRequest& request, const QString& url, bool hasKeys);
/// Of OpenAI's, Anthropic's, Ollama's, TGI's and LMDeploy's bodies; pictures and calls of tools
/// are left out. Nothing if the body holds no words of a person.
[[nodiscard]] std::optional<Conversation> conversationOf(const ServedRequest& request);

} // namespace hearth::ui
