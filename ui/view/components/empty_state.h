#pragma once

#include "view/theme/icons.h"

#include <QWidget>

namespace hearth::ui {

class Label;
class Button;

/// What a page or a list says while nothing is in it, and what to do about it.
class EmptyState : public QWidget {
    Q_OBJECT

public:
    EmptyState(Icon glyph, const QString& title, const QString& text,
               const QString& actionText = QString(), QWidget* parent = nullptr);

    void setContent(const QString& title, const QString& text,
                    const QString& actionText = QString());
    /// The application's own mark instead of the icon (welcome).
    void setApplicationMark();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void actionTriggered();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    class Glyph;
    Glyph* m_glyph;
    Label* m_title;
    Label* m_text;
    Button* m_action;
};

} // namespace hearth::ui
