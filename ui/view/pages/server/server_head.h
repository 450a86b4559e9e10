#pragma once

#include "view/components/card.h"

class QVBoxLayout;

namespace hearth::ui {

class Banner;
class Chip;
class Field;
class Label;
class Segmented;
class ServerController;
class Switch;

/// The switch of the server, how it stands, where it listens and who may reach it. What can't be
/// started says why here, with the button that mends it, and the switch is off again.
class ServerHead : public Card {
    Q_OBJECT

public:
    explicit ServerHead(ServerController& server, QWidget* parent = nullptr);

signals:
    void told(const QString& text);
    /// A key was made, which the person has to see now.
    void keyMade(const QString& name, const QString& secret);

protected:
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void connectAll();
    void retranslate();
    void refresh();
    void refreshActivity();
    void refreshUrls();
    void refreshError();
    void setReach(int reach);
    void keepAddress();
    void keepPort();
    void mend();

    ServerController& m_server;
    Label* m_title;
    Switch* m_switch;
    Chip* m_state;
    Label* m_activity;
    Banner* m_error;
    QVBoxLayout* m_urls;
    QStringList m_shownUrls;
    Label* m_reachName;
    Label* m_reachHint;
    Segmented* m_reach;
    Field* m_address;
    Field* m_port;
    Switch* m_autoStart;
    int m_freePort = 0; ///< That the button of the error offers.
};

} // namespace hearth::ui
