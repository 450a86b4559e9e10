#include "view/pages/server/server_head.h"

#include "state/server_controller.h"
#include "view/components/banner.h"
#include "view/components/chip.h"
#include "view/components/field.h"
#include "view/components/flow_layout.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/segmented.h"
#include "view/components/switch.h"
#include "view/pages/server/server_texts.h"
#include "view/theme/metrics.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QDesktopServices>
#include <QEvent>
#include <QGuiApplication>
#include <QIntValidator>
#include <QLineEdit>
#include <QUrl>

namespace hearth::ui {

namespace {

constexpr int kHighestPort = 65535;
constexpr int kPortWidth = 96;
constexpr int kAddressWidth = 160;

enum Reach { ThisComputer, Network };

} // namespace

ServerHead::ServerHead(ServerController& server, QWidget* parent)
    : Card(parent)
    , m_server(server)
    , m_title(new Label({}, TextStyle::Title, ColorRole::Text, this))
    , m_switch(new Switch({}, this))
    , m_state(new Chip({}, this))
    , m_activity(new Label({}, TextStyle::Figure, ColorRole::Muted, this))
    , m_error(new Banner(Banner::Kind::Error, {}, {}, this))
    , m_urls(new QVBoxLayout)
    , m_reachName(new Label({}, TextStyle::Ui, ColorRole::Text, this))
    , m_reachHint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_reach(new Segmented(QString(), QStringList(2), this))
    , m_address(new Field(tr("Address"), this))
    , m_port(new Field(tr("Port"), this))
    , m_autoStart(new Switch({}, this)) {
    arrange();
    connectAll();
    retranslate();
}

void ServerHead::arrange() {
    m_switch->setObjectName(QStringLiteral("server/switch"));
    m_switch->setCheckable(true);
    m_reach->setObjectName(QStringLiteral("server/reach"));
    m_address->edit()->setObjectName(QStringLiteral("server/address"));
    m_port->edit()->setObjectName(QStringLiteral("server/port"));
    m_error->setObjectName(QStringLiteral("server/error"));
    m_autoStart->setObjectName(QStringLiteral("server/auto_start"));
    m_autoStart->setCheckable(true);
    m_address->setFixedWidth(kAddressWidth);
    m_port->setFixedWidth(kPortWidth);
    m_port->edit()->setValidator(new QIntValidator(1, kHighestPort, this));
    m_activity->setElided(true);
    m_reachHint->setWordWrap(true);
    m_urls->setSpacing(space::kXs);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kMd);
    line->addWidget(m_switch);
    line->addWidget(m_title);
    line->addWidget(m_state);
    line->addWidget(m_activity, 1);
    auto* reach = new QWidget(this);
    auto* reachColumn = new QVBoxLayout(reach);
    reachColumn->setContentsMargins(0, 0, 0, 0);
    reachColumn->setSpacing(space::kXs);
    reachColumn->addWidget(m_reachName);
    reachColumn->addWidget(m_reach, 0, Qt::AlignLeft);
    // Together on a line of their own where the window is narrow.
    auto* place = new QWidget(this);
    auto* placeLine = new QHBoxLayout(place);
    placeLine->setContentsMargins(0, 0, 0, 0);
    placeLine->setSpacing(space::kSm);
    placeLine->addWidget(m_address, 0, Qt::AlignTop);
    placeLine->addWidget(m_port, 0, Qt::AlignTop);
    auto* where = new FlowLayout;
    for (QWidget* part : {reach, place})
        where->addWidget(part);
    body()->setSpacing(space::kMd);
    body()->addLayout(line);
    body()->addWidget(m_error);
    body()->addLayout(m_urls);
    body()->addLayout(where);
    body()->addWidget(m_reachHint);
    body()->addWidget(m_autoStart, 0, Qt::AlignLeft);
}

