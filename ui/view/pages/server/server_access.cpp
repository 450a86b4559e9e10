#include "view/pages/server/server_access.h"

#include "state/chat_records.h"
#include "state/server_controller.h"
#include "view/components/button.h"
#include "view/components/chip.h"
#include "view/components/dialog.h"
#include "view/components/field.h"
#include "view/components/flow_layout.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/pages/server/code_panel.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QDateTime>
#include <QEvent>
#include <QGuiApplication>
#include <QLineEdit>
#include <QLocale>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kFieldWidth = 280;
constexpr int kMostKeyName = 60;

void clear(QLayout& layout) {
    while (QLayoutItem* item = layout.takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
}

QHBoxLayout* besideEachOther(QWidget* field, QWidget* button) {
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kSm);
    line->addWidget(field, 0, Qt::AlignTop);
    line->addWidget(button, 0, Qt::AlignTop);
    line->addStretch(1);
    return line;
}

} // namespace

ServerAccess::ServerAccess(ServerController& server, QWidget* parent)
    : Section({}, QStringLiteral("server_access"), parent)
    , m_server(server)
    , m_keysTitle(new Label({}, TextStyle::UiStrong, ColorRole::Text, this))
    , m_keysHint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_keys(new QVBoxLayout)
    , m_keyName(new Field({}, this))
    , m_addKey(new Button({}, ButtonKind::Plain, this))
    , m_originsTitle(new Label({}, TextStyle::UiStrong, ColorRole::Text, this))
    , m_originsHint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_originsHolder(new QWidget(this))
    , m_origins(new FlowLayout(m_originsHolder))
    , m_origin(new Field({}, this))
    , m_addOrigin(new Button({}, ButtonKind::Plain, this)) {
    arrange();
    connect(&server, &ServerController::changed, this, &ServerAccess::refresh);
    connect(m_addKey, &QAbstractButton::clicked, this, &ServerAccess::addKey);
    connect(m_keyName->edit(), &QLineEdit::returnPressed, this, &ServerAccess::addKey);
    connect(m_addOrigin, &QAbstractButton::clicked, this, &ServerAccess::addOrigin);
    connect(m_origin->edit(), &QLineEdit::returnPressed, this, &ServerAccess::addOrigin);
    connect(m_origin->edit(), &QLineEdit::textEdited, this,
            [this] { m_origin->setError(QString()); });
    retranslate();
}

void ServerAccess::arrange() {
    m_keyName->edit()->setObjectName(QStringLiteral("server/key_name"));
    m_keyName->edit()->setMaxLength(kMostKeyName);
    m_addKey->setObjectName(QStringLiteral("server/add_key"));
    m_addKey->setGlyph(Icon::Plus);
    m_origin->edit()->setObjectName(QStringLiteral("server/origin"));
    m_origin->edit()->setPlaceholderText(QStringLiteral("https://example.org"));
    m_addOrigin->setObjectName(QStringLiteral("server/add_origin"));
    m_addOrigin->setGlyph(Icon::Plus);
    for (Field* field : {m_keyName, m_origin})
        field->setFixedWidth(kFieldWidth);
    for (Label* hint : {m_keysHint, m_originsHint})
        hint->setWordWrap(true);
    m_keys->setSpacing(space::kXs);
    body()->setSpacing(space::kSm);
    body()->addWidget(m_keysTitle);
    body()->addWidget(m_keysHint);
    body()->addLayout(m_keys);
    body()->addLayout(besideEachOther(m_keyName, m_addKey));
    body()->addSpacing(space::kSm);
    body()->addWidget(m_originsTitle);
    body()->addWidget(m_originsHint);
    body()->addWidget(m_originsHolder);
    body()->addLayout(besideEachOther(m_origin, m_addOrigin));
}

void ServerAccess::addKey() {
    const QString name = plainLine(m_keyName->text());
    m_keyName->setText({});
    makeKey(name);
}

void ServerAccess::makeKey(const QString& name) {
    ServerChoice choice = m_server.choice();
    const ServerKey key =
        makeServerKey(name.isEmpty() ? tr("Key %1").arg(choice.keys.size() + 1) : name);
    choice.keys += key;
    m_server.setChoice(choice);
    showSecret(key.name, key.secret);
}

void ServerAccess::focusPages() {
    setExpanded(true);
    m_origin->edit()->setFocus();
}

void ServerAccess::showSecret(const QString& name, const QString& secret) {
    auto* dialog = new Dialog(
        this, {tr("The key “%1”").arg(withoutControls(name)),
               tr("Copy it now: it is not shown again. Programs send it as their API key.")});
    auto* code = new CodePanel(tr("The key"), dialog);
    code->setObjectName(QStringLiteral("server/secret"));
    code->setBroken(2);
    code->setCode(secret);
    auto* copy = new Button(tr("Copy"), ButtonKind::Plain, dialog);
    copy->setGlyph(Icon::Copy);
    connect(copy, &QAbstractButton::clicked, this, [this, secret] {
        QGuiApplication::clipboard()->setText(secret);
        emit told(tr("Copied"));
    });
    dialog->body()->addWidget(code);
    dialog->body()->addWidget(copy, 0, Qt::AlignLeft);
    dialog->addButton({tr("Done"), ButtonKind::Primary});
    dialog->open(copy);
}

