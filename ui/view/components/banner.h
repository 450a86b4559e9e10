#pragma once

#include "view/theme/tokens.h"

#include <QWidget>

class QBoxLayout;

namespace hearth::ui {

class Label;
class Button;
class IconButton;

/// A sentence that concerns the page below it, with the button that mends it: beside the sentence,
/// or under it where that is too narrow.
class Banner : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Info, Ok, Warning, Error };

    explicit Banner(Kind kind, const QString& text, const QString& actionText = QString(),
                    QWidget* parent = nullptr);

    void setContent(Kind kind, const QString& text, const QString& actionText = QString());
    /// A second, quiet button before the first; empty: none.
    void setAlternative(const QString& actionText);
    /// Shows a cross that hides the banner.
    void setClosable(bool closable);

signals:
    void actionTriggered();
    void alternativeTriggered();
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    ColorRole role() const;
    void arrange();

    Kind m_kind;
    Label* m_text;
    Button* m_action;
    Button* m_alternative;
    IconButton* m_close;
    QBoxLayout* m_body; ///< The text and the buttons.
    QBoxLayout* m_buttons;
};

} // namespace hearth::ui
