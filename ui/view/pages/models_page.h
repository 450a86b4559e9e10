#pragma once

#include "hearth/model_library.h"

#include <QList>
#include <QScrollArea>

class QHBoxLayout;
class QVBoxLayout;

namespace hearth::ui {

class Banner;
class Button;
class Card;
class CatalogueSection;
class EmptyState;
class FoundModelsCard;
class IconButton;
class Label;
class ModelRow;
class Toast;
class Workspace;

/// The models of the library with their figures, the downloads under way, what other programs have,
/// and what can be downloaded.
class ModelsPage : public QScrollArea {
    Q_OBJECT

public:
    explicit ModelsPage(Workspace& workspace, QWidget* parent = nullptr);

    /// Asks for a GGUF file and adds it where it lies.
    void addFile();
    void addFolder();

signals:
    void chatRequested();
    void settingsRequested();

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void connectWorkspace();
    void rebuildRows();
    void rebuildDownloads();
    void rebuildFolders();
    void refresh();
    void retranslate();
    void remove(const LibraryModel& model);
    void forget(const LibraryModel& model);
    void confirmDeletion(const LibraryModel& model);

    Workspace& m_workspace;
    Label* m_title;
    Label* m_disk;
    Button* m_addFile;
    Button* m_addFolder;
    IconButton* m_scan;
    Label* m_foldersLabel;
    QVBoxLayout* m_folders;
    Banner* m_trouble;
    QVBoxLayout* m_downloads;
    Card* m_skeleton;
    EmptyState* m_empty;
    QVBoxLayout* m_list;
    FoundModelsCard* m_found;
    CatalogueSection* m_catalogueSection;
    Toast* m_toast;
    QList<ModelRow*> m_rows;
};

} // namespace hearth::ui
