#include "view/pages/welcome_page.h"

#include "state/workspace.h"
#include "view/components/banner.h"
#include "view/components/card.h"
#include "view/components/label.h"
#include "view/components/skeleton.h"
#include "view/pages/download_texts.h"
#include "view/pages/found_models_card.h"
#include "view/pages/recommended_card.h"
#include "view/pages/starter_card.h"
#include "view/pages/texts.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QEvent>
#include <QLabel>
#include <QLocale>

#include <utility>

namespace hearth::ui {

namespace {

constexpr int kSkeletonLines = 5;
constexpr QLatin1String kStarter("starter");

/// The application's mark, crisp at any scale.
QLabel* makeMark(QWidget* parent) {
    auto* mark = new QLabel(parent);
    mark->setPixmap(applicationIcon().pixmap(QSize(space::k3xl, space::k3xl)));
    return mark;
}

} // namespace

WelcomePage::WelcomePage(Workspace& workspace, QWidget* parent)
    : QScrollArea(parent)
    , m_workspace(workspace)
    , m_title(new Label({}, TextStyle::Display))
    , m_sentence(new Label({}, TextStyle::Chat, ColorRole::Muted))
    , m_machine(new Label({}, TextStyle::Ui, ColorRole::Text))
    , m_machineDetail(new Label({}, TextStyle::Caption, ColorRole::Muted))
    , m_trouble(new Banner(Banner::Kind::Error, {}))
    , m_offline(new Banner(Banner::Kind::Info, {}))
    , m_skeleton(new Card)
    , m_recommended(new RecommendedCard(workspace.advice(), workspace.downloads()))
    , m_starter(new StarterCard(workspace.catalogue(), workspace.downloads()))
    , m_found(new FoundModelsCard(workspace.advice(), workspace.catalogue(),
                                  FoundModelsCard::Shows::Everything))
    , m_privacy(new Label({}, TextStyle::Caption, ColorRole::Muted)) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    arrange();
    connectCards();
    refresh();
}

void WelcomePage::arrange() {
    for (Label* label : {m_title, m_sentence, m_machine, m_machineDetail, m_privacy})
        label->setWordWrap(true);
    m_trouble->setClosable(true);
    m_trouble->hide();
    m_skeleton->body()->addWidget(new Skeleton(kSkeletonLines, m_skeleton));
    auto* page = new QWidget;
    auto* column = new QWidget(page);
    column->setMaximumWidth(size::kChatColumn);
    auto* name = new QVBoxLayout;
    name->setSpacing(space::kXs);
    name->addWidget(m_title);
    name->addWidget(m_sentence);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kLg);
    head->addWidget(makeMark(column), 0, Qt::AlignTop);
    head->addLayout(name, 1);
    auto* machine = new QVBoxLayout;
    machine->setSpacing(space::kXs);
    machine->addWidget(m_machine);
    machine->addWidget(m_machineDetail);
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kLg);
    layout->addStretch(1);
    layout->addLayout(head);
    layout->addLayout(machine);
    for (QWidget* part : std::initializer_list<QWidget*>{m_trouble, m_offline, m_skeleton,
                                                         m_recommended, m_starter, m_found,
                                                         m_privacy})
        layout->addWidget(part);
    layout->addStretch(2);
    auto* outer = new QHBoxLayout(page);
    outer->setContentsMargins(space::kXl, space::kXl, space::kXl, space::kXl);
    outer->addStretch(1);
    outer->addWidget(column, 1000);
    outer->addStretch(1);
    setWidget(page);
}

void WelcomePage::connectCards() {
    ModelCatalogue& catalogue = m_workspace.catalogue();
    connect(m_recommended, &RecommendedCard::useRequested, this, &WelcomePage::use);
    connect(m_found, &FoundModelsCard::useRequested, this, &WelcomePage::use);
    connect(m_starter, &StarterCard::chatRequested, this, [this] { chatWith(kStarter); });
    const auto begin = [this](int id) { m_download = id; };
    connect(m_recommended, &RecommendedCard::downloadBegun, this, begin);
    connect(m_starter, &StarterCard::downloadBegun, this, begin);
    connect(m_recommended, &RecommendedCard::settingsRequested, this,
            &WelcomePage::settingsRequested);
    connect(m_starter, &StarterCard::settingsRequested, this, &WelcomePage::settingsRequested);
    connect(m_offline, &Banner::actionTriggered, &m_workspace.advice(), &ModelAdvice::lookAgain);
    connect(&m_workspace.downloads(), &ModelDownloads::finished, this, &WelcomePage::onFinished);
    connect(&m_workspace.advice(), &ModelAdvice::changed, this, &WelcomePage::refresh);
    connect(&catalogue, &ModelCatalogue::scanned, this, &WelcomePage::refresh);
    connect(&catalogue, &ModelCatalogue::added, this, [this](const QString& name) {
        if (!std::exchange(m_addedPath, {}).isEmpty())
            chatWith(name);
    });
    connect(&catalogue, &ModelCatalogue::failed, this, [this](const Error& error) {
        m_addedPath.clear();
        m_trouble->setContent(Banner::Kind::Error, errorText(error));
        m_trouble->setVisible(true);
    });
}

