#pragma once

#include "hearth/model_advice.h"

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace hearth::ui {

class Button;
class Label;
class Workspace;

/// The models that Hearth recommends and that are not here yet, each with how it would run.
class CatalogueSection : public QWidget {
    Q_OBJECT

public:
    explicit CatalogueSection(Workspace& workspace, QWidget* parent = nullptr);

    void refresh();

private:
    /// The recommended one first, then the smaller, then the larger ones.
    [[nodiscard]] std::vector<Candidate> candidates() const;
    QWidget* makeRow(const Candidate& candidate);

    Workspace& m_workspace;
    Label* m_heading;
    QVBoxLayout* m_rows;
};

} // namespace hearth::ui
