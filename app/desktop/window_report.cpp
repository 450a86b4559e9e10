#include "window_report.h"

#include "start_clock.h"

#include "state/chat_session.h"
#include "view/theme/theme.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace hearth::desktop {

QByteArray windowReport(ui::Workspace& workspace, const ui::MainWindow& window,
                        const StartClock& clock) {
    const ui::ChatSession& chat = workspace.chats().current();
    QJsonArray messages;
    for (int i = 0; i < chat.count(); ++i)
        messages.append(QJsonObject{{"text", chat.message(i).text},
                                    {"state", static_cast<int>(chat.message(i).state)}});
    const ui::ResumePoint point = window.resumePoint();
    const QJsonObject report{
        {"process", QCoreApplication::applicationPid()},
        {"chat", QString::number(point.chat)},
        {"title", chat.record().title},
        {"draft", chat.record().draft},
        {"messages", messages},
        {"top_message", QString::number(point.message)},
        {"model", workspace.model().name()},
        {"model_is_ready", workspace.model().state() == ui::ModelSession::State::Ready},
        {"device", QString::fromStdString(workspace.model().info().device)},
        {"page", ui::pageName(window.page())},
        {"is_dark", ui::Theme::current().isDark()},
        {"width", window.width()},
        {"height", window.height()},
        {"window_title", window.windowTitle()},
        {"chats", static_cast<int>(workspace.chats().list().all().size())},
        {"first_paint_ms", clock.firstPaint().value_or(-1)},
        {"usable_ms", clock.usable().value_or(-1)}};
    return QJsonDocument(report).toJson();
}

} // namespace hearth::desktop