void ServerHead::connectAll() {
    connect(&m_server, &ServerController::changed, this, &ServerHead::refresh);
    connect(&m_server, &ServerController::activityChanged, this, &ServerHead::refreshActivity);
    connect(m_switch, &QAbstractButton::clicked, this, [this](bool on) {
        keepAddress();
        keepPort();
        m_server.setOn(on);
        refresh();
    });
    connect(m_reach, &Segmented::currentChanged, this, &ServerHead::setReach);
    connect(m_address->edit(), &QLineEdit::editingFinished, this, &ServerHead::keepAddress);
    connect(m_address->edit(), &QLineEdit::textEdited, this,
            [this] { m_address->setError(QString()); });
    connect(m_port->edit(), &QLineEdit::editingFinished, this, &ServerHead::keepPort);
    connect(m_port->edit(), &QLineEdit::textEdited, this, [this] { m_port->setError(QString()); });
    connect(m_autoStart, &QAbstractButton::clicked, this, [this](bool on) {
        ServerChoice choice = m_server.choice();
        choice.startsWithWindow = on;
        m_server.setChoice(choice);
    });
    connect(m_error, &Banner::actionTriggered, this, &ServerHead::mend);
}

void ServerHead::setReach(int reach) {
    ServerChoice choice = m_server.choice();
    if (choice.isLocal() == (reach == ThisComputer))
        return;
    choice.address = reach == ThisComputer ? QString(kThisComputer) : QString(kEveryNetwork);
    std::optional<ServerKey> made;
    // Whoever can reach the server could use it; so there is a key before anybody can.
    if (reach == Network && choice.keys.isEmpty()) {
        made = makeServerKey(tr("Local network"));
        choice.keys += *made;
    }
    m_server.setChoice(choice);
    refresh();
    if (made)
        emit keyMade(made->name, made->secret);
}

void ServerHead::keepAddress() {
    ServerChoice choice = m_server.choice();
    const QString address = m_address->text().trimmed();
    if (address == choice.address)
        return;
    if (!isIpAddress(address)) {
        m_address->setError(tr("An IP address, such as 127.0.0.1"));
        return;
    }
    std::optional<ServerKey> made;
    if (!isLoopback(address) && choice.keys.isEmpty()) {
        made = makeServerKey(tr("Local network"));
        choice.keys += *made;
    }
    choice.address = address;
    m_server.setChoice(choice);
    if (made)
        emit keyMade(made->name, made->secret);
}

void ServerHead::keepPort() {
    ServerChoice choice = m_server.choice();
    const int port = m_port->text().toInt();
    if (port < 1 || port > kHighestPort) {
        m_port->setText(QString::number(choice.port));
        return;
    }
    // What runs is not given up for a place where it could not run.
    if (m_server.isOn() && port != choice.port && !isPortFree(choice.address, port)) {
        m_port->setError(tr("Taken"));
        emit told(tr("Port %1 is taken: another program listens there. The server stays at %2.")
                      .arg(port)
                      .arg(choice.port));
        return;
    }
    choice.port = port;
    m_server.setChoice(choice);
}

void ServerHead::mend() {
    ServerChoice choice = m_server.choice();
    std::optional<ServerKey> made;
    switch (m_server.error() ? serverFault(*m_server.error(), choice) : ServerFault::Other) {
    case ServerFault::PortTaken:
    case ServerFault::PortReserved:
        choice.port = m_freePort;
        break;
    case ServerFault::AddressAbsent:
        choice.address = kThisComputer;
        break;
    case ServerFault::KeyMissing:
        made = makeServerKey(tr("Local network"));
        choice.keys += *made;
        break;
    case ServerFault::Other:
        break;
    }
    m_server.setChoice(choice);
    m_server.setOn(true);
    if (made)
        emit keyMade(made->name, made->secret);
}

