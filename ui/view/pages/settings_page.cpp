#include "view/pages/settings_page.h"

#include "state/workspace.h"
#include "view/components/label.h"
#include "view/components/row.h"
#include "view/pages/settings/appearance_section.h"
#include "view/pages/settings/chats_section.h"
#include "view/pages/settings/data_section.h"
#include "view/pages/settings/desktop_section.h"
#include "view/pages/settings/downloads_section.h"
#include "view/pages/settings/engine_section.h"
#include "view/pages/settings/privacy_section.h"
#include "view/pages/settings/shortcuts_section.h"
#include "view/theme/metrics.h"

#include <QApplication>
#include <QBoxLayout>
#include <QEvent>
#include <QLineEdit>
#include <QScrollBar>
#include <QTimer>

namespace hearth::ui {

namespace {

constexpr int kColumnWidth = 640;
constexpr int kIndexWidth = 232;

constexpr Icon kGlyphs[] = {Icon::Sun,      Icon::Cpu,  Icon::Chats, Icon::Download,
                            Icon::Keyboard, Icon::Bell, Icon::Disk,  Icon::Shield};

/// What the person is at, for a page that is built anew.
struct Place {
    int scrolled = 0;
    QString focus;
    QHash<QString, QString> typed;
};

Place placeOn(const QScrollArea& scroll) {
    Place place;
    place.scrolled = scroll.verticalScrollBar()->value();
    const QWidget* const focus = QApplication::focusWidget();
    if (focus != nullptr && scroll.isAncestorOf(focus))
        place.focus = focus->objectName();
    for (const QLineEdit* edit : scroll.findChildren<QLineEdit*>())
        if (!edit->objectName().isEmpty())
            place.typed.insert(edit->objectName(), edit->text());
    return place;
}

void returnTo(const Place& place, QScrollArea& scroll) {
    for (auto typed = place.typed.begin(); typed != place.typed.end(); ++typed)
        if (auto* edit = scroll.findChild<QLineEdit*>(typed.key()))
            edit->setText(typed.value());
    // The layout has to be there before the bar reaches so far.
    scroll.widget()->layout()->activate();
    scroll.widget()->adjustSize();
    if (!place.focus.isEmpty())
        if (auto* focus = scroll.findChild<QWidget*>(place.focus))
            focus->setFocus(Qt::OtherFocusReason);
    scroll.verticalScrollBar()->setValue(place.scrolled);
    QTimer::singleShot(0, &scroll, [&scroll, scrolled = place.scrolled] {
        scroll.verticalScrollBar()->setValue(scrolled);
    });
}

} // namespace

SettingsPage::SettingsPage(Workspace& workspace, Shortcuts& shortcuts, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_shortcuts(shortcuts)
    , m_index(new QWidget(this))
    , m_scroll(new QScrollArea(this)) {
    m_index->setFixedWidth(kIndexWidth);
    auto* rows = new QVBoxLayout(m_index);
    rows->setContentsMargins(space::kLg, space::kXl, 0, space::kXl);
    rows->setSpacing(space::kXs);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->viewport()->installEventFilter(this);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_index);
    layout->addWidget(m_scroll, 1);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        if (now != nullptr && m_scroll->isAncestorOf(now))
            m_scroll->ensureWidgetVisible(now, 0, space::k2xl);
    });
    connect(m_scroll->verticalScrollBar(), &QScrollBar::valueChanged, this,
            &SettingsPage::markSection);
}

void SettingsPage::build() {
    auto* page = new QWidget;
    m_sections.clear();
    makeSections(page);
    auto* column = new QVBoxLayout;
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kLg);
    column->addWidget(new Label(tr("Settings"), TextStyle::Display, ColorRole::Text, page));
    for (SettingsSection* section : m_sections)
        column->addWidget(section);
    column->addStretch(1);
    auto* holder = new QWidget(page);
    holder->setMaximumWidth(kColumnWidth);
    holder->setLayout(column);
    auto* outer = new QHBoxLayout(page);
    outer->setContentsMargins(space::k2xl, space::kXl, space::k2xl, space::kXl);
    outer->addStretch(1);
    outer->addWidget(holder, 1000);
    outer->addStretch(1);
    m_scroll->setWidget(page);
    makeIndex();
}

