#pragma once

#include <QPointer>
#include <QTimer>
#include <QWidget>

namespace hearth::ui {

class ChatSession;
class ContextDetails;
class ContextForecast;
class IconButton;
class Label;
class ReplyPanel;
class SamplingPanel;
class Section;
class Switch;
class TokenStrip;
class Workspace;

/// Beside the conversation: how the next reply is made, what fills the context, and how a reply
/// came about, down to its tokens. Follows the newest reply until another is chosen.
class Inspector : public QWidget {
    Q_OBJECT

public:
    Inspector(Workspace& workspace, ContextForecast& forecast, QWidget* parent = nullptr);

    /// Not owned.
    void setSession(ChatSession* session);
    /// Shows the chat's settings, which someone else has changed.
    void refreshSettings();
    /// Hands on what is still being written.
    void flush();
    /// Over the page instead of beside it.
    void setFloating(bool floating);
    [[nodiscard]] TokenStrip* tokens() const { return m_tokens; }

signals:
    void closeRequested();
    void told(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void build();
    QWidget* buildReplyChoice();
    void buildSections(QWidget* content);
    Section* addSection(QWidget* content, const QString& title, const QString& key);
    void keepFold(const QString& key, bool expanded);
    void refreshContext();
    void refreshReply();
    void refreshTokens();
    [[nodiscard]] QList<int> replies() const; ///< Indices in the chat.
    [[nodiscard]] int shownReply() const;     ///< Likewise; -1: there is none.
    void chooseReply(int step);

    Workspace& m_workspace;
    ContextForecast& m_forecast;
    QPointer<ChatSession> m_session;
    QWidget* m_root = nullptr; ///< All of it; made anew for another language.
    Label* m_applies = nullptr;
    SamplingPanel* m_sampling = nullptr;
    ContextDetails* m_context = nullptr;
    Section* m_contextSection = nullptr;
    Label* m_replyName = nullptr;
    IconButton* m_previous = nullptr;
    IconButton* m_next = nullptr;
    Switch* m_probabilities = nullptr;
    Label* m_tokensHint = nullptr;
    TokenStrip* m_tokens = nullptr;
    ReplyPanel* m_reply = nullptr;
    Section* m_replySection = nullptr;
    QTimer m_tokensSoon;
    qint64 m_chosen = 0; ///< A reply; 0: the newest.
    bool m_isFloating = false;
};

} // namespace hearth::ui
