#pragma once

#include "state/chat_records.h"

#include <QWidget>

namespace hearth::ui {

/// A token as it is shown: line ends and tabs as signs, other controls inert.
QString visibleToken(const QString& token);
/// "63%", "< 0.1%"
QString shareText(double probability);

/// What the model would have said: the likeliest tokens and their shares, the drawn one marked.
/// Shown beside the pointer or the cursor; takes no focus.
class TokenTip : public QWidget {
    Q_OBJECT

public:
    explicit TokenTip(QWidget* parent = nullptr);

    /// Below `token`, a rectangle on the screen.
    void showFor(const TokenMark& mark, const QRect& token);
    [[nodiscard]] const TokenMark& mark() const { return m_mark; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Line {
        QString text;
        double probability = 0.0;
        bool isDrawn = false;
    };
    [[nodiscard]] QList<Line> lines() const;

    TokenMark m_mark;
};

} // namespace hearth::ui
