#pragma once

#include "view/pages/settings/addresses.h"
#include "view/pages/settings/settings_section.h"

#include <QStringList>

#include <functional>

class QVBoxLayout;

namespace hearth::ui {

class Workspace;

/// Where models are looked for, and by which way new ones come. What can't be an address is refused
/// as it is typed, and not kept.
class DownloadsSection : public SettingsSection {
    Q_OBJECT

public:
    explicit DownloadsSection(Workspace& workspace, QWidget* parent = nullptr);

private:
    struct Address {
        const char* key;
        QString name;
        QString hint;
        QString placeholder;
        AddressKind kind;
    };
    void addFolders();
    void chooseFolder();
    void refreshFolders();
    QWidget* makeFolder(const QString& path);
    void addAddress(const Address& address, const QString& value,
                    std::function<void(const QString&)> keep);

    Workspace& m_workspace;
    QVBoxLayout* m_folders;
    QStringList m_shown;
};

} // namespace hearth::ui
