#pragma once

#include <QScrollArea>

#include <vector>

class QVBoxLayout;

namespace hearth::ui {

class Banner;
class Button;
class EmptyState;
class Label;
class ModelCatalogue;
class ModelSession;

/// The models of the library, each with its figures and the button that loads it.
class ModelsPage : public QScrollArea {
    Q_OBJECT

public:
    ModelsPage(ModelSession& model, ModelCatalogue& catalogue, QWidget* parent = nullptr);

    /// Asks for a GGUF file and adds it where it lies.
    void addFile();
    void addFolder();

signals:
    void chatRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Row {
        QString name;
        Label* state;
        Button* load;
    };

    void rebuildRows();
    QWidget* makeRow(int row);
    void refreshRows();
    void retranslate();

    ModelSession& m_model;
    ModelCatalogue& m_catalogue;
    Label* m_title;
    Button* m_addFile;
    Button* m_addFolder;
    Button* m_scan;
    Banner* m_trouble;
    EmptyState* m_empty;
    QVBoxLayout* m_list;
    std::vector<Row> m_rows;
};

} // namespace hearth::ui
