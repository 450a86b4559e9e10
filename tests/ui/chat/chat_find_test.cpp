#include "view_harness.h"

#include "view/chat/block_layout.h"

#include <QElapsedTimer>
#include <QSignalSpy>

using namespace hearth::ui;

namespace {

/// How many steps find() needs, and the longest the window was kept from its events.
qint64 longestStall(ViewHarness& harness) {
    qint64 longest = 0;
    QElapsedTimer clock;
    do {
        clock.start();
        QApplication::processEvents();
        longest = qMax(longest, clock.elapsed());
        QTest::qSleep(2);
    } while (harness.view().isBusy());
    return longest;
}

} // namespace

class ChatFindTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { ViewHarness::install(); }

    void countsInAllMessages() {
        ViewHarness harness;
        for (int i = 0; i < 40; ++i)
            harness.chat().add(i % 2 ? ChatRole::Model : ChatRole::Person,
                               QStringLiteral("Needle %1, a needle.\n\n").arg(i) +
                                   ViewHarness::paragraphs(4));
        QVERIFY(harness.settle());
        QSignalSpy spy(&harness.view(), &ChatView::findChanged);
        harness.view().find(QStringLiteral("NEEDLE"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 80);
        QCOMPARE(spy.last().at(1).toInt(), 80);
        QCOMPARE(spy.last().at(0).toInt(), harness.view().findCurrent());
        harness.view().find(QStringLiteral("needle 7,"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 1);
        QCOMPARE(harness.view().findCurrent(), 1);
        QVERIFY(harness.view().messageRect(7).intersects(harness.viewport()->rect()));
        harness.view().find(QStringLiteral("nothing of the sort"));
        QVERIFY(harness.settle());
        QCOMPARE(spy.last().at(0).toInt(), 0);
        QCOMPARE(spy.last().at(1).toInt(), 0);
        harness.view().find(QString());
        QCOMPARE(harness.view().findTotal(), 0);
        QVERIFY(!harness.view().isBusy());
    }

    void goesAroundTheEnds() {
        ViewHarness harness;
        for (int i = 0; i < 30; ++i)
            harness.chat().add(ChatRole::Model,
                               ViewHarness::paragraphs(6) +
                                   (i % 10 == 5 ? QStringLiteral("target") : QStringLiteral("x")));
        QVERIFY(harness.settle());
        harness.bar()->setValue(0);
        harness.view().find(QStringLiteral("target"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 3);
        QCOMPARE(harness.view().findCurrent(), 1);
        for (const int message : {15, 25, 5, 15}) {
            harness.view().findNext();
            QVERIFY(harness.view().messageRect(message).intersects(harness.viewport()->rect()));
            QVERIFY(harness.pixels(Theme::current().tokens().accent) > 100);
        }
        QCOMPARE(harness.view().findCurrent(), 2);
        harness.view().findPrevious();
        harness.view().findPrevious();
        QCOMPARE(harness.view().findCurrent(), 3);
    }

    /// From the top of what is in sight on, not from the top of the chat.
    void beginsWhereOneReads() {
        ViewHarness harness;
        for (int i = 0; i < 30; ++i)
            harness.chat().add(ChatRole::Model,
                               QStringLiteral("word\n\n") + ViewHarness::paragraphs(6));
        QVERIFY(harness.settle());
        harness.view().scrollToMessage(20);
        QVERIFY(harness.settle());
        harness.view().find(QStringLiteral("word"));
        QVERIFY(harness.settle());
        QVERIFY(harness.view().findCurrent() >= 20 && harness.view().findCurrent() <= 22);
        // Typing on keeps the place.
        const int before = harness.view().findCurrent();
        harness.view().find(QStringLiteral("wor"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findCurrent(), before);
    }

    void findsChinese() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("中文里的公式也一样，公式在这里。"));
        QVERIFY(harness.settle());
        harness.view().find(QStringLiteral("公式"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 2);
        harness.view().find(QStringLiteral("公"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 2);
    }

    void goesOnWhileTextStreams() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Person, QStringLiteral("one cat"));
        harness.chat().add(ChatRole::Model, QStringLiteral("a cat"), MessageState::Streaming);
        QVERIFY(harness.settle());
        harness.view().find(QStringLiteral("cat"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 2);
        QCOMPARE(harness.view().findCurrent(), 1);
        for (int i = 0; i < 5; ++i) {
            harness.chat().append(1, QStringLiteral(" and a c"));
            harness.chat().append(1, QStringLiteral("at\n\n"));
            QVERIFY(harness.settle());
            QCOMPARE(harness.view().findTotal(), 3 + i);
            QCOMPARE(harness.view().findCurrent(), 1);
        }
        harness.chat().insert(0, ChatRole::Person, QStringLiteral("an older cat"));
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 8);
        QCOMPARE(harness.view().findCurrent(), 2);
        harness.chat().remove(1);
        QVERIFY(harness.settle());
        QCOMPARE(harness.view().findTotal(), 7);
        QVERIFY(harness.view().findCurrent() >= 1);
    }

    void opensTheThoughtThatHoldsAMatch() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model,
                           QStringLiteral("<think>A hidden pearl.</think>\n\nThe answer."));
        QVERIFY(harness.settle());
        harness.view().selectAll();
        QVERIFY(!harness.view().selectedText().contains(QStringLiteral("pearl")));
        harness.view().find(QStringLiteral("pearl"));
        QVERIFY(harness.settle());
        harness.view().selectAll();
        QVERIFY(harness.view().selectedText().contains(QStringLiteral("pearl")));
    }

    void marksMatchesReadably() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("word other word"));
        QVERIFY(harness.settle());
        const Tokens& t = Theme::current().tokens();
        const int before = harness.pixels(t.accent);
        harness.view().find(QStringLiteral("word"));
        QVERIFY(harness.settle());
        QVERIFY(harness.pixels(t.accent) > before + 100);
        for (const Tokens* tokens : {&lightTokens(), &darkTokens()}) {
            QVERIFY(contrastRatio(tokens->onAccent, tokens->accent) >= 4.5);
            for (const QColor& ink :
                 {tokens->text, tokens->muted, tokens->accent, tokens->ok, tokens->warn,
                  tokens->error, tokens->series2, tokens->series3})
                QVERIFY2(contrastRatio(ink, foundGround(*tokens)) >= 4.5,
                         qPrintable(QString::number(contrastRatio(ink, foundGround(*tokens)))));
        }
    }

    void searchesTenMegabytesWithoutAStall() {
        ViewHarness harness;
        QString huge;
        while (huge.size() < 10 * 1024 * 1024)
            huge += QStringLiteral("Some words of a paragraph. ").repeated(40) +
                    QStringLiteral("\n\n```cpp\nint pearl = 1;\n```\n\n- item\n\n");
        const auto expected = static_cast<int>(huge.count(QStringLiteral("pearl")));
        harness.chat().add(ChatRole::Model, huge);
        harness.chat().add(ChatRole::Model, QStringLiteral("pearl"));
        QElapsedTimer clock;
        clock.start();
        harness.view().find(QStringLiteral("pearl"));
        qint64 longest = clock.elapsed();
        longest = qMax(longest, longestStall(harness));
        qInfo("longest stall while 10 MB are searched: %lld ms", longest);
        QCOMPARE(harness.view().findTotal(), expected + 1);
        QVERIFY(longest < 500);
    }
};

QTEST_MAIN(ChatFindTest)
#include "chat_find_test.moc"