bool WelcomePage::isWanted(Workspace& workspace) {
    ChatController& chats = workspace.chats();
    if (!workspace.advice().isAvailable() || !chats.isListLoaded() || !chats.list().isEmpty())
        return false;
    if (!workspace.settings().values().welcomed)
        return true;
    const ModelSession::State state = workspace.model().state();
    return state == ModelSession::State::Missing || state == ModelSession::State::None;
}

bool WelcomePage::isSettled() const {
    return m_workspace.advice().isReady() && m_workspace.catalogue().isScanned();
}

void WelcomePage::use(const ModelAdvice::OnDisk& model) {
    const QString name = QString::fromStdString(model.model.name);
    if (model.isInLibrary) {
        chatWith(name);
        return;
    }
    m_addedPath = QString::fromStdString(model.model.path);
    m_workspace.catalogue().add(m_addedPath, name);
}

void WelcomePage::chatWith(const QString& nameOrPath) {
    ModelSession& model = m_workspace.model();
    const ModelSession::State state = model.state();
    const bool isOnItsWay = state == ModelSession::State::Ready ||
                            state == ModelSession::State::Loading ||
                            state == ModelSession::State::Looking;
    if (!isOnItsWay || (model.name() != nameOrPath && model.choice() != nameOrPath))
        model.choose(nameOrPath);
    Settings::Values values = m_workspace.settings().values();
    values.welcomed = true;
    m_workspace.settings().set(values);
    emit chatRequested();
}

void WelcomePage::onFinished(int id, const QString& path) {
    if (id != m_download || std::exchange(m_download, 0) == 0)
        return;
    // Someone who has begun a chat with another model meanwhile is not taken away from it.
    if (!isVisible() && m_workspace.model().state() == ModelSession::State::Ready)
        return;
    chatWith(path);
}

void WelcomePage::showEvent(QShowEvent* event) {
    m_workspace.advice().setPrefersChinese(QLocale().language() == QLocale::Chinese);
    m_workspace.advice().look();
    QScrollArea::showEvent(event);
}

void WelcomePage::refresh() {
    const ModelAdvice& advice = m_workspace.advice();
    const bool isReady = advice.isReady();
    const MachineDescription& machine = advice.machine();
    m_title->setText(tr("Welcome to Hearth"));
    m_sentence->setText(tr("Chat with language models that run on this computer alone."));
    m_machine->setText(isReady ? machineText(machine) : tr("Looking at this computer…"));
    const QString detail = isReady ? machineDetailText(machine) : QString();
    m_machineDetail->setText(detail);
    m_machineDetail->setVisible(!detail.isEmpty());
    m_machine->setToolTip(plainToolTip(detail));
    m_privacy->setText(
        tr("No account. No telemetry. Nothing you write leaves this computer."));
    const bool isOffline = isReady && !machine.hasNetwork;
    m_offline->setVisible(isOffline);
    m_offline->setContent(Banner::Kind::Info,
                          tr("This computer is offline. What is on its disk works all the same; "
                             "downloads need a network."),
                          tr("Look again"));
    m_skeleton->setVisible(!isReady);
    m_recommended->setVisible(isReady);
    m_recommended->refresh();
    m_starter->setOnline(!isOffline);
    m_found->refresh();
    const bool isRecommendedMain = isReady && m_recommended->isUsable();
    m_recommended->setMain(isRecommendedMain);
    m_starter->setMain(isReady && !isRecommendedMain);
}

void WelcomePage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) {
        m_workspace.advice().setPrefersChinese(QLocale().language() == QLocale::Chinese);
        refresh();
    }
    QScrollArea::changeEvent(event);
}

} // namespace hearth::ui
