#pragma once

#include <QPlainTextEdit>

namespace hearth::ui {

/// Code on a sunken ground that can be selected and copied, not changed: as high as its lines up to
/// a number of them, then it scrolls. Tab leaves it.
class CodePanel : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit CodePanel(const QString& name, QWidget* parent = nullptr);

    void setCode(const QString& code);
    void setMostLines(int lines);
    /// Long lines are broken anywhere and take this many, instead of being scrolled.
    void setBroken(int lines);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void applyTheme();
    void fitHeight();

    int m_mostLines = 12;
    int m_brokenLines = 0;
};

} // namespace hearth::ui
