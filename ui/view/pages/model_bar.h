#pragma once

#include <QWidget>

namespace hearth::ui {

class Button;
class Combo;
class IconButton;
class Label;
class ModelCatalogue;
class ModelSession;
class Progress;

/// The head of the chat page: which model answers, and how far its loading is.
class ModelBar : public QWidget {
    Q_OBJECT

public:
    ModelBar(ModelSession& model, ModelCatalogue& catalogue, QWidget* parent = nullptr);

    /// Opens the list of models, for the keyboard.
    void openChoice();
    void setInspectorShown(bool shown);

signals:
    void sidebarRequested();
    void findRequested();
    void inspectorRequested();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void fit();
    void refreshChoice();
    void retranslate();

    ModelSession& m_model;
    ModelCatalogue& m_catalogue;
    IconButton* m_sidebar;
    Combo* m_choice;
    Label* m_status;
    Progress* m_progress;
    Button* m_cancel;
    IconButton* m_find;
    IconButton* m_inspector;
};

} // namespace hearth::ui
