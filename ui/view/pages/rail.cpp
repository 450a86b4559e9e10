#include "view/pages/rail.h"

#include "view/components/icon_button.h"
#include "view/pages/server/server_texts.h"
#include "view/pages/shortcuts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QEvent>
#include <QPainter>

#include <algorithm>
#include <optional>

namespace hearth::ui {

namespace {

constexpr int kMostShown = 9;
constexpr int kDot = 10;

} // namespace

/// A page's icon, with a number in the accent colour at its corner, or a dot that says how it stands.
class Rail::PageButton : public IconButton {
public:
    PageButton(Icon glyph, QWidget* parent)
        : IconButton(glyph, {}, parent, IconButton::Size::Rail) {
        setCheckable(true);
    }

    void setCount(int count) {
        m_count = count;
        update();
    }
    [[nodiscard]] int count() const { return m_count; }
    void setDot(std::optional<ColorRole> role) {
        m_dot = role;
        update();
    }

protected:
    void paintEvent(QPaintEvent* event) override {
        IconButton::paintEvent(event);
        const Tokens& tokens = Theme::current().tokens();
        if (m_count == 0) {
            if (m_dot)
                paintDot(tokens.color(*m_dot), tokens.sunken);
            return;
        }
        const QString text =
            m_count > kMostShown ? QStringLiteral("%1+").arg(kMostShown) : QString::number(m_count);
        const QFontMetricsF metrics(Theme::current().font(TextStyle::CaptionStrong));
        const double side = Theme::current().lineHeight(TextStyle::CaptionStrong);
        const double wide = std::max(side, metrics.horizontalAdvance(text) + space::kSm);
        const QRectF badge(width() - wide, 0, wide, side);
        QPainter painter(this);
        paintPanel(painter, badge, side / 2, tokens.accent, tokens.sunken);
        paintText(painter, badge, TextStyle::CaptionStrong, tokens.onAccent, text, Qt::AlignCenter);
    }

private:
    void paintDot(const QColor& fill, const QColor& border) {
        QPainter painter(this);
        const QRectF dot(width() - kDot - space::kSm, space::kXs, kDot, kDot);
        paintPanel(painter, dot, kDot / 2.0, fill, border);
    }

    int m_count = 0;
    std::optional<ColorRole> m_dot;
};

QString pageName(Page page) {
    switch (page) {
    case Page::Chat:
        return QStringLiteral("chat");
    case Page::Models:
        return QStringLiteral("models");
    case Page::Server:
        return QStringLiteral("server");
    case Page::Settings:
        break;
    }
    return QStringLiteral("settings");
}

Rail::Rail(QWidget* parent)
    : QWidget(parent) {
    setFixedWidth(size::kRail);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, space::kMd, 1, space::kMd);
    layout->setSpacing(space::kXs);
    const Icon glyphs[kPageCount] = {Icon::Chats, Icon::Models, Icon::Server, Icon::Settings};
    for (int page = 0; page < kPageCount; ++page) {
        if (static_cast<Page>(page) == Page::Settings)
            layout->addStretch(1);
        m_buttons[page] = new PageButton(glyphs[page], this);
        m_group.addButton(m_buttons[page], page);
        layout->addWidget(m_buttons[page], 0, Qt::AlignHCenter);
    }
    setActionHint(button(Page::Chat), Action::ChatsPage);
    setActionHint(button(Page::Models), Action::ModelsPage);
    setActionHint(button(Page::Server), Action::ServerPage);
    setActionHint(button(Page::Settings), Action::SettingsPage);
    connect(&m_group, &QButtonGroup::idClicked, this,
            [this](int id) { emit pageChosen(static_cast<Page>(id)); });
    retranslate();
}

void Rail::setCurrent(Page page) {
    button(page).setChecked(true);
}

void Rail::setReplies(int count) {
    button(Page::Chat).setCount(count);
    retranslate();
}

void Rail::setDownloads(int count) {
    button(Page::Models).setCount(count);
    retranslate();
}

void Rail::setRequests(int count) {
    button(Page::Server).setCount(count);
    retranslate();
}

void Rail::setServer(ServerController::State state) {
    m_server = state;
    button(Page::Server)
        .setDot(state == ServerController::State::Off ? std::nullopt
                                                      : std::optional(serverStateRole(state)));
    retranslate();
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
    const int replies = button(Page::Chat).count();
    const int downloads = button(Page::Models).count();
    const int requests = button(Page::Server).count();
    button(Page::Chat)
        .setName(replies == 0 ? tr("Chats")
                              : tr("Chats: %n reply(s) are being written", nullptr, replies));
    button(Page::Models)
        .setName(downloads == 0 ? tr("Models") : tr("Models: %n download(s)", nullptr, downloads));
    button(Page::Server)
        .setName(requests > 0 ? tr("Server: %n request(s) are being answered", nullptr, requests)
                 : m_server == ServerController::State::Off
                     ? tr("Server")
                     : tr("Server: %1").arg(serverStateText(m_server)));
    button(Page::Settings).setName(tr("Settings"));
}

} // namespace hearth::ui
