#include "view_harness.h"

#include <QClipboard>

using namespace hearth::ui;

class ChatSelectionTest : public QObject {
    Q_OBJECT

private:
    static void press(ViewHarness& harness, const QPoint& point, Qt::KeyboardModifiers keys = {}) {
        QTest::mousePress(harness.viewport(), Qt::LeftButton, keys, point);
    }
    static void release(ViewHarness& harness, const QPoint& point) {
        QTest::mouseRelease(harness.viewport(), Qt::LeftButton, {}, point);
    }
    static void drag(ViewHarness& harness, const QPoint& from, const QPoint& to) {
        press(harness, from);
        QTest::mouseMove(harness.viewport(), to);
        release(harness, to);
        QTest::qWait(QApplication::doubleClickInterval() + 20); // The next press is one of its own.
    }

private slots:
    void initTestCase() {
        ViewHarness::install();
        QApplication::setDoubleClickInterval(150);
    }

    void survivesStreamingScrollingAndInsertion() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("alpha beta gamma\n\ndelta"));
        harness.chat().add(ChatRole::Model, QStringLiteral("stream"), MessageState::Streaming);
        QVERIFY(harness.settle());
        const int y = 24 + 12;
        drag(harness, {harness.left() - 10, y}, {harness.left() + 700, y});
        const QString selected = harness.view().selectedText();
        QCOMPARE(selected, QStringLiteral("alpha beta gamma"));
        harness.chat().append(1, QStringLiteral(" on\n\n") + ViewHarness::paragraphs(60));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().selectedText(), selected);
        harness.bar()->setValue(0);
        harness.bar()->setValue(harness.bar()->maximum() / 2);
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().selectedText(), selected);
        harness.chat().insert(0, ChatRole::Person, QStringLiteral("an older turn"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().selectedText(), selected);
        harness.chat().setState(2, MessageState::Done);
        harness.chat().remove(0);
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().selectedText(), selected);
        // What is gone cannot stay selected.
        harness.chat().remove(0);
        QVERIFY(!harness.view().hasSelection());
    }

    void growsByTheKeyboard() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("one two three\n\nfour\n\n- five"));
        harness.chat().add(ChatRole::Model, QStringLiteral("six"));
        QVERIFY(harness.settle());
        const QPoint start(harness.left() - 10, 24 + 12);
        QTest::mouseClick(harness.viewport(), Qt::LeftButton, {}, start);
        QVERIFY(!harness.view().hasSelection());
        harness.key(Qt::Key_Right, Qt::ShiftModifier);
        harness.key(Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("on"));
        harness.key(Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("o"));
        harness.key(Qt::Key_Right, Qt::ShiftModifier | Qt::ControlModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("one"));
        harness.key(Qt::Key_Right, Qt::ShiftModifier | Qt::ControlModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("one two"));
        harness.key(Qt::Key_End, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("one two three"));
        harness.key(Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("one two three\n\nfour"));
        harness.key(Qt::Key_Down, Qt::ShiftModifier);
        harness.key(Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(),
                 QStringLiteral("one two three\n\nfour\n\n• five\n\nsix"));
        harness.key(Qt::Key_Up, Qt::ShiftModifier);
        harness.key(Qt::Key_Home, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("one two three\n\nfour"));
        harness.key(Qt::Key_Escape);
        QVERIFY(!harness.view().hasSelection());
    }

    void selectsWordsAndBlocksByClicks() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("extraordinary words here\n\nmore"));
        QVERIFY(harness.settle());
        const QPoint word(harness.left() + 30, 24 + 12);
        QTest::mouseClick(harness.viewport(), Qt::LeftButton, {}, word);
        QTest::mouseDClick(harness.viewport(), Qt::LeftButton, {}, word);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("extraordinary"));
        press(harness, word);
        release(harness, word);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("extraordinary words here"));
        QTest::qWait(QApplication::doubleClickInterval() + 20);
        // A drag after a double click takes whole words.
        QTest::mouseDClick(harness.viewport(), Qt::LeftButton, {}, word);
        QTest::mousePress(harness.viewport(), Qt::LeftButton, Qt::ShiftModifier,
                          word + QPoint(100, 0));
        release(harness, word + QPoint(100, 0));
        QVERIFY(harness.view().selectedText().startsWith(QStringLiteral("extraordinary w")));
    }

    void scrollsWhileDragged() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, ViewHarness::paragraphs(200));
        QVERIFY(harness.settle());
        harness.bar()->setValue(0);
        QVERIFY(harness.settle());
        press(harness, {harness.left() + 4, 40});
        QTest::mouseMove(harness.viewport(),
                         {harness.left() + 50, ViewHarness::kSize.height() + 30});
        QTRY_VERIFY(harness.bar()->value() > 500);
        release(harness, {harness.left() + 50, ViewHarness::kSize.height() + 30});
        const int stopped = harness.bar()->value();
        QVERIFY(harness.view().selectedText().contains(QStringLiteral("Paragraph 20 ")));
        QTest::qWait(120);
        QCOMPARE(harness.bar()->value(), stopped);
    }

    void copiesTablesCodeAndFormulasSensibly() {
        ViewHarness harness;
        harness.chat().add(
            ChatRole::Model,
            QStringLiteral("Sum $\\sum_i x_i$ of:\n\n| a | $b^2$ |\n|---|---|\n| 1 | 2 |\n\n"
                           "```py\nif x:\n    y\n```\n\n$$\\frac{1}{2}$$\n\n\\[z\\] end"));
        QVERIFY(harness.settle());
        harness.view().selectAll();
        harness.key(Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QStringLiteral("Sum $\\sum_i x_i$ of:\n\na\t$b^2$\n1\t2\n\nif x:\n    y\n\n"
                                "$$\\frac{1}{2}$$\n\n\\[z\\]\n\nend"));
    }

    void takesAFormulaAsOne() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("$x^2+y^2+z^2$ end"));
        QVERIFY(harness.settle());
        QTest::mouseClick(harness.viewport(), Qt::LeftButton, {},
                          QPoint(harness.left() - 10, 24 + 12));
        harness.key(Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("$x^2+y^2+z^2$"));
        harness.key(Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("$x^2+y^2+z^2$ "));
    }
};

QTEST_MAIN(ChatSelectionTest)
#include "chat_selection_test.moc"
