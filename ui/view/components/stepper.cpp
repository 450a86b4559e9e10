#include "view/components/stepper.h"

#include "view/theme/hearth_style.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace hearth::ui {

Stepper::Stepper(const QString& name, const Range& range, QWidget* parent)
    : QDoubleSpinBox(parent) {
    setAccessibleName(name);
    setFocusPolicy(Qt::StrongFocus);
    setKeyboardTracking(false);
    setAlignment(Qt::AlignCenter);
    setAccelerated(true);
    setFont(Theme::current().font(TextStyle::Code));
    setRangeAndStep(range);
    connect(&Theme::current(), &Theme::changed, this,
            [this] { setFont(Theme::current().font(TextStyle::Code)); });
    connect(lineEdit(), &QLineEdit::textEdited, this, [this](const QString& text) {
        double typed = 0.0;
        setRefused(*this, !read(text, typed) || typed < minimum() || typed > maximum());
    });
    connect(this, &QAbstractSpinBox::editingFinished, this, [this] { setRefused(*this, false); });
}

void Stepper::setRangeAndStep(const Range& range) {
    setDecimals(range.decimals);
    setRange(range.minimum, range.maximum);
    setSingleStep(range.step);
    setSuffix(range.suffix);
}

bool Stepper::read(const QString& text, double& value) const {
    QString plain = text;
    if (!suffix().isEmpty() && plain.endsWith(suffix()))
        plain.chop(suffix().size());
    bool ok = false;
    value = locale().toDouble(plain.trimmed(), &ok);
    if (!ok)
        value = QLocale::c().toDouble(plain.trimmed(), &ok);
    return ok && std::isfinite(value);
}

QValidator::State Stepper::validate(QString& text, int& position) const {
    const QValidator::State state = QDoubleSpinBox::validate(text, position);
    return state == QValidator::Acceptable ? state : QValidator::Intermediate;
}

void Stepper::fixup(QString& text) const {
    double typed = 0.0;
    const double kept = read(text, typed) ? std::clamp(typed, minimum(), maximum()) : value();
    text = textFromValue(kept) + suffix();
}

QSize Stepper::sizeHint() const {
    const QFontMetrics metrics(font());
    const int words = qMax(metrics.horizontalAdvance(textFromValue(minimum()) + suffix()),
                           metrics.horizontalAdvance(textFromValue(maximum()) + suffix()));
    const int height = qMax(static_cast<int>(size::kControl),
                            Theme::current().lineHeight(TextStyle::Ui) + space::kMd);
    return {words + 2 * size::kControl + 2 * space::kMd, height};
}

void Stepper::wheelEvent(QWheelEvent* event) {
    if (hasFocus())
        QDoubleSpinBox::wheelEvent(event);
    else
        event->ignore();
}

void Stepper::keyPressEvent(QKeyEvent* event) {
    QDoubleSpinBox::keyPressEvent(event);
    if (event->key() == Qt::Key_Escape)
        event->ignore();
}

} // namespace hearth::ui
