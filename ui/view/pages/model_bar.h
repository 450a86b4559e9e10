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

signals:
    void sidebarRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void refreshChoice();
    void retranslate();

    ModelSession& m_model;
    ModelCatalogue& m_catalogue;
    IconButton* m_sidebar;
    Combo* m_choice;
    Label* m_status;
    Progress* m_progress;
    Button* m_cancel;
};

} // namespace hearth::ui
