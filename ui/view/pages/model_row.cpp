#include "view/pages/model_row.h"

#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/chip.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/pages/download_texts.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>

namespace hearth::ui {

namespace {

using State = ModelSession::State;

QString plain(const std::string& text) {
    return withoutControls(QString::fromStdString(text));
}

} // namespace

ModelRow::ModelRow(Workspace& workspace, const LibraryModel& model, QWidget* parent)
    : Card(parent)
    , m_workspace(workspace)
    , m_model(model)
    , m_name(QString::fromStdString(model.name))
    , m_state(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_speed(new Label({}, TextStyle::Figure, ColorRole::Muted, this))
    , m_fit(new Chip({}, this))
    , m_load(new Button({}, ButtonKind::Plain, this))
    , m_remove(new IconButton(Icon::Trash, {}, this)) {
    auto* title = new Label(withoutControls(m_name), TextStyle::UiStrong, ColorRole::Text, this);
    title->setElided(true);
    m_state->setElided(true);
    auto* words = new QVBoxLayout;
    words->setSpacing(space::kXs);
    words->addWidget(title);
    words->addWidget(makeFacts());
    if (!model.problem.empty()) {
        auto* problem =
            new Label(plain(model.problem), TextStyle::Caption, ColorRole::Error, this);
        problem->setWordWrap(true);
        words->addWidget(problem);
    }
    words->addWidget(m_state);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kSm);
    line->addLayout(words, 1);
    line->addWidget(m_speed);
    line->addWidget(m_load);
    line->addWidget(m_remove);
    body()->addLayout(line);
    connect(m_load, &QAbstractButton::clicked, this, &ModelRow::load);
    connect(m_remove, &QAbstractButton::clicked, this, [this] { emit removeRequested(m_model); });
    refresh();
}

QWidget* ModelRow::makeFacts() {
    auto* row = new QWidget(this);
    QStringList facts;
    if (!m_model.quantisation.empty())
        facts += plain(m_model.quantisation);
    facts += bytesText(m_model.bytes);
    if (m_model.trainedContext > 0)
        facts += tr("%1 context").arg(contextText(m_model.trainedContext));
    auto* words = new Label(facts.join(QStringLiteral(" · ")), TextStyle::Caption,
                            ColorRole::Muted, row);
    words->setElided(true);
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(space::kSm);
    line->addWidget(words);
    line->addWidget(m_fit);
    if (m_model.isStarter) {
        auto* starter = new Chip(tr("small, for trying"), row);
        starter->setDot(ColorRole::Accent);
        line->addWidget(starter);
    }
    line->addStretch(1);
    return row;
}

void ModelRow::load() {
    ModelSession& model = m_workspace.model();
    const bool isInUse = model.state() == State::Ready && model.name() == m_name;
    if (!isInUse)
        model.choose(m_name);
    emit chatRequested();
}

void ModelRow::refresh() {
    const ModelAdvice& advice = m_workspace.advice();
    const bool isGood = m_model.problem.empty();
    m_fit->setVisible(advice.isReady() && isGood);
    if (advice.isReady() && isGood) {
        const ModelFit fit = advice.fitOf(m_model);
        const bool isHeld = fit.problem == FitProblem::None;
        m_fit->setText(isHeld ? tr("fits @%1").arg(contextText(fit.context))
                       : fit.problem == FitProblem::Speed ? tr("slow here")
                                                          : tr("too large"));
        m_fit->setDot(isHeld                              ? ColorRole::Ok
                      : fit.problem == FitProblem::Speed ? ColorRole::Warn
                                                         : ColorRole::Error);
        m_fit->setToolTip(fitMemoryText(fit));
        const double measured = advice.measuredSpeed(m_name);
        const double expected = fit.problem == FitProblem::Memory ? 0.0 : fit.tokensPerSecond;
        m_speed->setText(measured > 0 ? tokenSpeedText(measured, false)
                                      : tokenSpeedText(expected, true));
        m_speed->setToolTip(measured > 0 ? tr("Measured with your last reply")
                                         : tr("Estimated from this computer's memory"));
    }
    m_speed->setVisible(!m_speed->text().isEmpty() && isGood);
    refreshState();
}

void ModelRow::refreshState() {
    const ModelSession& model = m_workspace.model();
    const bool isChosen = m_name == model.name();
    const State state = isChosen ? model.state() : State::None;
    m_load->setText(tr("Load"));
    m_state->setRole(state == State::Failed ? ColorRole::Error : ColorRole::Muted);
    switch (state) {
    case State::Ready:
        m_state->setText(tr("Loaded on %1").arg(deviceText(model.info())));
        m_state->setRole(ColorRole::Ok);
        m_load->setText(tr("Chat"));
        break;
    case State::Looking:
    case State::Loading:
        m_state->setText(loadProgressText(model.progress()));
        m_load->setText(tr("Chat"));
        break;
    case State::Failed:
        m_state->setText(loadErrorText(model.error()));
        break;
    case State::Missing:
    case State::None:
        m_state->setText({});
        break;
    }
    m_state->setVisible(!m_state->text().isEmpty());
    m_load->setEnabled(m_model.problem.empty());
    const QString name = withoutControls(m_name);
    m_load->setAccessibleName(state == State::Ready || state == State::Loading
                                  ? tr("Chat with %1").arg(name)
                                  : tr("Load %1").arg(name));
    const bool isInUse = state == State::Ready || state == State::Loading;
    const bool isOfFolder = m_model.place == ModelPlace::Folder;
    m_remove->setEnabled(!isInUse && !isOfFolder);
    m_remove->setName(isOfFolder ? tr("“%1” lies in a folder of yours; remove the folder instead")
                                       .arg(name)
                      : isInUse ? tr("“%1” is in use; load another model first").arg(name)
                      : m_model.place == ModelPlace::Own ? tr("Delete “%1” from the disk").arg(name)
                                                         : tr("Forget “%1”").arg(name));
}

} // namespace hearth::ui
