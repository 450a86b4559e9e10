#include "ui/support/pseudo_locale.h"

#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QLineEdit>
#include <QLocale>
#include <QRegularExpression>
#include <QSet>

#include <cmath>

namespace hearth::test {
namespace {

constexpr double kLonger = 0.4;
constexpr double kTolerance = 1.5; ///< Device pixels; side bearings reach that far.

QChar accented(QChar letter) {
    static const QString plain = QStringLiteral("abcdefghijklmnoprstuvwyzABCDEFGHIJKLMNOPRSTUVWYZ");
    static const QString marked =
        QStringLiteral("áƀćđéƒǵĥíĵķĺḿńóṕŕšţúṽŵýžÁßĆĐÉƑǴĤÍĴĶĹḾŃÓṔŔŠŢÚṼŴÝŽ");
    const qsizetype place = plain.indexOf(letter);
    return place < 0 ? letter : marked.at(place);
}

bool isPlainLetter(QChar c) {
    return (c >= QLatin1Char('a') && c <= QLatin1Char('z')) ||
           (c >= QLatin1Char('A') && c <= QLatin1Char('Z'));
}

QString normalised(const QString& text) {
    QString even = text;
    even.replace(QChar(QChar::Nbsp), QLatin1Char(' '));
    return even.simplified().toCaseFolded();
}

QStringList localeNames() {
    QStringList names;
    const QLocale locale;
    for (const auto format : {QLocale::LongFormat, QLocale::ShortFormat}) {
        for (int month = 1; month <= 12; ++month)
            names << locale.monthName(month, format);
        for (int day = 1; day <= 7; ++day)
            names << locale.dayName(day, format);
    }
    return names << locale.amText() << locale.pmText();
}

QString span(const QRectF& rect) {
    const QRect whole = rect.toAlignedRect();
    return QStringLiteral("x %1–%2, y %3–%4")
        .arg(whole.left())
        .arg(whole.right())
        .arg(whole.top())
        .arg(whole.bottom());
}

/// True for what scrolls sideways: text beyond its edge can be reached.
bool scrolls(const QWidget* widget) {
    for (; widget; widget = widget->parentWidget()) {
        if (qobject_cast<const QLineEdit*>(widget))
            return true;
        const auto* area = qobject_cast<const QAbstractScrollArea*>(widget);
        if (area && area->horizontalScrollBarPolicy() != Qt::ScrollBarAlwaysOff &&
            area->findChild<QWidget*>() && area->viewport()->isVisible())
            return area->inherits("QTextEdit") || area->inherits("QAbstractItemView");
    }
    return false;
}

} // namespace

QString pseudo(const QString& text) {
    static const QRegularExpression kept(
        QStringLiteral("%(L?\\d+|Ln|n)|<[^>]+>|&[a-z]+;|&(?=\\S)"));
    QString longer = QStringLiteral("[");
    qsizetype letters = 0;
    qsizetype from = 0;
    const auto accent = [&](qsizetype to) {
        for (; from < to; ++from) {
            longer += accented(text.at(from));
            letters += text.at(from).isLetter();
        }
    };
    for (auto match = kept.globalMatch(text); match.hasNext();) {
        const QRegularExpressionMatch token = match.next();
        accent(token.capturedStart());
        longer += token.captured();
        from = token.capturedEnd();
    }
    accent(text.size());
    const auto extra = static_cast<int>(std::ceil(static_cast<double>(letters) * kLonger)) - 2;
    for (int i = 0; i < extra; ++i)
        longer += i % 6 == 0 ? QLatin1Char(' ') : QChar(u'ö');
    return longer + QLatin1Char(']');
}

QString PseudoTranslator::translate(const char* context, const char* source, const char*,
                                    int) const {
    const QString text = QString::fromUtf8(source);
    // Names of keys; QLocale's own words; the direction of writing.
    if (qstrcmp(context, "QShortcut") == 0 || text == QLatin1String("QT_LAYOUT_DIRECTION") ||
        text.isEmpty())
        return {};
    return pseudo(text);
}

QStringList plainTexts(const PaintRecord& record, const QStringList& data) {
    QStringList known;
    for (const QString& text : data + localeNames())
        known += normalised(text);
    const auto isKnown = [&](const QString& run) {
        const QString even = normalised(run);
        for (const QString& text : known)
            if (text.contains(even))
                return true;
        return false;
    };
    // Two letters and what stands between words.
    static const QRegularExpression run(QStringLiteral("[A-Za-z]{2}[\\x20-\\x7E\\x{A0}]*"));
    QStringList faults;
    for (const PaintedMark& mark : record.marks) {
        if (mark.kind != PaintedMark::Kind::Text)
            continue;
        for (auto match = run.globalMatch(mark.text); match.hasNext();) {
            const QRegularExpressionMatch found = match.next();
            // A word may begin before with other signs ("0.5B"), or end in a template's bracket.
            static const QRegularExpression units(QStringLiteral("^(kB|MB|GB|TB)\\b[^A-Za-z]*|"
                                                                 "[^A-Za-z]*\\b(kB|MB|GB|TB)$"));
            static const QRegularExpression edge(QStringLiteral("[^A-Za-z0-9]+$"));
            QString words = found.captured();
            words.remove(units);
            words.remove(edge);
            const bool isWordOfOthers = found.capturedStart() > 0 &&
                                        mark.text.at(found.capturedStart() - 1).isLetter() &&
                                        !isPlainLetter(mark.text.at(found.capturedStart() - 1));
            if (!isWordOfOthers && !words.isEmpty() && !isKnown(words))
                faults += QStringLiteral("not translatable: ") + mark.describe();
        }
    }
    faults.removeDuplicates();
    return faults;
}

QStringList clippedTexts(const PaintRecord& record) {
    QStringList faults;
    for (const PaintedMark& mark : record.marks) {
        if (mark.kind != PaintedMark::Kind::Text || !mark.widget)
            continue;
        const bool isCut = mark.rect.left() < mark.room.left() - kTolerance ||
                           mark.rect.right() > mark.room.right() + kTolerance;
        const QRect seen = mark.widget->visibleRegion().boundingRect();
        // What a viewport shows scrolls; its lines may begin above it.
        const auto* area = qobject_cast<QAbstractScrollArea*>(mark.widget->parentWidget());
        const bool isWhole =
            seen == mark.widget->rect() && !(area && area->viewport() == mark.widget);
        const bool isLow = isWhole && (mark.rect.top() < mark.room.top() - 2 * kTolerance ||
                                       mark.rect.bottom() > mark.room.bottom() + 2 * kTolerance);
        if ((isCut || isLow) && !scrolls(mark.widget))
            faults += QStringLiteral("clipped: ") + mark.describe() +
                      QStringLiteral(" needs %1, has %2").arg(span(mark.rect), span(mark.room));
        const bool isControl =
            qobject_cast<QAbstractButton*>(mark.widget) && mark.widget->inherits("QPushButton");
        if (isControl && mark.text.endsWith(QChar(0x2026)))
            faults += QStringLiteral("elided: ") + mark.describe();
    }
    faults.removeDuplicates();
    return faults;
}

} // namespace hearth::test