void ServerAccess::removeKey(const QString& name, const QString& secret) {
    const bool isLast = m_server.choice().keys.size() == 1;
    const bool closes = isLast && !m_server.choice().isLocal();
    const DialogText text{
        tr("Remove the key “%1”?").arg(withoutControls(name)),
        closes ? tr("Programs that use it are refused from now on. As no key is left, only this "
                    "computer reaches the server then.")
               : tr("Programs that use it are refused from now on.")};
    Dialog::ask(this, text,
                {{tr("Cancel"), ButtonKind::Quiet}, {tr("Remove"), ButtonKind::Danger}},
                [this, secret, closes](int answer) {
                    if (answer != 1)
                        return;
                    ServerChoice choice = m_server.choice();
                    choice.keys.removeIf(
                        [&](const ServerKey& key) { return key.secret == secret; });
                    if (closes)
                        choice.address = kThisComputer;
                    m_server.setChoice(choice);
                });
}

void ServerAccess::addOrigin() {
    ServerChoice choice = m_server.choice();
    QString origin = m_origin->text().trimmed();
    while (origin.endsWith(QLatin1Char('/')))
        origin.chop(1);
    if (origin.isEmpty())
        return;
    if (!isOrigin(origin)) {
        m_origin->setError(tr("Scheme and host, such as https://example.org:8080, or * for all"));
        return;
    }
    if (!choice.origins.contains(origin))
        choice.origins += origin;
    m_origin->setText({});
    m_server.setChoice(choice);
}

void ServerAccess::refresh() {
    QStringList secrets;
    for (const ServerKey& key : m_server.choice().keys)
        secrets += key.secret;
    if (secrets != m_shownKeys) {
        m_shownKeys = secrets;
        rebuildKeys();
    }
    if (m_server.choice().origins != m_shownOrigins) {
        m_shownOrigins = m_server.choice().origins;
        rebuildOrigins();
    }
    m_originsHolder->setVisible(!m_shownOrigins.isEmpty());
    const int keys = static_cast<int>(m_shownKeys.size());
    setSummary(keys == 0 ? tr("no key needed") : tr("%n key(s)", nullptr, keys));
}

void ServerAccess::rebuildKeys() {
    clear(*m_keys);
    for (const ServerKey& key : m_server.choice().keys) {
        auto* line = new QWidget(this);
        auto* name =
            new Label(withoutControls(key.name), TextStyle::Ui, ColorRole::Text, line);
        name->setElided(true);
        const QDateTime made = QDateTime::fromMSecsSinceEpoch(key.createdMs);
        auto* since = new Label(
            tr("made on %1").arg(QLocale().toString(made.date(), QLocale::ShortFormat)),
            TextStyle::Caption, ColorRole::Muted, line);
        auto* remove =
            new IconButton(Icon::Trash, tr("Remove the key “%1”").arg(withoutControls(key.name)),
                           line, IconButton::Size::Small);
        auto* row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(space::kMd);
        row->addWidget(name, 1);
        row->addWidget(since);
        row->addWidget(remove);
        connect(remove, &QAbstractButton::clicked, this, [this, key] { removeKey(key.name, key.secret); });
        m_keys->addWidget(line);
    }
}

void ServerAccess::rebuildOrigins() {
    clear(*m_origins);
    for (const QString& origin : m_shownOrigins) {
        auto* chip = new Chip(origin, m_originsHolder);
        chip->setRemovable(true);
        connect(chip, &Chip::removeRequested, this, [this, origin] {
            ServerChoice choice = m_server.choice();
            choice.origins.removeAll(origin);
            m_server.setChoice(choice);
        });
        m_origins->addWidget(chip);
        chip->show();
    }
    m_originsHolder->updateGeometry();
}

void ServerAccess::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Section::changeEvent(event);
}

void ServerAccess::retranslate() {
    setTitle(tr("Keys and web pages"));
    m_keysTitle->setText(tr("API keys"));
    m_keysHint->setText(tr("With a key there, every program has to show one. Each has a name, so "
                           "that the log tells who asked and one alone can be removed."));
    m_keyName->edit()->setPlaceholderText(tr("Name, such as “Laptop”"));
    m_keyName->edit()->setAccessibleName(tr("Name of the new key"));
    m_addKey->setText(tr("Make a key"));
    m_originsTitle->setText(tr("Web pages"));
    m_originsHint->setText(tr("Pages of this computer may always use the server; list others here "
                              "(CORS)."));
    m_origin->edit()->setAccessibleName(tr("Address of the web page"));
    m_addOrigin->setText(tr("Allow"));
    m_shownKeys.clear();
    clear(*m_keys);
    refresh();
}

} // namespace hearth::ui
