#pragma once

#include "state/model_advice.h"
#include "view/components/card.h"

class QVBoxLayout;

namespace hearth::ui {

class Button;
class Label;
class ModelCatalogue;

/// The models that are on disk already: those of other programs, which are used where they lie, and
/// on the welcome page the library's but for the starter.
class FoundModelsCard : public Card {
    Q_OBJECT

public:
    enum class Shows { Everything, OtherPrograms };

    FoundModelsCard(ModelAdvice& advice, ModelCatalogue& catalogue, Shows shows,
                    QWidget* parent = nullptr);

    /// Hides the card where there are none.
    void refresh();

signals:
    void useRequested(const hearth::ui::ModelAdvice::OnDisk& model);

private:
    QWidget* makeRow(const ModelAdvice::OnDisk& model, const QString& origin);

    ModelAdvice& m_advice;
    ModelCatalogue& m_catalogue;
    const Shows m_shows;
    Label* m_heading;
    QVBoxLayout* m_rows;
    Button* m_more;
    bool m_showsAll = false;
};

} // namespace hearth::ui