void SettingsPage::makeSections(QWidget* page) {
    Settings& settings = m_workspace.settings();
    auto* chats = new ChatsSection(settings, page);
    auto* all = new DataSection(m_workspace, page);
    m_sections = {new AppearanceSection(settings, page),
                  new EngineSection(m_workspace, page),
                  chats,
                  new DownloadsSection(m_workspace, page),
                  new ShortcutsSection(m_shortcuts, page),
                  new DesktopSection(settings, page),
                  all,
                  new PrivacySection(settings, page)};
    connect(chats, &ChatsSection::undoOffered, this, &SettingsPage::undoOffered);
    connect(all, &DataSection::undoOffered, this, &SettingsPage::undoOffered);
}

void SettingsPage::makeIndex() {
    auto* const layout = static_cast<QVBoxLayout*>(m_index->layout());
    while (QLayoutItem* item = layout->takeAt(0)) {
        if (item->widget() != nullptr)
            item->widget()->deleteLater();
        delete item;
    }
    m_rows.clear();
    delete m_group;
    m_group = new QButtonGroup(this);
    for (SettingsSection* section : m_sections) {
        auto* row = new Row(section->title(), m_index);
        row->setObjectName(QStringLiteral("index/") + section->key());
        row->setGlyph(kGlyphs[m_rows.size()]);
        row->setCheckable(true);
        m_group->addButton(row, static_cast<int>(m_rows.size()));
        layout->addWidget(row);
        m_rows += row;
    }
    layout->addStretch(1);
    connect(m_group, &QButtonGroup::idClicked, this,
            [this](int id) { showSection(m_sections.at(id)->key()); });
    markSection();
}

void SettingsPage::rebuild() {
    const Place place = placeOn(*m_scroll);
    // The control that was just used may be among those that go.
    QWidget* const before = m_scroll->takeWidget();
    before->hide();
    before->deleteLater();
    build();
    returnTo(place, *m_scroll);
}

void SettingsPage::showSection(const QString& key) {
    for (int i = 0; i < m_sections.size(); ++i) {
        if (m_sections.at(i)->key() != key)
            continue;
        scrollTo(*m_sections.at(i));
        m_chosen = i;
        markSection();
    }
}

void SettingsPage::scrollTo(const SettingsSection& section) {
    m_scroll->widget()->layout()->activate();
    const int top = section.mapTo(m_scroll->widget(), QPoint()).y();
    // The page's title stands above the first.
    m_scroll->verticalScrollBar()->setValue(&section == m_sections.first() ? 0 : top - space::kXl);
}

void SettingsPage::markSection() {
    if (m_rows.isEmpty())
        return;
    int current = m_chosen;
    // The last one that begins in the upper third.
    const int line = m_scroll->verticalScrollBar()->value() + m_scroll->viewport()->height() / 3;
    for (int i = 0; m_chosen < 0 && i < m_sections.size(); ++i)
        if (i == 0 || m_sections.at(i)->mapTo(m_scroll->widget(), QPoint()).y() <= line)
            current = i;
    m_rows.at(current)->setChecked(true);
}

void SettingsPage::fitIndex() {
    m_index->setVisible(width() >= kIndexWidth + kColumnWidth);
}

bool SettingsPage::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Wheel)
        m_chosen = -1;
    return QWidget::eventFilter(watched, event);
}

void SettingsPage::showEvent(QShowEvent* event) {
    if (m_scroll->widget() == nullptr)
        build();
    m_workspace.model().findDevices();
    QWidget::showEvent(event);
}

void SettingsPage::resizeEvent(QResizeEvent* event) {
    fitIndex();
    QWidget::resizeEvent(event);
}

void SettingsPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange && m_scroll->widget() != nullptr)
        rebuild();
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
