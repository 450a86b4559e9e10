#pragma once

#include "state/chat_records.h"

#include <QList>
#include <QTextLayout>
#include <QWidget>

namespace hearth::ui {

class TokenTip;

/// The tokens of a reply as flowing text, the less likely the warmer their ground. The pointer, or
/// Left and Right with the focus here, shows what else the model might have said.
class TokenStrip : public QWidget {
    Q_OBJECT

public:
    explicit TokenStrip(QWidget* parent = nullptr);

    void setMarks(const QList<TokenMark>& marks);
    [[nodiscard]] int count() const { return static_cast<int>(m_marks.size()); }
    /// In the widget's coordinates; of a token that is broken, its beginning.
    [[nodiscard]] QRect tokenRect(int token) const;
    [[nodiscard]] int currentToken() const { return m_current; } ///< -1: none.
    [[nodiscard]] TokenTip* tip() const { return m_tip; }

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

signals:
    void currentChanged(int token);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void rebuild();
    [[nodiscard]] int tokenAt(const QPointF& position) const;
    void setCurrent(int token);

    QList<TokenMark> m_marks;
    QList<int> m_starts; ///< Of each token in the text; one more at the end.
    mutable QTextLayout m_layout;
    int m_height = 0;
    int m_current = -1;
    TokenTip* m_tip;
};

} // namespace hearth::ui
