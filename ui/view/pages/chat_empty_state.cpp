#include "view/pages/chat_empty_state.h"

#include "state/model_catalogue.h"
#include "state/model_session.h"
#include "view/pages/model_notice.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

namespace hearth::ui {

using State = ModelSession::State;

ChatEmptyState::ChatEmptyState(ModelSession& model, ModelCatalogue& catalogue, QWidget* parent)
    : EmptyState(Icon::Chats, {}, {}, {}, parent)
    , m_model(model)
    , m_catalogue(catalogue) {
    setApplicationMark();
    connect(this, &EmptyState::actionTriggered, this, &ChatEmptyState::act);
}

void ChatEmptyState::refresh() {
    const QString name = withoutControls(m_model.name());
    const bool hasModels = m_catalogue.rowCount() > 0;
    switch (m_model.state()) {
    case State::Ready: {
        const int row = m_catalogue.rowOf(m_model.name());
        const bool isStarter = row >= 0 && m_catalogue.at(row).isStarter;
        setContent(tr("What would you like to talk about?"),
                   isStarter
                       ? tr("“%1” is small, for trying. It runs on this computer and nothing you "
                            "write leaves it.")
                             .arg(name)
                       : tr("“%1” runs on this computer and nothing you write leaves it.")
                             .arg(name),
                   tr("Write an example for me"));
        break;
    }
    case State::Looking:
    case State::Loading:
        setContent(tr("“%1” is loading").arg(name),
                   tr("You can write already: your message is sent as soon as the model is ready."),
                   tr("Write an example for me"));
        break;
    case State::Failed:
        if (m_model.error().code == ErrorCode::DeviceLost)
            setContent(tr("The graphics card stopped answering"),
                       tr("Hearth can use it again after a restart."), tr("Restart"));
        else
            setContent(tr("“%1” could not be loaded").arg(name), loadErrorText(m_model.error()),
                       mendText(m_model.error()));
        break;
    case State::Missing:
    case State::None:
        setContent(m_model.state() == State::Missing ? tr("“%1” is not in your library").arg(name)
                                                     : tr("No model is loaded"),
                   hasModels
                       ? tr("Choose another of your models, or add the file again.")
                       : tr("Add a model file (GGUF) or the folder of a model to begin. The "
                            "starter model comes with packaging/start."),
                   hasModels ? tr("Choose a model") : tr("Add a model…"));
        break;
    }
}

void ChatEmptyState::act() {
    switch (m_model.state()) {
    case State::Failed:
        emit mendRequested();
        break;
    case State::Missing:
    case State::None:
        if (m_catalogue.rowCount() > 0)
            emit modelsRequested();
        else
            emit addModelRequested();
        break;
    default:
        emit exampleRequested(
            tr("Explain in a few sentences how a campfire gives off heat."));
        break;
    }
}

} // namespace hearth::ui
