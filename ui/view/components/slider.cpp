#include "view/components/slider.h"

#include "view/components/label.h"
#include "view/theme/metrics.h"

#include <QGridLayout>
#include <QLocale>
#include <QSlider>

#include <algorithm>
#include <cmath>

namespace hearth::ui {

Slider::Slider(const QString& name, const Range& range, QWidget* parent)
    : QWidget(parent)
    , m_range(range)
    , m_slider(new QSlider(Qt::Horizontal, this))
    , m_figure(new Label(QString(), TextStyle::Figure, ColorRole::Muted, this)) {
    auto* label = new Label(name, TextStyle::Ui, ColorRole::Text, this);
    label->setBuddy(m_slider);
    const int steps = static_cast<int>(std::lround((range.maximum - range.minimum) / range.step));
    m_slider->setRange(0, std::max(1, steps));
    m_slider->setPageStep(10);
    m_slider->setAccessibleName(name);
    setFocusProxy(m_slider);

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(space::kXs);
    grid->addWidget(label, 0, 0);
    grid->addWidget(m_figure, 0, 1, Qt::AlignRight);
    grid->addWidget(m_slider, 1, 0, 1, 2);
    grid->setColumnStretch(0, 1);

    m_figure->setText(valueText());
    connect(m_slider, &QSlider::valueChanged, this, [this] {
        m_figure->setText(valueText());
        m_slider->setAccessibleDescription(valueText());
        emit valueChanged(value());
    });
}

double Slider::value() const {
    return std::min(m_range.maximum, m_range.minimum + m_slider->value() * m_range.step);
}

void Slider::setValue(double value) {
    if (!std::isfinite(value))
        return;
    value = std::clamp(value, m_range.minimum, m_range.maximum);
    m_slider->setValue(static_cast<int>(std::lround((value - m_range.minimum) / m_range.step)));
}

QString Slider::valueText() const {
    return QLocale().toString(value(), 'f', m_range.decimals) + m_range.suffix;
}

} // namespace hearth::ui
