#pragma once

#include <QScrollArea>

namespace hearth::ui {

class RequestList;
class Section;
class ServerAccess;
class ServerConnect;
class ServerHead;
class ServerModels;
class Workspace;

/// The REST server: its switch and address, how programs connect, what is served, what was asked.
class ServerPage : public QScrollArea {
    Q_OBJECT

public:
    explicit ServerPage(Workspace& workspace, QWidget* parent = nullptr);

signals:
    void told(const QString& text);
    void chatRequested();
    void contextWanted(int tokens);

private:
    void arrange();
    void connectParts();
    void keepFolded(Section* section);

    Workspace& m_workspace;
    ServerHead* m_head;
    ServerConnect* m_connect;
    RequestList* m_requests;
    ServerAccess* m_access;
    ServerModels* m_models;
};

} // namespace hearth::ui
