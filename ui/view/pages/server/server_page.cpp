#include "view/pages/server/server_page.h"

#include "state/workspace.h"
#include "view/components/card.h"
#include "view/pages/server/request_list.h"
#include "view/pages/server/server_access.h"
#include "view/pages/server/server_connect.h"
#include "view/pages/server/server_head.h"
#include "view/pages/server/server_models.h"
#include "view/theme/metrics.h"

#include <QBoxLayout>
#include <QTimer>

namespace hearth::ui {

namespace {

constexpr int kColumnWidth = 880;

} // namespace

ServerPage::ServerPage(Workspace& workspace, QWidget* parent)
    : QScrollArea(parent)
    , m_workspace(workspace)
    , m_head(new ServerHead(workspace.server()))
    , m_connect(new ServerConnect(workspace))
    , m_requests(new RequestList(workspace))
    , m_access(new ServerAccess(workspace.server()))
    , m_models(new ServerModels(workspace)) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
    arrange();
    connectParts();
}

void ServerPage::arrange() {
    auto* page = new QWidget;
    auto* column = new QWidget(page);
    column->setMaximumWidth(kColumnWidth);
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(space::kLg);
    layout->addWidget(m_head);
    auto* more = new Card(column);
    more->body()->setSpacing(space::kXs);
    for (Section* section : {static_cast<Section*>(m_connect), static_cast<Section*>(m_access),
                             static_cast<Section*>(m_models)}) {
        more->body()->addWidget(section);
        keepFolded(section);
    }
    layout->addWidget(more);
    layout->addWidget(m_requests);
    layout->addStretch(1);
    auto* outer = new QHBoxLayout(page);
    outer->setContentsMargins(space::k2xl, space::kXl, space::k2xl, space::kXl);
    outer->addStretch(1);
    outer->addWidget(column, 1000);
    outer->addStretch(1);
    setWidget(page);
}

void ServerPage::connectParts() {
    connect(m_head, &ServerHead::told, this, &ServerPage::told);
    connect(m_head, &ServerHead::keyMade, m_access, &ServerAccess::showSecret);
    connect(m_connect, &ServerConnect::told, this, &ServerPage::told);
    connect(m_access, &ServerAccess::told, this, &ServerPage::told);
    connect(m_requests, &RequestList::told, this, &ServerPage::told);
    connect(m_requests, &RequestList::chatOpened, this, &ServerPage::chatRequested);
    connect(m_requests, &RequestList::contextWanted, this, &ServerPage::contextWanted);
    connect(m_requests, &RequestList::keyWanted, m_access, &ServerAccess::makeKey);
    connect(m_requests, &RequestList::pagesWanted, this, [this] {
        m_access->focusPages();
        // Once it has its place.
        QTimer::singleShot(0, this, [this] { ensureWidgetVisible(focusWidget()); });
    });
}

void ServerPage::keepFolded(Section* section) {
    // The settings remember what is not as at first: how to connect is open, the others are folded.
    const bool isOpenFirst = section == m_connect;
    const QString other = section->key() + QLatin1String(isOpenFirst ? "/folded" : "/open");
    Settings& settings = m_workspace.settings();
    section->setExpanded(settings.values().foldedSections.contains(other) != isOpenFirst);
    connect(section, &Section::expandedChanged, this,
            [&settings, other, isOpenFirst](const QString&, bool expanded) {
                Settings::Values values = settings.values();
                values.foldedSections.removeAll(other);
                if (expanded != isOpenFirst)
                    values.foldedSections += other;
                settings.set(values);
            });
}

} // namespace hearth::ui
