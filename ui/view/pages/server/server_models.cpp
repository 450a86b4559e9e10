#include "view/pages/server/server_models.h"

#include "state/workspace.h"
#include "view/components/button.h"
#include "view/components/chip.h"
#include "view/components/label.h"
#include "view/pages/server/server_texts.h"
#include "view/pages/texts.h"
#include "view/theme/metrics.h"
#include "view/theme/paint.h"

#include <QBoxLayout>
#include <QEvent>

namespace hearth::ui {

ServerModels::ServerModels(Workspace& workspace, QWidget* parent)
    : Section({}, QStringLiteral("server_models"), parent)
    , m_workspace(workspace)
    , m_hint(new Label({}, TextStyle::Caption, ColorRole::Muted, this))
    , m_list(new QVBoxLayout) {
    m_hint->setWordWrap(true);
    m_list->setSpacing(space::kXs);
    body()->setSpacing(space::kSm);
    body()->addWidget(m_hint);
    body()->addLayout(m_list);
    const ServerController& server = workspace.server();
    connect(&server, &ServerController::changed, this, &ServerModels::refresh);
    connect(&server, &ServerController::activityChanged, this, &ServerModels::refresh);
    connect(&workspace.catalogue(), &ModelCatalogue::scanned, this, &ServerModels::refresh);
    connect(&workspace.model(), &ModelSession::changed, this, &ServerModels::refresh);
    retranslate();
}

QList<ServerModels::Line> ServerModels::lines() const {
    const ModelSession& model = m_workspace.model();
    const QString own = model.state() == ModelSession::State::Ready ? model.name() : QString();
    QList<Line> lines;
    const auto add = [&](const QString& name, const QString& detail) {
        Line line{name, detail, {}, name == own, false};
        for (const PoolModelStatus& status : m_workspace.server().activity().models)
            if (status.model.name == name.toStdString()) {
                line.state = modelStateText(status);
                line.canUnload = status.state == PoolState::Loaded && !status.pinned && !line.isOwn;
            }
        if (line.isOwn)
            lines.prepend(line);
        else
            lines.append(line);
    };
    const ModelCatalogue& catalogue = m_workspace.catalogue();
    for (int row = 0; row < catalogue.rowCount(); ++row) {
        const LibraryModel& known = catalogue.at(row);
        if (known.problem.empty())
            add(QString::fromStdString(known.name), bytesText(known.bytes));
    }
    if (!own.isEmpty() && catalogue.rowOf(own) < 0)
        add(own, bytesText(model.info().weightBytes));
    return lines;
}

void ServerModels::refresh() {
    const QList<Line> wanted = lines();
    if (wanted == m_shown && m_list->count() == wanted.size())
        return;
    m_shown = wanted;
    while (QLayoutItem* item = m_list->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    int loaded = 0;
    for (const Line& line : wanted) {
        m_list->addWidget(makeLine(line));
        loaded += line.isOwn || !line.state.isEmpty() ? 1 : 0;
    }
    setSummary(tr("%1 of %n loaded", nullptr, static_cast<int>(wanted.size())).arg(loaded));
}

QWidget* ServerModels::makeLine(const Line& line) {
    auto* row = new QWidget(this);
    auto* name = new Label(withoutControls(line.name), TextStyle::Ui, ColorRole::Text, row);
    name->setElided(true);
    auto* detail = new Label(line.detail, TextStyle::Caption, ColorRole::Muted, row);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kMd);
    layout->addWidget(name, 1);
    if (line.isOwn) {
        auto* chip = new Chip(tr("the window's, and the default"), row);
        chip->setDot(ColorRole::Accent);
        layout->addWidget(chip);
    }
    if (!line.state.isEmpty()) {
        auto* chip = new Chip(line.state, row);
        chip->setDot(ColorRole::Ok);
        layout->addWidget(chip);
    }
    layout->addWidget(detail);
    if (line.canUnload) {
        auto* unload = new Button(tr("Unload"), ButtonKind::Quiet, row);
        unload->setAccessibleName(tr("Unload %1").arg(withoutControls(line.name)));
        layout->addWidget(unload);
        connect(unload, &QAbstractButton::clicked, this,
                [this, model = line.name] { m_workspace.server().unload(model); });
    }
    row->setMinimumHeight(size::kControl);
    return row;
}

void ServerModels::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    Section::changeEvent(event);
}

void ServerModels::retranslate() {
    setTitle(tr("Models that are served"));
    m_hint->setText(tr("A request that names another model than the window's loads it, if there is "
                       "memory; it is unloaded when nobody has asked for it for five minutes. Chats "
                       "in this window go before requests."));
    m_shown.clear();
    refresh();
}

} // namespace hearth::ui
