#include "view/pages/model_notice.h"

#include "state/chat_session.h"
#include "state/model_session.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

namespace hearth::ui {

using State = ModelSession::State;

QString mendText(const Error& error) {
    return isGpuError(error) ? ModelNotice::tr("Use the CPU") : ModelNotice::tr("Try again");
}

ModelNotice::ModelNotice(ModelSession& model, QWidget* parent)
    : Banner(Kind::Error, {}, {}, parent)
    , m_model(model) {
    connect(this, &Banner::actionTriggered, this, [this] {
        if (m_model.state() == State::Failed)
            emit mendRequested();
        else
            emit modelsRequested();
    });
    connect(this, &Banner::alternativeTriggered, this, [this] {
        if (const auto rejected = m_model.rejected())
            m_model.choose(rejected->choice);
    });
    connect(this, &Banner::closed, &model, &ModelSession::forgetRejected);
    hide();
}

void ModelNotice::refresh(const ChatSession& session) {
    const State state = m_model.state();
    const bool isUnavailable =
        state == State::Missing || state == State::Failed || state == State::None;
    const bool isLost = state == State::Failed && m_model.error().code == ErrorCode::DeviceLost;
    const bool isUseless = isUnavailable && session.count() > 0 && !isLost;
    const bool isRejected = !isUseless && !isLost && m_model.rejected().has_value();
    setVisible(isUseless || isRejected);
    setClosable(isRejected);
    setAlternative({});
    if (isRejected)
        showRejected();
    else if (isUseless)
        showUseless(session.isBusy());
}

void ModelNotice::showUseless(bool waits) {
    const QString name = withoutControls(m_model.name());
    switch (m_model.state()) {
    case State::Failed: {
        const QString why = loadErrorText(m_model.error());
        setContent(Kind::Error,
                   waits ? tr("“%1” could not be loaded. %2 Your message waits.").arg(name, why)
                         : tr("“%1” could not be loaded. %2").arg(name, why),
                   mendText(m_model.error()));
        break;
    }
    case State::Missing:
        setContent(Kind::Warning,
                   waits ? tr("“%1” is not in your library. Your message waits.").arg(name)
                         : tr("“%1” is not in your library.").arg(name),
                   tr("Choose a model"));
        break;
    default:
        setContent(Kind::Info,
                   waits ? tr("No model is loaded. Your message waits.")
                         : tr("No model is loaded."),
                   tr("Choose a model"));
        break;
    }
}

void ModelNotice::showRejected() {
    const QString wanted = withoutControls(m_model.rejected()->name);
    const Error& error = m_model.rejected()->error;
    const QString why = error.code == ErrorCode::NotFound
                            ? tr("“%1” is not in your library.").arg(wanted)
                            : tr("“%1” could not be loaded. %2").arg(wanted, loadErrorText(error));
    const QString name = withoutControls(m_model.name());
    setContent(Kind::Warning,
               m_model.state() == State::Ready ? tr("%1 “%2” stays in use.").arg(why, name)
                                               : tr("%1 “%2” is loaded again.").arg(why, name),
               tr("Choose a model"));
    setAlternative(isGpuError(error) ? QString() : tr("Try again"));
}

} // namespace hearth::ui
