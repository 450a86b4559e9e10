#pragma once

#include <QTextEdit>

namespace hearth::ui {

/// A field of several lines: plain text that grows with what is written between a least and a most
/// number of lines, then scrolls. Tab leaves it.
class TextArea : public QTextEdit {
    Q_OBJECT

public:
    explicit TextArea(const QString& name, QWidget* parent = nullptr);

    /// 3 to 8 at first.
    void setLines(int least, int most);
    QString text() const { return toPlainText(); }
    /// Keeps the cursor where the text stays the same.
    void setText(const QString& text);
    /// Without a frame and the padding that goes with it: inside a surface that has its own.
    void setFrameless();
    /// An error-coloured border.
    void setRefusedText(bool refused);

protected:
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void applyTheme();
    void fitHeight();

    int m_leastLines = 3;
    int m_mostLines = 8;
};

} // namespace hearth::ui
