#pragma once

#include <QHash>
#include <QProxyStyle>

class QVariantAnimation;

namespace hearth::ui {

/// How loudly a push button speaks; a property of the widget, set through setButtonKind().
enum class ButtonKind { Plain, Primary, Quiet, Danger };
void setButtonKind(QWidget& button, ButtonKind kind);
ButtonKind buttonKind(const QWidget* button);

/// A field whose input is refused has an error-coloured border.
void setRefused(QWidget& field, bool refused);

/// Fusion's behaviour with our drawing: everything by Theme's tokens and metrics, no style sheets.
/// GUI thread. Owns the hover fades of the widgets that it has polished.
class HearthStyle : public QProxyStyle {
    Q_OBJECT

public:
    HearthStyle();

    void polish(QWidget* widget) override;
    void unpolish(QWidget* widget) override;
    using QProxyStyle::polish;
    using QProxyStyle::unpolish;

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                            QPainter* painter, const QWidget* widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option,
                    const QWidget* widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option,
                         SubControl subControl, const QWidget* widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option,
                         const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* returnData) const override;
    QIcon standardIcon(StandardPixmap standardPixmap, const QStyleOption* option,
                       const QWidget* widget) const override;
    QPalette standardPalette() const override;

    /// 0 at rest to 1 hovered, on its way for motion::kHover.
    qreal hover(const QStyleOption* option, const QWidget* widget) const;

private:
    void drawButtonBevel(const QStyleOption* option, QPainter* painter,
                         const QWidget* widget) const;
    void drawButtonLabel(const QStyleOption* option, QPainter* painter,
                         const QWidget* widget) const;
    void drawCheck(const QStyleOption* option, QPainter* painter, const QWidget* widget,
                   bool round) const;
    void drawFieldFrame(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawMenuItem(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawItemViewItem(const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const;
    void drawProgress(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawScrollBar(const QStyleOptionComplex* option, QPainter* painter,
                       const QWidget* widget) const;
    void drawSlider(const QStyleOptionComplex* option, QPainter* painter,
                    const QWidget* widget) const;
    void drawComboBox(const QStyleOptionComplex* option, QPainter* painter,
                      const QWidget* widget) const;
    void drawToolButton(const QStyleOptionComplex* option, QPainter* painter,
                        const QWidget* widget) const;
    void drawSpinBox(const QStyleOptionComplex* option, QPainter* painter,
                     const QWidget* widget) const;

    struct Fade {
        QVariantAnimation* animation;
        bool hovered;
    };
    mutable QHash<const QWidget*, Fade> m_fades;
};

} // namespace hearth::ui
