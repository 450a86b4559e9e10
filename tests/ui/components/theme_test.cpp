#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QFontInfo>
#include <QGlyphRun>
#include <QRawFont>
#include <QSignalSpy>
#include <QTest>
#include <QTextLayout>

#include <cmath>

using namespace hearth::ui;

class ThemeTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }

    void textReachesContrastOnEverySurface_data() {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }

    void textReachesContrastOnEverySurface() {
        QFETCH(bool, dark);
        const Tokens& t = dark ? darkTokens() : lightTokens();
        QCOMPARE(t.dark, dark);
        for (const QColor& ground : {t.canvas, t.surface, t.sunken}) {
            for (const QColor& ink :
                 {t.text, t.muted, t.accent, t.ok, t.warn, t.error, t.series2, t.series3})
                QVERIFY2(contrastRatio(ink, ground) >= 4.5,
                         qPrintable(ink.name() + QStringLiteral(" on ") + ground.name()));
            QVERIFY(contrastRatio(t.borderStrong, ground) >= 3.0);
        }
        for (const qreal strength : {0.0, 1.0, 2.0})
            QVERIFY(contrastRatio(t.onAccent, t.accentAt(strength)) >= 4.5);
        for (const QColor& meaning : {t.ok, t.warn, t.error, t.series2, t.accent}) {
            QVERIFY(contrastRatio(t.text, t.tint(meaning)) >= 4.5);
            QVERIFY(contrastRatio(meaning, t.tint(meaning)) >= 4.5);
        }
        for (const QColor& ground : {t.canvas, t.sunken}) {
            const QColor selected = blend(ground, t.accent, t.selection().alphaF());
            QVERIFY(contrastRatio(t.text, selected) >= 4.5);
        }
    }

    void knowsContrast() {
        QVERIFY(std::abs(contrastRatio(Qt::black, Qt::white) - 21.0) < 0.01);
        QVERIFY(std::abs(contrastRatio(QColor(0x77, 0x77, 0x77), Qt::white) - 4.48) < 0.01);
    }

    void modeChangesPaletteAndTells() {
        Theme& theme = Theme::current();
        theme.setMode(ThemeMode::Light);
        QSignalSpy spy(&theme, &Theme::changed);
        theme.setMode(ThemeMode::Dark);
        QCOMPARE(spy.count(), 1);
        QVERIFY(theme.isDark());
        QCOMPARE(qApp->palette().color(QPalette::Window), darkTokens().canvas);
        theme.setMode(ThemeMode::Light);
        QCOMPARE(qApp->palette().color(QPalette::Window), lightTokens().canvas);
    }

    void textScalesWithinBounds() {
        Theme& theme = Theme::current();
        theme.setTextScale(1.2);
        QCOMPARE(theme.font(TextStyle::Chat).pixelSize(), 18);
        QCOMPARE(theme.lineHeight(TextStyle::Chat), 29);
        theme.setTextScale(100.0);
        QCOMPARE(theme.textScale(), 1.6);
        theme.setTextScale(std::nan(""));
        QCOMPARE(theme.textScale(), 1.6);
        theme.setTextScale(1.0);
        QCOMPARE(theme.font(TextStyle::Ui).pixelSize(), 14);
    }

    void reducedMotionStopsDurations() {
        Theme& theme = Theme::current();
        theme.setReducedMotion(false);
        QCOMPARE(theme.motion(120), 120);
        theme.setReducedMotion(true);
        QCOMPARE(theme.motion(120), 0);
        theme.setReducedMotion(false);
    }

    void fontsAreTheNamedOnes() {
        const Theme& theme = Theme::current();
        QCOMPARE(QFontInfo(theme.font(TextStyle::Ui)).family(), QStringLiteral("Ember"));
        QCOMPARE(QFontInfo(theme.font(TextStyle::Code)).family(), QStringLiteral("Ember Mono"));
        const QStringList families = theme.font(TextStyle::Chat).families();
        QCOMPARE(families.value(2), QStringLiteral("Noto Sans CJK SC"));
    }

    void nothingIsDrawnThatIsNotWritten() {
        for (const TextStyle style :
             {TextStyle::Code, TextStyle::Figure, TextStyle::Chat, TextStyle::UiStrong}) {
            const QFont font = Theme::current().font(style);
            for (const QString& text : {QStringLiteral("!="), QStringLiteral("->"),
                                        QStringLiteral("=>"), QStringLiteral("2x3")}) {
                QTextLayout layout(text, font);
                layout.beginLayout();
                layout.createLine();
                layout.endLayout();
                QList<quint32> drawn;
                for (const QGlyphRun& run : layout.glyphRuns())
                    drawn += run.glyphIndexes();
                QCOMPARE(drawn, QRawFont::fromFont(font).glyphIndexesForString(text));
            }
        }
    }

    void everyIconIsDrawnInItsColour() {
        for (int i = 0; i < static_cast<int>(Icon::Count_); ++i) {
            const QImage image = iconPixmap(static_cast<Icon>(i), Qt::red, 24, 2.0)
                                     .toImage()
                                     .convertToFormat(QImage::Format_ARGB32);
            QCOMPARE(image.size(), QSize(48, 48));
            int red = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x) {
                    const QRgb pixel = image.pixel(x, y);
                    red += qAlpha(pixel) == 255 && qRed(pixel) == 255 && qGreen(pixel) == 0;
                }
            QVERIFY2(red > 20, qPrintable(QString::number(i)));
        }
        QVERIFY(!applicationIcon().pixmap(64).isNull());
    }

    void fault_085_controls_in_names() {
        QCOMPARE(withoutControls(QStringLiteral("a\u202Egnp.exe")), QStringLiteral("agnp.exe"));
        QCOMPARE(withoutControls(QStringLiteral("\u001B[2Jx\u0000y").left(4)),
                 QStringLiteral("\u241B[2J"));
        QCOMPARE(withoutControls(QStringLiteral("a\tb\nc \u4E2D")),
                 QStringLiteral("a\tb\nc \u4E2D"));
        QCOMPARE(withoutControls(QStringLiteral("\u0085x\u007F")), QStringLiteral("x\u2421"));
    }
};

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
