#pragma once

#include <QWidget>

namespace hearth::ui {

class Button;
class ChatSession;
class ContextForecast;
class Label;

/// Above the composer when the chat no longer fits into the context: the cause, the numbers, and
/// what can be done. Where the chat forgets its oldest messages it says only that, and how many.
class OverflowNotice : public QWidget {
    Q_OBJECT

public:
    explicit OverflowNotice(QWidget* parent = nullptr);

    /// `trainedContext`: tokens that the model was made for.
    void show(const ContextForecast& forecast, const ChatSession& session, int trainedContext);
    /// Draws the eye here: something was not sent.
    void insist();
    /// The next larger context in which the chat has room; 0: there is none.
    [[nodiscard]] static int contextFor(int needed, int context, int trainedContext);

signals:
    void forgetRequested();
    void summariseRequested();
    void contextWanted(int tokens);
    void newChatRequested();
    void detailsRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void retranslate();

    Label* m_text;
    QWidget* m_actions;
    Button* m_forget;
    Button* m_summarise;
    Button* m_raise;
    Button* m_new;
    Button* m_details;
    int m_wanted = 0;
    bool m_isGrave = false; ///< Nothing can be sent.
    bool m_isQuiet = false; ///< It is as the person wants it: only a line.
};

} // namespace hearth::ui
