#include "view/pages/model_bar.h"

#include "state/model_catalogue.h"
#include "state/model_session.h"
#include "view/components/button.h"
#include "view/components/combo.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/progress.h"
#include "view/pages/shortcuts.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QEvent>

namespace hearth::ui {

namespace {

constexpr int kChoiceWidth = 240;
constexpr int kLeastChoiceWidth = 120;
constexpr int kLeastStatusWidth = 120;
constexpr int kProgressWidth = 140;

} // namespace

ModelBar::ModelBar(ModelSession& model, ModelCatalogue& catalogue, QWidget* parent)
    : QWidget(parent)
    , m_model(model)
    , m_catalogue(catalogue)
    , m_sidebar(new IconButton(Icon::Sidebar, {}, this))
    , m_choice(new Combo({}, this))
    , m_status(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_progress(new Progress({}, this))
    , m_cancel(new Button({}, ButtonKind::Quiet, this))
    , m_find(new IconButton(Icon::Search, {}, this))
    , m_inspector(new IconButton(Icon::Inspector, {}, this)) {
    m_choice->setModel(&catalogue);
    m_inspector->setCheckable(true);
    setActionHint(*m_sidebar, Action::ToggleSidebar);
    setActionHint(*m_choice, Action::ChooseModel);
    setActionHint(*m_find, Action::FindInChat);
    setActionHint(*m_inspector, Action::ToggleInspector);
    m_status->setElided(true);
    m_progress->setFixedWidth(kProgressWidth);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(space::kMd, space::kSm, space::kMd, space::kSm);
    layout->setSpacing(space::kMd);
    layout->addWidget(m_sidebar);
    layout->addWidget(m_choice);
    layout->addWidget(m_progress);
    layout->addWidget(m_status, 1);
    layout->addStretch();
    layout->addWidget(m_cancel);
    layout->addWidget(m_find);
    layout->addWidget(m_inspector);

    connect(m_sidebar, &QAbstractButton::clicked, this, &ModelBar::sidebarRequested);
    connect(m_find, &QAbstractButton::clicked, this, &ModelBar::findRequested);
    connect(m_inspector, &QAbstractButton::clicked, this, &ModelBar::inspectorRequested);
    connect(m_choice, &QComboBox::activated, this, [this](int row) {
        const QString name = m_choice->itemText(row);
        const bool inUse = m_model.state() == ModelSession::State::Ready && name == m_model.name();
        if (!inUse)
            m_model.choose(name);
    });
    connect(m_cancel, &QAbstractButton::clicked, &model, &ModelSession::cancel);
    connect(&model, &ModelSession::changed, this, &ModelBar::refresh);
    connect(&catalogue, &ModelCatalogue::scanned, this, &ModelBar::refreshChoice);
    retranslate();
}

void ModelBar::openChoice() {
    m_choice->setFocus(Qt::ShortcutFocusReason);
    m_choice->showPopup();
}

void ModelBar::setInspectorShown(bool shown) {
    m_inspector->setChecked(shown);
}

void ModelBar::refreshChoice() {
    m_choice->setCurrentIndex(m_catalogue.rowOf(m_model.name()));
    const QString name = withoutControls(m_model.name());
    m_choice->setPlaceholderText(name.isEmpty() ? tr("Choose a model") : name);
}

void ModelBar::refresh() {
    refreshChoice();
    const ModelSession::State state = m_model.state();
    const bool isLoading =
        state == ModelSession::State::Loading || state == ModelSession::State::Looking;
    m_cancel->setVisible(isLoading);
    switch (state) {
    case ModelSession::State::None:
        m_status->setText(tr("No model is loaded"));
        break;
    case ModelSession::State::Looking:
        m_status->setText(tr("Looking for the model…"));
        break;
    case ModelSession::State::Missing:
        m_status->setText(tr("Not in the library"));
        break;
    case ModelSession::State::Loading:
        m_status->setText(loadProgressText(m_model.progress()));
        break;
    case ModelSession::State::Failed:
        m_status->setText(m_model.error().code == ErrorCode::DeviceLost
                              ? tr("The graphics card stopped answering")
                              : tr("Could not be loaded"));
        break;
    case ModelSession::State::Ready:
        m_status->setText(
            QStringLiteral("%1 · %2 · %3 · %4")
                .arg(withoutControls(QString::fromStdString(m_model.info().quantisation)),
                     bytesText(m_model.info().weightBytes),
                     tr("%1 tokens of context").arg(tokensText(m_model.info().context)),
                     deviceText(m_model.info())));
        break;
    }
    const LoadProgress& progress = m_model.progress();
    if (isLoading && progress.totalBytes > 0) {
        m_progress->setRange(0, 1000);
        m_progress->setShare(static_cast<double>(progress.doneBytes) /
                             static_cast<double>(progress.totalBytes));
    } else {
        m_progress->setRange(0, 0);
    }
    const bool failed =
        state == ModelSession::State::Failed || state == ModelSession::State::Missing;
    m_status->setRole(failed ? ColorRole::Error : ColorRole::Muted);
    fit();
}

void ModelBar::fit() {
    const QMargins margins = layout()->contentsMargins();
    int taken = margins.left() + margins.right();
    for (const QWidget* widget : {static_cast<const QWidget*>(m_sidebar),
                                  static_cast<const QWidget*>(m_find),
                                  static_cast<const QWidget*>(m_inspector)})
        taken += widget->sizeHint().width() + layout()->spacing();
    const bool isLoading = !m_cancel->isHidden();
    if (isLoading)
        taken += m_cancel->sizeHint().width() + layout()->spacing();
    const int free = width() - taken;
    const int choice = qBound(kLeastChoiceWidth, free - kLeastStatusWidth, kChoiceWidth);
    m_choice->setFixedWidth(choice);
    const int progress = isLoading ? kProgressWidth + layout()->spacing() : 0;
    // The state is said below too; the figures are in the tooltip.
    m_progress->setVisible(isLoading && free >= choice + progress);
    m_status->setVisible(free >= choice + progress + kLeastStatusWidth);
    m_choice->setToolTip(
        plainToolTip(tr("Model") + (m_status->isHidden() ? QLatin1Char('\n') + m_status->text()
                                                         : QString())));
}

void ModelBar::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fit();
}

void ModelBar::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ModelBar::retranslate() {
    m_sidebar->setName(tr("Show or hide the chats"));
    m_choice->setAccessibleName(tr("Model"));
    m_progress->setAccessibleName(tr("Loading the model"));
    m_cancel->setText(tr("Cancel"));
    m_find->setName(tr("Find in this chat"));
    m_inspector->setName(tr("Show or hide the inspector"));
    refresh();
}

} // namespace hearth::ui
