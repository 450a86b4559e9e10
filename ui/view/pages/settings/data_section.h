#pragma once

#include "bridge/job_thread.h"
#include "state/chat_controller.h"
#include "view/pages/settings/settings_section.h"

#include <QTimer>

#include <functional>

namespace hearth::ui {

class Button;
class Workspace;

/// Where everything lies, and what can be done with all chats at once.
class DataSection : public SettingsSection {
    Q_OBJECT

public:
    explicit DataSection(Workspace& workspace, QWidget* parent = nullptr);
    ~DataSection() override;

signals:
    void undoOffered(const QString& text, const std::function<void()>& undo,
                     const std::function<void()>& expired);

private:
    void addFolder();
    void addChats();
    /// Ask where to, or from where; the list of chats tells how it went.
    void exportAll(TransferFormat format);
    void import();
    void askToDelete();
    [[nodiscard]] QList<RecordId> all() const;
    void measure();
    void refresh();

    Workspace& m_workspace;
    Label* m_size;
    Button* m_export;
    Button* m_exportText;
    Button* m_delete;
    qint64 m_bytes = -1; ///< Of the chats on disk; -1: not looked at yet.
    QTimer m_refreshSoon;
    JobThread m_thread;
};

} // namespace hearth::ui
