#include "ui/support/paint_record.h"
#include "view/components/button.h"
#include "view/components/gallery.h"
#include "view/components/label.h"
#include "view/theme/theme.h"

#include <QTest>

using namespace hearth::ui;
using namespace hearth::test;

/// Contrast of what is really painted: every text, icon and focus ring against the pixels that were
/// under it.
class ContrastTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setReducedMotion(true);
    }

    void galleryReachesContrast_data() {
        QTest::addColumn<int>("mode");
        QTest::newRow("light") << static_cast<int>(ThemeMode::Light);
        QTest::newRow("dark") << static_cast<int>(ThemeMode::Dark);
    }

    void galleryReachesContrast() {
        QFETCH(int, mode);
        Theme::current().setMode(static_cast<ThemeMode>(mode));
        Gallery gallery;
        gallery.resize(gallery.contentSize());
        gallery.show();
        QApplication::processEvents();
        const PaintRecord record = recordPainting(gallery);
        const QByteArray folder = qgetenv("HEARTH_PICTURES");
        if (!folder.isEmpty())
            record.image.save(
                QStringLiteral("%1/recorded-%2.png")
                    .arg(QString::fromLocal8Bit(folder), QLatin1String(QTest::currentDataTag())));
        int texts = 0;
        int signs = 0;
        int rings = 0;
        const QStringList faults = faintMarks(record);
        for (const PaintedMark& mark : record.marks) {
            if (!mark.isEnabled)
                continue;
            texts += mark.kind == PaintedMark::Kind::Text;
            signs += mark.kind == PaintedMark::Kind::Glyph;
            rings += mark.kind == PaintedMark::Kind::Ring;
        }
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
        QVERIFY2(texts > 150, qPrintable(QString::number(texts)));
        QVERIFY2(signs > 100, qPrintable(QString::number(signs)));
        QVERIFY2(rings > 10, qPrintable(QString::number(rings)));
    }

    void recordedPictureIsTheOneOnScreen() {
        Theme::current().setMode(ThemeMode::Light);
        Button button(QStringLiteral("Go"), ButtonKind::Primary);
        button.resize(button.sizeHint());
        button.show();
        const QImage screen = button.grab().toImage().convertToFormat(QImage::Format_RGB32);
        const PaintRecord record = recordPainting(button);
        QCOMPARE(record.marks.size(), 1);
        QCOMPARE(record.marks.first().text, QStringLiteral("Go"));
        QCOMPARE(record.marks.first().ink, Theme::current().tokens().onAccent);
        QCOMPARE(record.marks.first().ground, Theme::current().tokens().accent);
        QCOMPARE(record.image.size(), screen.size());
        int different = 0;
        for (int y = 0; y < screen.height(); ++y)
            for (int x = 0; x < screen.width(); ++x)
                different +=
                    std::abs(qGray(screen.pixel(x, y)) - qGray(record.image.pixel(x, y))) > 40;
        QVERIFY2(different < screen.width() * screen.height() / 50,
                 qPrintable(QString::number(different)));
    }

    void faintTextIsFound() {
        Theme::current().setMode(ThemeMode::Light);
        Label label(QStringLiteral("Faint"));
        QPalette colors = label.palette();
        colors.setColor(QPalette::WindowText, QColor(0x99, 0x99, 0x99));
        label.setPalette(colors);
        label.resize(label.sizeHint());
        const PaintRecord record = recordPainting(label);
        QCOMPARE(record.marks.size(), 1);
        QCOMPARE(faintMarks(record).size(), 1);
    }
};

QTEST_MAIN(ContrastTest)
#include "contrast_test.moc"
