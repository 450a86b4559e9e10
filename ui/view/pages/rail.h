#pragma once

#include "state/server_controller.h"

#include <QButtonGroup>
#include <QWidget>

namespace hearth::ui {

/// The pages that a window has, in the rail's order; their names are those of `--page`.
enum class Page : int { Chat, Models, Server, Settings };
inline constexpr int kPageCount = 4;
[[nodiscard]] QString pageName(Page page);

/// The rail at the left edge: one button a page, with the number of things that go on there.
class Rail : public QWidget {
    Q_OBJECT

public:
    explicit Rail(QWidget* parent = nullptr);

    void setCurrent(Page page);
    /// Replies that are being written: on the chats.
    void setReplies(int count);
    /// Downloads under way: on the models.
    void setDownloads(int count);
    /// Requests of other programs that are being answered: on the server.
    void setRequests(int count);
    /// A dot on the server, unless it is off.
    void setServer(ServerController::State state);

signals:
    void pageChosen(hearth::ui::Page page);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    class PageButton;

    void retranslate();
    [[nodiscard]] PageButton& button(Page page) const { return *m_buttons[static_cast<int>(page)]; }

    QButtonGroup m_group;
    ServerController::State m_server = ServerController::State::Off;
    PageButton* m_buttons[kPageCount];
};

} // namespace hearth::ui
