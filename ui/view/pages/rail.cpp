#include "view/pages/rail.h"

#include "view/components/icon_button.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QEvent>
#include <QPainter>

namespace hearth::ui {

QString pageName(Page page) {
    switch (page) {
    case Page::Chat:
        return QStringLiteral("chat");
    case Page::Models:
        return QStringLiteral("models");
    case Page::Settings:
        break;
    }
    return QStringLiteral("settings");
}

Rail::Rail(QWidget* parent) : QWidget(parent) {
    setFixedWidth(size::kRail);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, space::kMd, 1, space::kMd);
    layout->setSpacing(space::kXs);
    const Icon glyphs[kPageCount] = {Icon::Chats, Icon::Models, Icon::Settings};
    for (int page = 0; page < kPageCount; ++page) {
        if (static_cast<Page>(page) == Page::Settings)
            layout->addStretch(1);
        m_buttons[page] = new IconButton(glyphs[page], {}, this, IconButton::Size::Rail);
        m_buttons[page]->setCheckable(true);
        m_group.addButton(m_buttons[page], page);
        layout->addWidget(m_buttons[page], 0, Qt::AlignHCenter);
    }
    connect(&m_group, &QButtonGroup::idClicked, this,
            [this](int id) { emit pageChosen(static_cast<Page>(id)); });
    retranslate();
}

void Rail::setCurrent(Page page) {
    m_buttons[static_cast<int>(page)]->setChecked(true);
}

void Rail::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& tokens = Theme::current().tokens();
    painter.fillRect(rect(), tokens.sunken);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), tokens.border);
}

void Rail::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void Rail::retranslate() {
    m_buttons[static_cast<int>(Page::Chat)]->setName(tr("Chats"));
    m_buttons[static_cast<int>(Page::Models)]->setName(tr("Models"));
    m_buttons[static_cast<int>(Page::Settings)]->setName(tr("Settings (Ctrl+,)"));
}

} // namespace hearth::ui
