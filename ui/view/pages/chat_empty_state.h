#pragma once

#include "view/components/empty_state.h"

namespace hearth::ui {

class ModelCatalogue;
class ModelSession;

/// A chat without messages: what can be done, whatever state the model is in.
class ChatEmptyState : public EmptyState {
    Q_OBJECT

public:
    ChatEmptyState(ModelSession& model, ModelCatalogue& catalogue, QWidget* parent = nullptr);

    void refresh();

signals:
    void mendRequested();
    void modelsRequested();
    void addModelRequested();
    void exampleRequested(const QString& prompt);

private:
    void act();

    ModelSession& m_model;
    ModelCatalogue& m_catalogue;
};

} // namespace hearth::ui
