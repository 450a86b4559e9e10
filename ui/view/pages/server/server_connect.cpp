#include "view/pages/server/server_connect.h"

#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/chip.h"
#include "view/components/flow_layout.h"
#include "view/components/label.h"
#include "view/pages/server/code_panel.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>

#include <algorithm>

namespace hearth::ui {

ServerConnect::ServerConnect(Workspace& workspace, QWidget* parent)
    : Section({}, QStringLiteral("server_connect"), parent)
    , m_workspace(workspace)
    , m_programs(new FlowLayout)
    , m_hint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_code(new CodePanel({}, this))
    , m_copy(new Button({}, ButtonKind::Plain, this)) {
    for (const ConnectSnippet& snippet : connectSnippets({})) {
        auto* chip = new Chip(snippet.program, this);
        chip->setCheckable(true);
        m_group.addButton(chip, static_cast<int>(m_group.buttons().size()));
        m_programs->addWidget(chip);
    }
    m_group.setExclusive(true);
    m_group.button(0)->setChecked(true);
    m_code->setObjectName(QStringLiteral("server/snippet"));
    m_copy->setObjectName(QStringLiteral("server/copy_snippet"));
    m_copy->setGlyph(Icon::Copy);
    m_hint->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->setSpacing(space::kMd);
    line->addWidget(m_hint, 1);
    line->addWidget(m_copy);
    body()->setSpacing(space::kSm);
    body()->addLayout(m_programs);
    body()->addLayout(line);
    body()->addWidget(m_code);
    connect(this, &Section::expandedChanged, this, &ServerConnect::refresh);
    connect(&m_group, &QButtonGroup::idClicked, this, &ServerConnect::refresh);
    connect(&workspace.server(), &ServerController::changed, this, &ServerConnect::refresh);
    connect(&workspace.model(), &ModelSession::changed, this, &ServerConnect::refresh);
    connect(m_copy, &QAbstractButton::clicked, this, &ServerConnect::copy);
    retranslate();
}

ConnectSnippet ServerConnect::snippet(const QString& key) const {
    ConnectFacts facts;
    facts.url = m_workspace.server().localUrl();
    facts.model = m_workspace.model().name();
    facts.key = key;
    return connectSnippets(facts).at(std::max(0, m_group.checkedId()));
}

void ServerConnect::copy() {
    // Secrets are not on the screen, but what is copied works where it is put.
    const QList<ServerKey>& keys = m_workspace.server().choice().keys;
    QGuiApplication::clipboard()->setText(snippet(keys.isEmpty() ? QString() : keys[0].secret).text);
    emit told(keys.isEmpty() ? tr("Copied")
                             : tr("Copied, with the key “%1”").arg(withoutControls(keys[0].name)));
}

void ServerConnect::refresh() {
    const bool hasKeys = !m_workspace.server().choice().keys.isEmpty();
    const ConnectSnippet snippet = this->snippet(hasKeys ? QString(kKeyPlace) : QString());
    m_hint->setText(hasKeys && snippet.text.contains(kKeyPlace)
                        ? tr("%1 Copying puts a key in.").arg(snippet.hint)
                        : snippet.hint);
    if (m_code->toPlainText() != snippet.text)
        m_code->setCode(snippet.text);
    m_code->setAccessibleName(tr("Text for %1").arg(snippet.program));
    QStringList programs;
    for (const QAbstractButton* chip : m_group.buttons())
        programs += chip->text();
    setSummary(isExpanded() ? QString() : programs.join(QStringLiteral(", ")));
}

void ServerConnect::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Section::changeEvent(event);
}

void ServerConnect::retranslate() {
    setTitle(tr("Connect a program"));
    m_copy->setText(tr("Copy"));
    refresh();
}

} // namespace hearth::ui
