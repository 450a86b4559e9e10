#pragma once

#include "hearth/model_library.h"
#include "view/components/card.h"

namespace hearth::ui {

class Button;
class Chip;
class IconButton;
class Label;
class Workspace;

/// A model of the library: its figures, how it fits, and what can be done with it.
class ModelRow : public Card {
    Q_OBJECT

public:
    ModelRow(Workspace& workspace, const LibraryModel& model, QWidget* parent = nullptr);

    [[nodiscard]] const LibraryModel& model() const { return m_model; }
    /// What changes while the page is shown: loading, fit, speed.
    void refresh();

signals:
    void chatRequested();
    void removeRequested(const hearth::LibraryModel& model);

private:
    QWidget* makeFacts();
    void load();
    void refreshState();

    Workspace& m_workspace;
    const LibraryModel m_model;
    const QString m_name;
    Label* m_state;
    Label* m_speed;
    Chip* m_fit;
    Button* m_load;
    IconButton* m_remove;
};

} // namespace hearth::ui
