#pragma once

#include "state/chat_records.h"
#include "state/model_session.h"
#include "state/resume_point.h"

#include <QPointer>
#include <QVariantAnimation>
#include <QWidget>

#include <functional>
#include <optional>

class QStackedWidget;

namespace hearth::ui {

class AttachmentReader;
class ChatEmptyState;
class ChatSession;
class ChatView;
class Composer;
class ContextForecast;
class DeviceNotice;
class DropCurtain;
class FindBar;
class Inspector;
class ModelBar;
class ModelNotice;
class OverflowNotice;
class SessionSource;
class Workspace;

/// The open chat: its messages, what the model does, the composer, and beside them the inspector.
/// Every state of the model and of the chat has its sentence here, and the button that mends it.
class ChatPage : public QWidget {
    Q_OBJECT

public:
    explicit ChatPage(Workspace& workspace, QWidget* parent = nullptr);
    ~ChatPage() override;

    void focusComposer();
    void openModelChoice();
    /// What Esc does here: closes what lies over the chat, leaves the edit, then stops the reply.
    /// False if there was nothing of it.
    bool stepBack();
    void regenerateLast();
    void copyLastReply();
    /// The version beside the last message that has several; the nearest there is.
    void showNeighbourVersion(int step);
    void openFind();
    void findNext();
    void findPrevious();
    /// Beside the page if that is wide enough, and kept in the settings; else over it for now.
    void toggleInspector();
    /// Asks for files.
    void attachFiles();
    void attach(const QStringList& files);
    /// Brings a message of the open chat into sight, on whatever branch it is, and marks `words`.
    void showMessage(RecordId message, const QString& words);
    /// Opens the chat of a resume point, at its place, once both are there.
    void resumeAt(const ResumePoint& point);
    /// The chat and the place that are shown now.
    [[nodiscard]] ResumePoint resumePoint() const;
    /// What is being edited, if it was changed, becomes a part of the draft, which is kept.
    void keepEdit();
    /// True once nothing waits to be read, parsed or painted; for pictures.
    [[nodiscard]] bool isSettled() const;

signals:
    void sidebarRequested();
    void modelsRequested();
    void cpuRequested();
    void addModelRequested();
    /// The model is to be loaded again with room for so many tokens.
    void contextWanted(int tokens);
    void told(const QString& text);
    /// Something was done that `undo` takes back.
    void undoOffered(const QString& text, const std::function<void()>& undo,
                     const std::function<void()>& expired);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void arrange();
    void connectModel();
    void connectView();
    void connectComposer();
    void connectContext();
    void openSession();
    void send();
    void sendAgain();
    void newChatWithDraft();
    void returnToPlace();
    void showWanted();
    void mendModel();
    void onErrorAction(const QString& id);
    void copyMessage(int index);
    void startEdit(int index);
    void endEdit();
    void editLast();
    void previewAttachment(const QString& id, int attachment);
    /// Runs at once, or as soon as the reply that is on its way has stopped.
    void whenIdle(std::function<void()> action);
    /// Once the signal that asks for it is over; not if another chat is shown by then.
    void soonInThisChat(std::function<void()> action);
    void onBusyChanged();
    void onSummarised(bool done);
    /// Their footers may say something else.
    void refreshMessages();
    void onModelChanged();
    void refresh();
    void refreshNote();
    void refreshContext();
    void openContext();
    [[nodiscard]] bool isNarrow() const;
    [[nodiscard]] bool isInspectorOpen() const;
    void refreshInspector();
    void placeChildren();

    struct Content {
        QString text;
        QList<Attachment> attachments;
    };
    struct Wanted {
        RecordId message = 0;
        QString words;
    };

    Workspace& m_workspace;
    ChatSession* m_session = nullptr;
    SessionSource* m_source;
    ContextForecast* m_forecast;
    AttachmentReader* m_reader;
    QWidget* m_centre;
    ModelBar* m_bar;
    ModelNotice* m_modelNotice;
    DeviceNotice* m_deviceNotice;
    QStackedWidget* m_stack;
    ChatEmptyState* m_empty;
    ChatView* m_view;
    OverflowNotice* m_overflow;
    Composer* m_composer;
    Inspector* m_inspector;
    FindBar* m_find;
    DropCurtain* m_curtain;
    QVariantAnimation m_slide; ///< Width of the inspector that is seen.
    QPointer<QWidget> m_focusBeforeFind;
    QString m_modelName;   ///< That the attachments were counted by.
    qint64 m_editing = 0;  ///< The message whose new text is in the composer.
    Content m_draftBeforeEdit;
    bool m_wasRefused = false; ///< Sending waits for room in the context.
    bool m_isOverlayOpen = false;
    std::function<void()> m_afterStop;
    std::optional<Wanted> m_wanted;      ///< Until its chat is loaded.
    std::optional<ResumePoint> m_resume; ///< Until its chat is shown.
};

} // namespace hearth::ui
