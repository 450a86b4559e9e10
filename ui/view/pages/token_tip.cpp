#include "view/pages/token_tip.h"

#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QLocale>
#include <QPainter>
#include <QScreen>

#include <algorithm>

namespace hearth::ui {

namespace {

constexpr int kMostChoices = 5;
constexpr int kWidth = 220;
constexpr int kShareWidth = 56;

int lineHeight() {
    return Theme::current().lineHeight(TextStyle::Code) + space::kXs;
}

} // namespace

QString visibleToken(const QString& token) {
    QString shown = token;
    shown.replace(QLatin1Char('\n'), QChar(0x23CE));
    shown.replace(QLatin1Char('\t'), QChar(0x21E5));
    return withoutControls(shown);
}

QString shareText(double probability) {
    const double percent = 100.0 * probability;
    const QLocale locale;
    if (percent > 0.0 && percent < 0.1)
        return TokenTip::tr("< %1%").arg(locale.toString(0.1, 'f', 1));
    return TokenTip::tr("%1%").arg(locale.toString(percent, 'f', percent < 10.0 ? 1 : 0));
}

TokenTip::TokenTip(QWidget* parent)
    : QWidget(parent, Qt::ToolTip | Qt::FramelessWindowHint | Qt::NoDropShadowWindowHint) {
    setAttribute(Qt::WA_TranslucentBackground);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_ShowWithoutActivating);
}

QList<TokenTip::Line> TokenTip::lines() const {
    QList<Line> lines;
    bool hasDrawn = false;
    for (const TokenMark::Choice& choice : m_mark.choices) {
        if (lines.size() == kMostChoices)
            break;
        const bool isDrawn = choice.text == m_mark.text && !hasDrawn;
        hasDrawn = hasDrawn || isDrawn;
        lines.append({choice.text, choice.probability, isDrawn});
    }
    if (!hasDrawn)
        lines.append({m_mark.text, m_mark.probability, true});
    return lines;
}

void TokenTip::showFor(const TokenMark& mark, const QRect& token) {
    m_mark = mark;
    const QMargins shadow = shadowMargins();
    const int height = static_cast<int>(lines().size()) * lineHeight() + 2 * space::kSm;
    resize(kWidth + shadow.left() + shadow.right(), height + shadow.top() + shadow.bottom());
    const QRect screen = parentWidget()->screen()->availableGeometry();
    const bool fitsBelow = token.bottom() + space::kXs + height <= screen.bottom();
    const int top = fitsBelow ? token.bottom() + space::kXs : token.top() - space::kXs - height;
    const int left =
        std::clamp(token.left(), screen.left(), std::max(screen.left(), screen.right() - kWidth));
    move(left - shadow.left(), top - shadow.top());
    show();
    update();
}

void TokenTip::paintEvent(QPaintEvent*) {
    const Tokens& tokens = Theme::current().tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF panel = QRectF(rect()).marginsRemoved(shadowMargins());
    paintShadow(painter, panel, radius::kControl);
    paintPanel(painter, panel, radius::kControl, tokens.surface, tokens.border);
    QRectF line(panel.left() + space::kSm, panel.top() + space::kSm, panel.width() - space::kLg,
                lineHeight());
    for (const Line& choice : lines()) {
        QRectF bar = line.adjusted(0, 1, 0, -1);
        bar.setWidth(std::max(2.0, bar.width() * std::min(1.0, choice.probability)));
        paintPanel(painter, bar, radius::kControl / 2.0,
                   choice.isDrawn ? tokens.tint(tokens.accent) : tokens.wash(1.5));
        const QRectF words = line.adjusted(space::kXs, 0, -kShareWidth, 0);
        paintText(painter, words, TextStyle::Code, choice.isDrawn ? tokens.accent : tokens.text,
                  visibleToken(choice.text));
        paintText(painter, line.adjusted(0, 0, -space::kXs, 0), TextStyle::Figure, tokens.muted,
                  shareText(choice.probability), Qt::AlignRight | Qt::AlignVCenter);
        line.translate(0, lineHeight());
    }
}

} // namespace hearth::ui
