#pragma once

#include <QWidget>

namespace hearth::ui {

class ChatSession;
class ContextForecast;
class Label;
class ShareBar;

/// What takes how much of the context, and which messages would be forgotten.
class ContextDetails : public QWidget {
    Q_OBJECT

public:
    explicit ContextDetails(QWidget* parent = nullptr);

    void show(const ContextForecast& forecast, const ChatSession& session);

protected:
    void changeEvent(QEvent* event) override;

private:
    enum Part { System, Summary, Conversation, Draft, Attachments, Reserve, kPartCount };
    struct Row {
        QWidget* widget;
        Label* name;
        Label* figure;
    };

    void retranslate();

    Label* m_total;
    ShareBar* m_bar;
    Row m_rows[kPartCount];
    Label* m_forgets;
    Label* m_turns;
};

} // namespace hearth::ui
