#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/combo.h"
#include "view/components/empty_state.h"
#include "view/components/field.h"
#include "view/components/gallery.h"
#include "view/components/icon_button.h"
#include "view/components/label.h"
#include "view/components/meter.h"
#include "view/components/popover.h"
#include "view/components/progress.h"
#include "view/components/segmented.h"
#include "view/components/slider.h"
#include "view/components/switch.h"
#include "view/components/toast.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QSignalSpy>
#include <QTest>
#include <QTextLayout>
#include <QVBoxLayout>

using namespace hearth::ui;

class ComponentsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setMode(ThemeMode::Light);
        Theme::current().setReducedMotion(true);
    }

    void buttonsPressByKeyboardUnlessBusy() {
        Button button(QStringLiteral("Go"), ButtonKind::Primary);
        button.show();
        QSignalSpy spy(&button, &QPushButton::clicked);
        QTest::keyClick(&button, Qt::Key_Space);
        QCOMPARE(spy.count(), 1);
        QTest::keyClick(&button, Qt::Key_Return);
        QTRY_COMPARE(spy.count(), 2);
        const int width = button.sizeHint().width();
        button.setBusy(true);
        QCOMPARE(button.sizeHint().width(), width);
        QTest::keyClick(&button, Qt::Key_Space);
        QTest::mouseClick(&button, Qt::LeftButton);
        QTest::qWait(150);
        QCOMPARE(spy.count(), 2);
        button.setBusy(false);
        QTest::mouseClick(&button, Qt::LeftButton);
        QCOMPARE(spy.count(), 3);
    }

    void switchTogglesByKeyboard() {
        Switch toggle(QStringLiteral("Autoload"));
        QSignalSpy spy(&toggle, &Switch::toggled);
        QTest::keyClick(&toggle, Qt::Key_Space);
        QTest::keyClick(&toggle, Qt::Key_Return);
        QCOMPARE(spy.count(), 2);
        QVERIFY(!toggle.isChecked());
    }

    void segmentedMovesByArrows() {
        Segmented segmented(QStringLiteral("Theme"),
                            {QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
        QSignalSpy spy(&segmented, &Segmented::currentChanged);
        QTest::keyClick(&segmented, Qt::Key_Right);
        QTest::keyClick(&segmented, Qt::Key_End);
        QTest::keyClick(&segmented, Qt::Key_Right);
        QCOMPARE(segmented.current(), 2);
        QCOMPARE(spy.count(), 2);
        segmented.setCurrent(7);
        QCOMPARE(segmented.current(), 2);
        segmented.resize(segmented.sizeHint());
        QTest::mouseClick(&segmented, Qt::LeftButton, {}, QPoint(8, 16));
        QCOMPARE(segmented.current(), 0);
        segmented.setSegments({QStringLiteral("only")});
        QCOMPARE(segmented.current(), 0);
    }

    void sliderRoundsToSteps() {
        Slider slider(QStringLiteral("Temperature"), {0.0, 2.0, 0.05, 2, {}});
        slider.setValue(0.72);
        QVERIFY(qAbs(slider.value() - 0.70) < 1e-9);
        QSignalSpy spy(&slider, &Slider::valueChanged);
        slider.setValue(99);
        QVERIFY(qAbs(slider.value() - 2.0) < 1e-9);
        QCOMPARE(spy.count(), 1);
        slider.setValue(std::nan(""));
        QVERIFY(qAbs(slider.value() - 2.0) < 1e-9);
        QCOMPARE(slider.valueText(), QLocale().toString(2.0, 'f', 2));
    }

    void fieldShowsHintOrError() {
        Field field(QStringLiteral("Port"));
        field.setHint(QStringLiteral("hint"));
        QCOMPARE(field.edit()->accessibleDescription(), QStringLiteral("hint"));
        field.setError(QStringLiteral("taken"));
        QCOMPARE(field.edit()->accessibleDescription(), QStringLiteral("taken"));
        field.setError(QString());
        QCOMPARE(field.edit()->accessibleDescription(), QStringLiteral("hint"));
    }

    void progressClampsItsShare() {
        Progress progress(QStringLiteral("Download"));
        progress.setShare(7.0);
        QCOMPARE(progress.value(), progress.maximum());
        progress.setShare(-1.0);
        QCOMPARE(progress.value(), 0);
    }

    void toastRunsOneOfItsTwoEnds() {
        QWidget window;
        window.resize(600, 400);
        window.show();
        Toast toast(&window);
        int undone = 0;
        int expired = 0;
        const auto undo = [&] { ++undone; };
        const auto done = [&] { ++expired; };
        toast.show(QStringLiteral("Deleted"), QStringLiteral("Undo"), undo, done, 60'000);
        toast.show(QStringLiteral("Deleted another"), QStringLiteral("Undo"), undo, done, 60'000);
        QCOMPARE(expired, 1);
        toast.findChild<Button*>()->click();
        QCOMPARE(undone, 1);
        QCOMPARE(expired, 1);
        QVERIFY(!toast.isVisible());
        toast.show(QStringLiteral("Deleted"), QStringLiteral("Undo"), undo, done, 20);
        QTRY_COMPARE(expired, 2);
        QCOMPARE(undone, 1);
        toast.show(QStringLiteral("A long sentence ").repeated(20), {}, {}, {}, 60'000);
        QVERIFY(window.rect().contains(toast.geometry().adjusted(0, 0, 0, -20)));
    }

    void remarkWaitsForTheUndo() {
        QWidget window;
        window.resize(600, 400);
        window.show();
        Toast toast(&window);
        int expired = 0;
        const auto* label = toast.findChild<Label*>();
        toast.show(QStringLiteral("Deleted"), QStringLiteral("Undo"), [] {}, [&] { ++expired; });
        toast.show(QStringLiteral("Exported"), {}, {}, {}, 60'000);
        toast.show(QStringLiteral("Copied"), {}, {}, {}, 60'000);
        QCOMPARE(label->text(), QStringLiteral("Deleted"));
        QCOMPARE(expired, 0);
        toast.dismiss();
        QCOMPARE(expired, 1);
        QVERIFY(toast.isVisible());
        QCOMPARE(label->text(), QStringLiteral("Copied"));
        toast.dismiss();
        QVERIFY(!toast.isVisible());
    }

    void tooltipsShowTextAsItIs() {
        const IconButton plain(Icon::Close, QStringLiteral("Look no more in “A & B”"));
        QCOMPARE(plain.toolTip(), QStringLiteral("Look no more in “A & B”"));
        const IconButton hostile(Icon::Close, QStringLiteral("<img src=x> & co"));
        QCOMPARE(hostile.toolTip(), QStringLiteral("<qt>&lt;img src=x&gt; &amp; co</qt>"));
        Meter meter(QStringLiteral("A & B"));
        meter.setValue(0.5, QStringLiteral("half"));
        QCOMPARE(meter.toolTip(), QStringLiteral("A & B: half"));
    }

    void bannerCloses() {
        Banner banner(Banner::Kind::Error, QStringLiteral("x"), QStringLiteral("Retry"));
        banner.setClosable(true);
        banner.show();
        QSignalSpy action(&banner, &Banner::actionTriggered);
        QSignalSpy closed(&banner, &Banner::closed);
        banner.findChild<Button*>()->click();
        banner.findChild<IconButton*>()->click();
        QCOMPARE(action.count(), 1);
        QCOMPARE(closed.count(), 1);
        QVERIFY(!banner.isVisible());
    }

    void bannerHasASecondButton() {
        Banner banner(Banner::Kind::Error, QStringLiteral("x"), QStringLiteral("Restart"));
        banner.show();
        Button* const other = banner.findChildren<Button*>().last();
        QVERIFY(!other->isVisible());
        banner.setAlternative(QStringLiteral("Not now"));
        QVERIFY(other->isVisible());
        QSignalSpy action(&banner, &Banner::actionTriggered);
        QSignalSpy alternative(&banner, &Banner::alternativeTriggered);
        other->click();
        QCOMPARE(alternative.count(), 1);
        QCOMPARE(action.count(), 0);
    }

    void bannerPutsItsButtonsUnderTheTextWhereItIsNarrow() {
        Banner banner(Banner::Kind::Error, QStringLiteral("Some words of a sentence. ").repeated(4),
                      QStringLiteral("Restart now"));
        banner.setAlternative(QStringLiteral("Not now"));
        const auto* text = banner.findChild<Label*>();
        const auto* button = banner.findChild<Button*>();
        banner.resize(900, 60);
        banner.show();
        QTRY_VERIFY(button->x() > text->geometry().right());
        banner.resize(360, banner.heightForWidth(360));
        QTRY_VERIFY(button->y() > text->geometry().bottom());
        QVERIFY(text->width() > 280);
    }

    void bannerHasRoomForItsTextInANarrowPage() {
        QWidget page;
        auto* column = new QVBoxLayout(&page);
        auto* row = new QHBoxLayout;
        auto* banner = new Banner(Banner::Kind::Error, {}, {}, &page);
        row->addWidget(banner);
        column->addLayout(row);
        column->addWidget(new QWidget(&page), 1);
        page.resize(320, 440);
        page.show();
        banner->setContent(Banner::Kind::Warning,
                           QStringLiteral("Some words of a sentence. ").repeated(6),
                           QStringLiteral("Choose another model that fits"));
        banner->setAlternative(QStringLiteral("Try it once more"));
        const auto* text = banner->findChild<Label*>();
        QTRY_COMPARE(text->height(), text->heightForWidth(text->width()));
        for (const Button* button : banner->findChildren<Button*>())
            QVERIFY(button->width() >= button->sizeHint().width());
    }

    void wrappedLinesHaveTheHeightOfTheirStyle() {
        Label label(QStringLiteral("Words that wrap. ").repeated(8));
        label.setWordWrap(true);
        const int lineHeight = Theme::current().lineHeight(TextStyle::Ui);
        QCOMPARE(label.heightForWidth(10'000), lineHeight);
        QVERIFY(label.heightForWidth(200) > 3 * lineHeight);
        QCOMPARE(label.heightForWidth(200) % lineHeight, 0);
    }

    void popoverClosesOnEscape() {
        QWidget window;
        auto* anchor = new Button(QStringLiteral("Open"), ButtonKind::Plain, &window);
        window.resize(300, 200);
        window.show();
        Popover popover(&window);
        popover.body()->addWidget(new Label(QStringLiteral("Body")));
        QSignalSpy closed(&popover, &Popover::closed);
        popover.openAt(*anchor);
        QVERIFY(popover.isVisible());
        QTest::keyClick(&popover, Qt::Key_Escape);
        QVERIFY(!popover.isVisible());
        QCOMPARE(closed.count(), 1);
    }

    void popoverStaysInItsWindowAndGivesTheFocusToItsContent() {
        QWidget window;
        window.resize(500, 300);
        auto* anchor = new Button(QStringLiteral("Open"), ButtonKind::Plain, &window);
        window.show();
        Popover popover(&window);
        auto* first = new Button(QStringLiteral("First"));
        popover.body()->addWidget(first);
        popover.body()->addWidget(new Label(QStringLiteral("Some words to make it wide")));
        const QRect inside(window.mapToGlobal(QPoint()), window.size());
        for (const QPoint corner :
             {QPoint(0, 0), QPoint(430, 0), QPoint(430, 260), QPoint(0, 260)}) {
            anchor->move(corner);
            popover.openAt(*anchor);
            const QRect body = popover.geometry().marginsRemoved(shadowMargins());
            QVERIFY(inside.contains(body));
            QVERIFY(!body.intersects(QRect(anchor->mapToGlobal(QPoint()), anchor->size())));
            QTRY_VERIFY(first->hasFocus());
            popover.hide();
        }
    }

    void numbersAndUnitsStayOnOneLine() {
        Label label(QStringLiteral("Each thousand takes 23 MB."));
        label.setWordWrap(true);
        const QFontMetrics metrics(label.font());
        // Room for all but the unit: the number goes with it.
        const int width = metrics.horizontalAdvance(QStringLiteral("Each thousand takes 23")) + 2;
        QTextLayout lines;
        breakLines(lines, label.text(), TextStyle::Ui, width);
        QCOMPARE(lines.lineCount(), 2);
        QCOMPARE(lines.text().mid(lines.lineAt(1).textStart()), QStringLiteral("23\u00A0MB."));
    }

    void labelsNeverInterpretText() {
        Label label(QStringLiteral("<b>bold</b> <img src=x>"));
        QCOMPARE(label.textFormat(), Qt::PlainText);
        Label wide(QStringLiteral("word ").repeated(50));
        wide.setElided(true);
        QVERIFY(wide.minimumSizeHint().width() < 60);
    }

    void everyControlInTheGalleryIsNamed() {
        Gallery gallery;
        gallery.show();
        int controls = 0;
        for (QWidget* widget : gallery.findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() ||
                qobject_cast<QAbstractScrollArea*>(widget) ||
                widget->parentWidget()->focusProxy() || widget->focusProxy() ||
                widget->inherits("QAbstractSpinBox") ||
                widget->parentWidget()->inherits("QAbstractSpinBox"))
                continue;
            QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
            QVERIFY(interface);
            QVERIFY2(!interface->text(QAccessible::Name).isEmpty(),
                     widget->metaObject()->className());
            ++controls;
        }
        QVERIFY(controls > 40);
    }

    void galleryDrawsInBothThemes() {
        Gallery gallery;
        const QByteArray folder = qgetenv("HEARTH_PICTURES");
        for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
            Theme::current().setMode(mode);
            QApplication::processEvents();
            gallery.resize(gallery.contentSize());
            const QImage image = gallery.grab().toImage();
            const Tokens& t = Theme::current().tokens();
            QCOMPARE(image.pixelColor(2, 2), t.canvas);
            int accents = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    accents += image.pixelColor(x, y) == t.accent;
            QVERIFY(accents > 1000);
            if (!folder.isEmpty())
                QVERIFY(
                    image.save(QStringLiteral("%1/gallery-%2-%3.png")
                                   .arg(QString::fromLocal8Bit(folder),
                                        t.dark ? QStringLiteral("dark") : QStringLiteral("light"))
                                   .arg(qApp->devicePixelRatio())));
        }
        Theme::current().setMode(ThemeMode::Light);
    }
};

QTEST_MAIN(ComponentsTest)
#include "components_test.moc"