void ServerHead::refresh() {
    const ServerChoice& choice = m_server.choice();
    m_switch->setChecked(m_server.isOn());
    m_state->setText(serverStateText(m_server.state()));
    m_state->setDot(serverStateRole(m_server.state()));
    {
        const QSignalBlocker quiet(m_reach);
        m_reach->setCurrent(choice.isLocal() ? ThisComputer : Network);
    }
    m_reachHint->setText(
        choice.isLocal() ? tr("Only programs of this computer reach it; they need no key, unless "
                              "there are keys below.")
                         : tr("Other devices of your networks reach it, with one of the keys below. "
                              "What they send is not encrypted, so use it in networks you trust."));
    if (!m_address->edit()->hasFocus())
        m_address->setText(choice.address);
    if (!m_port->edit()->hasFocus()) {
        m_port->setText(QString::number(choice.port));
        m_port->setError(QString());
    }
    m_autoStart->setChecked(choice.startsWithWindow);
    refreshError();
    refreshUrls();
    refreshActivity();
}

void ServerHead::refreshError() {
    const auto& error = m_server.error();
    const bool isFailed = m_server.state() == ServerController::State::Failed && error;
    m_error->setVisible(isFailed);
    if (!isFailed)
        return;
    const ServerChoice& choice = m_server.choice();
    const ServerFault fault = serverFault(*error, choice);
    m_freePort = fault == ServerFault::PortReserved && isPortFree(choice.address, ServerChoice::kPort)
                     ? int(ServerChoice::kPort)
                     : freePortAfter(choice.address, choice.port);
    m_error->setContent(Banner::Kind::Error, serverErrorText(*error, choice),
                        serverMendText(fault, m_freePort));
}

void ServerHead::refreshUrls() {
    // While it starts too: else the page would jump with each change of it.
    QStringList urls;
    if (m_server.isOn())
        urls = m_server.choice().address == kEveryNetwork || m_server.choice().isLocal()
                   ? QStringList{m_server.localUrl()} + m_server.networkUrls()
                   : m_server.networkUrls();
    if (urls == m_shownUrls)
        return;
    m_shownUrls = urls;
    while (QLayoutItem* item = m_urls->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const QString& url : urls) {
        auto* line = new QWidget(this);
        auto* text = new Label(url, TextStyle::Code, ColorRole::Text, line);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        auto* copy = new IconButton(Icon::Copy, tr("Copy %1").arg(url), line,
                                    IconButton::Size::Small);
        auto* open = new IconButton(Icon::External, tr("Open %1 in the browser").arg(url), line,
                                    IconButton::Size::Small);
        auto* row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(space::kXs);
        row->addWidget(text);
        row->addWidget(copy);
        row->addWidget(open);
        row->addStretch(1);
        connect(copy, &QAbstractButton::clicked, this, [this, url] {
            QGuiApplication::clipboard()->setText(url);
            emit told(tr("Copied"));
        });
        connect(open, &QAbstractButton::clicked, this,
                [url] { QDesktopServices::openUrl(QUrl(url)); });
        m_urls->addWidget(line);
    }
}

void ServerHead::refreshActivity() {
    const bool isRunning = m_server.state() == ServerController::State::Running;
    m_activity->setText(isRunning ? activityText(m_server.activity()) : QString());
}

void ServerHead::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Card::changeEvent(event);
}

void ServerHead::retranslate() {
    m_title->setText(tr("Server"));
    m_switch->setAccessibleName(tr("Serve the models to other programs"));
    m_reachName->setText(tr("Who reaches it"));
    m_reach->setSegments({tr("This computer only"), tr("Local network")});
    m_reach->setAccessibleName(tr("Who reaches it"));
    m_address->setLabel(tr("Address"));
    m_port->setLabel(tr("Port"));
    m_autoStart->setText(tr("Start it with Hearth"));
    m_autoStart->setAccessibleName(tr("Start it with Hearth"));
    m_shownUrls.clear();
    refresh();
}

} // namespace hearth::ui
