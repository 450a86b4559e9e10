#pragma once

#include <QPlainTextEdit>

namespace hearth::ui {

/// Code that can be selected and copied, not changed: as high as its lines up to a number of them,
/// then it scrolls. Tab leaves it.
class CodePanel : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit CodePanel(const QString& name, QWidget* parent = nullptr);

    void setCode(const QString& code);
    void setMostLines(int lines);

private:
    void applyTheme();
    void fitHeight();

    int m_mostLines = 12;
};

} // namespace hearth::ui
