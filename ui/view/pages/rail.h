#pragma once

#include <QButtonGroup>
#include <QWidget>

namespace hearth::ui {

class IconButton;

/// The pages that a window has, in the rail's order; their names are those of `--page`.
enum class Page : int { Chat, Models, Settings };
inline constexpr int kPageCount = 3;
[[nodiscard]] QString pageName(Page page);

/// The rail at the left edge: one button a page.
class Rail : public QWidget {
    Q_OBJECT

public:
    explicit Rail(QWidget* parent = nullptr);

    void setCurrent(Page page);

signals:
    void pageChosen(hearth::ui::Page page);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void retranslate();

    QButtonGroup m_group;
    IconButton* m_buttons[kPageCount];
};

} // namespace hearth::ui
