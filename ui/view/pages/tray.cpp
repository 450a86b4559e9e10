#include "view/pages/tray.h"

#include "view/theme/icons.h"

#include <QMenu>
#include <QSystemTrayIcon>

namespace hearth::ui {

std::unique_ptr<Tray> Tray::create() {
    if (!QSystemTrayIcon::isSystemTrayAvailable())
        return nullptr;
    return std::unique_ptr<Tray>(new Tray);
}

Tray::Tray()
    : m_menu(std::make_unique<QMenu>())
    , m_icon(std::make_unique<QSystemTrayIcon>(applicationIcon()))
    , m_show(m_menu->addAction(QString(), this, &Tray::showRequested))
    , m_newChat(m_menu->addAction(QString(), this, &Tray::newChatRequested))
    , m_quit(nullptr) {
    m_menu->addSeparator();
    m_quit = m_menu->addAction(QString(), this, &Tray::quitRequested);
    m_icon->setToolTip(QStringLiteral("Hearth"));
    m_icon->setContextMenu(m_menu.get());
    connect(m_icon.get(), &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason reason) {
                if (reason == QSystemTrayIcon::Trigger)
                    emit showRequested();
            });
    connect(m_icon.get(), &QSystemTrayIcon::messageClicked, this, &Tray::messageClicked);
    retranslate();
    m_icon->show();
}

Tray::~Tray() = default;

void Tray::tell(const QString& title, const QString& text) {
    m_icon->showMessage(title, text, applicationIcon());
}

void Tray::retranslate() {
    m_show->setText(tr("Show Hearth"));
    m_newChat->setText(tr("New chat"));
    m_quit->setText(tr("Quit Hearth"));
}

} // namespace hearth::ui
