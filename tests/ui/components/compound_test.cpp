#include "view/components/button.h"
#include "view/components/chip.h"
#include "view/components/dialog.h"
#include "view/components/field.h"
#include "view/components/flow_layout.h"
#include "view/components/graph_tile.h"
#include "view/components/label.h"
#include "view/components/meter.h"
#include "view/components/row.h"
#include "view/components/section.h"
#include "view/components/segmented.h"
#include "view/components/stepper.h"
#include "view/components/switch.h"
#include "view/components/text_area.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QLineEdit>
#include <QScrollBar>
#include <QShortcut>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>
#include <QWheelEvent>

#include <cmath>
#include <limits>
#include <memory>

using namespace hearth::ui;

namespace {

/// A window with a field that has the focus.
struct Host {
    Host() {
        window.resize(700, 500);
        auto* column = new QVBoxLayout(&window);
        field = new QLineEdit(&window);
        column->addWidget(field);
        window.show();
        window.activateWindow();
        field->setFocus();
        (void)QTest::qWaitForWindowActive(&window);
    }

    QWidget window;
    QLineEdit* field;
};

void scroll(QWidget& widget, int degrees) {
    const QPointF middle = widget.rect().center();
    QWheelEvent event(middle, widget.mapToGlobal(middle), {}, QPoint(0, degrees * 8), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&widget, &event);
}

} // namespace

class CompoundTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setMode(ThemeMode::Light);
        Theme::current().setReducedMotion(true);
    }

    void dialogAnswersWithTheButtonAndGivesTheFocusBack() {
        Host host;
        QTRY_VERIFY(host.field->hasFocus());
        int answer = -7;
        Dialog* dialog =
            Dialog::ask(host.field, {QStringLiteral("Title"), QStringLiteral("Text")},
                        {{QStringLiteral("Cancel")}, {QStringLiteral("Keep"), ButtonKind::Primary}},
                        [&](int result) { answer = result; });
        QCOMPARE(answer, -7);
        QCOMPARE(dialog->geometry(), host.window.rect());
        QCOMPARE(Dialog::openIn(&host.window), dialog);
        QVERIFY(dialog->isAncestorOf(QApplication::focusWidget()));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QTRY_COMPARE(answer, 1);
        QCOMPARE(Dialog::openIn(&host.window), nullptr);
        QVERIFY(host.field->hasFocus());
    }

    void dialogIsCancelledByEscape() {
        Host host;
        int answer = -7;
        Dialog::ask(host.field, {QStringLiteral("Title"), {}},
                    {{QStringLiteral("Delete"), ButtonKind::Danger}, {QStringLiteral("Cancel")}},
                    [&](int result) { answer = result; });
        // What does no harm has the focus.
        auto* focused = qobject_cast<Button*>(QApplication::focusWidget());
        QVERIFY(focused);
        QCOMPARE(focused->text(), QStringLiteral("Cancel"));
        QTest::keyClick(focused, Qt::Key_Escape);
        QCOMPARE(answer, Dialog::kCancelled);
    }

    void dialogHoldsTheFocusAndTheShortcuts() {
        Host host;
        QShortcut shortcut(QKeySequence(Qt::CTRL | Qt::Key_N), &host.window);
        QSignalSpy fired(&shortcut, &QShortcut::activated);
        auto* dialog = new Dialog(host.field, {QStringLiteral("Rename"), {}});
        auto* name = new Field(QStringLiteral("Name"));
        dialog->body()->addWidget(name);
        dialog->addButton({QStringLiteral("Cancel")});
        dialog->addButton({QStringLiteral("Rename"), ButtonKind::Primary});
        QSignalSpy finished(dialog, &Dialog::finished);
        dialog->open();
        QVERIFY(name->edit()->hasFocus());
        for (int i = 0; i < 7; ++i) {
            QTest::keyClick(QApplication::focusWidget(), i < 4 ? Qt::Key_Tab : Qt::Key_Backtab);
            QVERIFY(dialog->isAncestorOf(QApplication::focusWidget()));
        }
        host.field->setFocus();
        QVERIFY(dialog->isAncestorOf(QApplication::focusWidget()));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_N, Qt::ControlModifier);
        QCOMPARE(fired.count(), 0);
        QTest::mouseClick(&host.window, Qt::LeftButton, {}, QPoint(5, 5));
        QVERIFY(dialog->isVisible());
        name->edit()->setFocus();
        QTest::keyClick(name->edit(), Qt::Key_Return);
        QCOMPARE(finished.count(), 1);
        QCOMPARE(finished.first().first().toInt(), 1);
        QTest::keyClick(host.field, Qt::Key_N, Qt::ControlModifier);
        QCOMPARE(fired.count(), 1);
    }

    void dialogAsksNobodyWhoIsGone() {
        Host host;
        auto context = std::make_unique<QWidget>(&host.window);
        int answers = 0;
        Dialog* dialog =
            Dialog::ask(context.get(), {QStringLiteral("Title"), {}},
                        {{QStringLiteral("Fine"), ButtonKind::Primary}}, [&](int) { ++answers; });
        context.reset();
        dialog->finish(0);
        QCOMPARE(answers, 0);
    }

    void dialogStaysInASmallWindow() {
        Host host;
        host.window.resize(320, 240);
        auto* dialog = Dialog::ask(host.field,
                                   {QStringLiteral("A title that is rather long for a window"),
                                    QStringLiteral("Words ").repeated(20)},
                                   {{QStringLiteral("Fine"), ButtonKind::Primary}}, {});
        host.window.resize(340, 300);
        QCOMPARE(dialog->geometry(), host.window.rect());
        for (Button* button : dialog->findChildren<Button*>())
            QVERIFY(host.window.rect().contains(
                QRect(button->mapTo(&host.window, QPoint()), button->size())));
    }

    void stepperClampsWhatIsTyped() {
        Stepper stepper(QStringLiteral("Port"), {1024, 65535, 1, 0, {}});
        stepper.show();
        QSignalSpy changes(&stepper, &Stepper::valueChanged);
        const auto type = [&](const QString& text) {
            stepper.selectAll();
            QTest::keyClicks(stepper.findChild<QLineEdit*>(), text);
            QTest::keyClick(stepper.findChild<QLineEdit*>(), Qt::Key_Return);
        };
        type(QStringLiteral("99999"));
        QCOMPARE(stepper.intValue(), 65535);
        type(QStringLiteral("80"));
        QCOMPARE(stepper.intValue(), 1024);
        type(QStringLiteral("23333"));
        QCOMPARE(stepper.intValue(), 23333);
        QCOMPARE(changes.count(), 3);
        type(QStringLiteral("nonsense"));
        QCOMPARE(stepper.intValue(), 23333);
        QCOMPARE(changes.count(), 3);
    }

    void stepperStepsByKeysButtonsAndWheel() {
        QWidget window;
        Stepper stepper(QStringLiteral("Temperature"), {0.0, 2.0, 0.05, 2, QStringLiteral(" x")},
                        &window);
        stepper.resize(stepper.sizeHint());
        window.show();
        stepper.setValue(1.0);
        scroll(stepper, 15);
        QCOMPARE(stepper.value(), 1.0);
        stepper.setFocus();
        window.activateWindow();
        QTRY_VERIFY(stepper.hasFocus());
        scroll(stepper, 15);
        QCOMPARE(stepper.value(), 1.05);
        QTest::keyClick(&stepper, Qt::Key_Down);
        QTest::keyClick(&stepper, Qt::Key_PageUp);
        QCOMPARE(stepper.value(), 1.5);
        QTest::mouseClick(&stepper, Qt::LeftButton, {}, QPoint(stepper.width() - 12, 16));
        QCOMPARE(stepper.value(), 1.55);
        QTest::mouseClick(&stepper, Qt::LeftButton, {}, QPoint(12, 16));
        QTest::mouseClick(&stepper, Qt::LeftButton, {}, QPoint(12, 16));
        QCOMPARE(stepper.value(), 1.45);
    }

    void textAreaGrowsAndScrolls() {
        TextArea area(QStringLiteral("System prompt"));
        area.setLines(2, 5);
        area.resize(300, 10);
        area.show();
        const int least = area.height();
        area.setText(QStringLiteral("a\nb\nc\nd"));
        QTRY_VERIFY(area.height() > least);
        const int grown = area.height();
        area.setText(QStringLiteral("line\n").repeated(40));
        QTRY_VERIFY(area.height() > grown);
        QVERIFY(area.height() < 3 * least);
        QTRY_VERIFY(area.verticalScrollBar()->maximum() > 0);
        area.setText({});
        QTRY_COMPARE(area.height(), least);
    }

    void rowsAreClickedAndWalked() {
        QWidget list;
        auto* column = new QVBoxLayout(&list);
        Row* rows[3];
        for (int i = 0; i < 3; ++i) {
            rows[i] = new Row(QStringLiteral("Row %1").arg(i), &list);
            column->addWidget(rows[i]);
        }
        list.show();
        list.activateWindow();
        QCOMPARE(rows[0]->height(), 40);
        rows[0]->setFocus();
        QTRY_VERIFY(rows[0]->hasFocus());
        QTest::keyClick(rows[0], Qt::Key_Down);
        QVERIFY(rows[1]->hasFocus());
        QTest::keyClick(rows[1], Qt::Key_Down);
        QTest::keyClick(rows[2], Qt::Key_Down);
        QVERIFY(rows[2]->hasFocus());
        QSignalSpy clicked(rows[2], &Row::clicked);
        QTest::keyClick(rows[2], Qt::Key_Return);
        QTest::keyClick(rows[2], Qt::Key_Space);
        QTest::mouseClick(rows[2], Qt::LeftButton);
        QCOMPARE(clicked.count(), 3);
        auto* trailing = new Button(QStringLiteral("Use"));
        rows[2]->setTrailing(trailing);
        QTRY_VERIFY(trailing->isVisible());
        QTest::mouseClick(trailing, Qt::LeftButton);
        QCOMPARE(clicked.count(), 3);
    }

    void sectionFoldsAndTellsItsKey() {
        Section section(QStringLiteral("Sampling"), QStringLiteral("sampling"));
        auto* content = new Label(QStringLiteral("content"));
        section.body()->addWidget(content);
        section.show();
        QSignalSpy changed(&section, &Section::expandedChanged);
        auto* header = section.findChild<QAbstractButton*>();
        QTest::mouseClick(header, Qt::LeftButton);
        QVERIFY(!section.isExpanded());
        QVERIFY(!content->isVisible());
        QCOMPARE(changed.first().first().toString(), QStringLiteral("sampling"));
        QCOMPARE(changed.first().last().toBool(), false);
        QTest::keyClick(header, Qt::Key_Right);
        QVERIFY(content->isVisible());
        section.setExpanded(true);
        QCOMPARE(changed.count(), 2);
        QTest::keyClick(header, Qt::Key_Return);
        QVERIFY(!section.isExpanded());
    }

    void chipIsRemovedByKeyAndCross() {
        Chip chip(QStringLiteral("notes.md"));
        chip.setRemovable(true);
        chip.resize(chip.sizeHint());
        chip.show();
        QSignalSpy spy(&chip, &Chip::removeRequested);
        QTest::keyClick(&chip, Qt::Key_Delete);
        QCOMPARE(spy.count(), 1);
        auto* cross = chip.findChild<QAbstractButton*>();
        QVERIFY(cross->accessibleName().contains(QStringLiteral("notes.md")));
        QVERIFY(chip.rect().contains(cross->geometry()));
        QTest::mouseClick(cross, Qt::LeftButton);
        QCOMPARE(spy.count(), 2);
        QTest::mouseClick(&chip, Qt::LeftButton, {}, QPoint(10, chip.height() / 2));
        QCOMPARE(spy.count(), 2);
        chip.setText(QStringLiteral("a-very-long-file-name-").repeated(8));
        QVERIFY(chip.sizeHint().width() < 300);
    }

    void flowLayoutBreaksRows() {
        QWidget host;
        auto* flow = new FlowLayout(&host);
        for (int i = 0; i < 6; ++i)
            flow->addWidget(new Chip(QStringLiteral("chip number %1").arg(i)));
        const int one = flow->heightForWidth(2000);
        const int two = flow->heightForWidth(flow->sizeHint().width() - 20);
        QCOMPARE(two, 2 * one + flow->spacing());
        host.resize(200, flow->heightForWidth(200));
        host.show();
        const QList<Chip*> chips = host.findChildren<Chip*>();
        for (Chip* chip : chips)
            QVERIFY(host.rect().contains(chip->geometry()));
        QVERIFY(chips.last()->y() > chips.first()->y());
        chips.first()->hide();
        QCOMPARE(flow->heightForWidth(2000), one);
    }

    void graphKeepsTheLastPoints() {
        GraphTile graph(QStringLiteral("Decode"), nullptr, 4);
        for (int i = 1; i <= 6; ++i)
            graph.append(static_cast<float>(i));
        QCOMPARE(graph.values(), (std::vector<float>{3, 4, 5, 6}));
        graph.setValues({1, 2, 3, 4, 5});
        QCOMPARE(graph.values(), (std::vector<float>{2, 3, 4, 5}));
        graph.append(6);
        QCOMPARE(graph.values(), (std::vector<float>{3, 4, 5, 6}));
    }

    void graphDrawsALineAndSurvivesGaps() {
        GraphTile graph(QStringLiteral("Decode"), nullptr, 8);
        graph.resize(graph.sizeHint());
        const auto accents = [&] {
            const QImage image = graph.grab().toImage();
            int count = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    count += image.pixelColor(x, y).hue() != -1 &&
                             image.pixelColor(x, y).saturation() > 50;
            return count;
        };
        QCOMPARE(accents(), 0);
        graph.setValues({5, 5, 5, 5, 5, 5, 5, 5});
        const int whole = accents();
        QVERIFY(whole > graph.width() / 2);
        const float gap = std::numeric_limits<float>::quiet_NaN();
        graph.setValues({5, 5, gap, gap, gap, gap, 5, 5});
        QVERIFY(accents() < whole / 2);
        graph.setValues({gap, std::numeric_limits<float>::infinity(), -3, 0});
        graph.grab();
    }

    void screenReadersAreToldWhatComponentsAre() {
        const auto interface = [](QWidget& widget) {
            return QAccessible::queryAccessibleInterface(&widget);
        };
        Switch toggle(QStringLiteral("Autoload"));
        QCOMPARE(interface(toggle)->role(), QAccessible::CheckBox);
        QCOMPARE(interface(toggle)->text(QAccessible::Name), QStringLiteral("Autoload"));
        interface(toggle)->actionInterface()->doAction(QAccessibleActionInterface::toggleAction());
        QVERIFY(toggle.isChecked());
        QVERIFY(interface(toggle)->state().checked);
        Row row(QStringLiteral("Model"));
        QSignalSpy clicked(&row, &Row::clicked);
        QCOMPARE(interface(row)->role(), QAccessible::Button);
        interface(row)->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(clicked.count(), 1);
        Meter meter(QStringLiteral("Context"));
        meter.setValue(0.5, QStringLiteral("16k / 32k"));
        QCOMPARE(interface(meter)->text(QAccessible::Value), QStringLiteral("16k / 32k"));
        Segmented segmented(QStringLiteral("Theme"), {QStringLiteral("a"), QStringLiteral("b")});
        interface(segmented)->actionInterface()->doAction(
            QAccessibleActionInterface::nextPageAction());
        QCOMPARE(interface(segmented)->text(QAccessible::Value), QStringLiteral("b"));
        Stepper stepper(QStringLiteral("Port"), {1, 9, 1, 0, {}});
        QCOMPARE(interface(stepper)->role(), QAccessible::SpinBox);
        Host host;
        Dialog* dialog = Dialog::ask(host.field, {QStringLiteral("Title"), {}},
                                     {{QStringLiteral("Fine"), ButtonKind::Primary}}, {});
        QCOMPARE(interface(*dialog)->role(), QAccessible::Dialog);
        QVERIFY(interface(*dialog)->state().modal);
        QCOMPARE(interface(*dialog)->text(QAccessible::Name), QStringLiteral("Title"));
        // What Qt knows stays Qt's.
        auto* button = dialog->findChild<Button*>();
        QCOMPARE(interface(*button)->role(), QAccessible::Button);
    }

    void numbersKeepTheirUnit() {
        QCOMPARE(withJoinedUnits(QStringLiteral("Needs 9.4 GB, 7.8 free of 16 %")),
                 QStringLiteral("Needs 9.4\u00A0GB, 7.8\u00A0free of 16\u00A0%"));
        QCOMPARE(withJoinedUnits(QStringLiteral("a 1 2")), QStringLiteral("a 1 2"));
    }
};

QTEST_MAIN(CompoundTest)
#include "compound_test.moc"
