#pragma once

#include <QFlags>
#include <QList>
#include <QObject>
#include <QString>

namespace hearth::ui {

enum class ChatRole {
    Person, ///< Sunken, at the right; shown as typed, only fenced code is set apart.
    Model,  ///< Plain on the canvas, Markdown.
    Notice, ///< A line of ours between the turns ("Model changed to …"), centred and muted.
};

enum class MessageState {
    Done,
    Queued,     ///< Waits for its turn or for the model to load.
    Prefilling, ///< The prompt is read; progress says how far.
    Streaming,
    Stopped, ///< By the person; the text so far stands.
    Failed,  ///< error says why; errorAction is the button that mends it.
};

enum class MessageAction {
    Copy = 1,
    Regenerate = 2,
    Edit = 4,
    Continue = 8,
    Fork = 16, ///< The branch up to here becomes a chat of its own.
};
Q_DECLARE_FLAGS(MessageActions, MessageAction)
Q_DECLARE_OPERATORS_FOR_FLAGS(MessageActions)

/// A file that a person's turn carries.
struct ChatAttachment {
    QString name;
    QString detail; ///< "1,204 tokens", translated.

    bool operator==(const ChatAttachment&) const = default;
};

/// One message as the view shows it. Texts of ours (status, error, footer, …) are translated
/// already.
struct ChatMessage {
    QString id; ///< Unique in the chat; what the view's signals name.
    ChatRole role = ChatRole::Model;
    QString speaker;                   ///< For screen readers; empty: "You" or "Hearth".
    QString text;                      ///< Markdown, `<think>…</think>` at its start included.
    QList<ChatAttachment> attachments; ///< Of a person's turn; above its text.
    MessageState state = MessageState::Done;
    QString status; ///< Beside the progress: "Waiting for the model", "Reading the prompt · 74%".
    double progress = 0.0; ///< Prefilling only, 0 to 1.
    QString error;
    QString errorAction; ///< Empty: no button.
    QString thought;     ///< On the line that folds the thinking: "Thought for 12 s"; may be empty.
    QString footer;      ///< "71 tok/s · TTFT 0.2 s · 412 tokens".
    MessageActions actions;
    int version = 1; ///< Of versions; the switcher ‹2/3› shows from two on.
    int versions = 1;
};

/// What a ChatView shows. GUI thread. Implementations keep the messages; the view asks for those it
/// shows and is told of changes after they have happened.
class ChatSource : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    virtual int count() const = 0;
    /// index in 0..count()-1.
    virtual ChatMessage message(int index) const = 0;

signals:
    void reset(); ///< Another chat, or everything changed.
    void inserted(int first, int count);
    void removed(int first, int count);
    /// piece was appended to the text; merged by the sender or not, the view paints once a frame.
    void textAppended(int index, const QString& piece);
    /// Anything but the text.
    void stateChanged(int index);
    /// The text is another one (edited, regenerated); also covers the state.
    void textReplaced(int index);
};

} // namespace hearth::ui
