#pragma once

#include "state/model_session.h"
#include "state/resume_point.h"

#include <QTimer>
#include <QWidget>

#include <functional>
#include <optional>

class QStackedWidget;

namespace hearth::ui {

class Banner;
class ChatSession;
class ChatView;
class Composer;
class DeviceNotice;
class EmptyState;
class ModelBar;
class SessionSource;
class Workspace;

/// The open chat: its messages, what the model does, and the composer. Every state of the model and
/// of the chat has its sentence here, and the button that mends it.
class ChatPage : public QWidget {
    Q_OBJECT

public:
    explicit ChatPage(Workspace& workspace, QWidget* parent = nullptr);
    ~ChatPage() override;

    void focusComposer();
    void openModelChoice();
    /// What Esc does here: leaves the edit, then stops the reply. False if there was neither.
    bool stepBack();
    void regenerateLast();
    void copyLastReply();
    /// The version beside the last message that has several; the nearest there is.
    void showNeighbourVersion(int step);
    void openFind();
    void toggleInspector();
    /// Opens the chat of a resume point, at its place, once both are there.
    void resumeAt(const ResumePoint& point);
    /// The chat and the place that are shown now.
    [[nodiscard]] ResumePoint resumePoint() const;
    /// What is being edited becomes a part of the draft, which is kept.
    void keepEdit();
    /// True once nothing waits to be read, parsed or painted; for pictures.
    [[nodiscard]] bool isSettled() const;

signals:
    void sidebarRequested();
    void modelsRequested();
    void cpuRequested();
    void addModelRequested();
    void told(const QString& text);

protected:
    void changeEvent(QEvent* event) override;

private:
    void connectView();
    void connectComposer();
    void openSession();
    void onSend(const QString& text);
    void returnToPlace();
    void mendModel();
    void onErrorAction(const QString& id);
    void copyMessage(int index);
    void startEdit(int index);
    void endEdit();
    /// Runs at once, or as soon as the reply that is on its way has stopped.
    void whenIdle(std::function<void()> action);
    void onBusyChanged();
    void refresh();
    void refreshEmptyState();
    void refreshBanner();
    void showRejected();
    void refreshContext();
    void askForTokens();
    void onEmptyAction();
    void onBannerAction();

    Workspace& m_workspace;
    ChatSession* m_session = nullptr;
    SessionSource* m_source;
    ModelBar* m_bar;
    Banner* m_modelBanner;
    DeviceNotice* m_deviceNotice;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    ChatView* m_view;
    Composer* m_composer;
    QTimer m_countSoon;
    qint64 m_counted = 0;
    qint64 m_editing = 0; ///< The message whose new text is in the composer.
    QString m_draftBeforeEdit;
    std::function<void()> m_afterStop;
    std::optional<ResumePoint> m_resume; ///< Until its chat is shown.
};

} // namespace hearth::ui
