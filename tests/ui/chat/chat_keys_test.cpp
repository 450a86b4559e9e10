#include "view_harness.h"

#include <QClipboard>
#include <QHelpEvent>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolTip>
#include <QVBoxLayout>

using namespace hearth::ui;

namespace {

/// Counts what wakes the program.
class TimerCounter : public QObject {
public:
    int timers = 0;
    int paints = 0;

    bool eventFilter(QObject*, QEvent* event) override {
        timers += event->type() == QEvent::Timer ? 1 : 0;
        paints += event->type() == QEvent::Paint ? 1 : 0;
        return false;
    }
};

} // namespace

/// What messages offer: by keyboard, by mouse, in which order; attachments; idleness.
class ChatKeysTest : public QObject {
    Q_OBJECT

private:
    static void fill(ViewHarness& harness) {
        harness.chat().add(ChatRole::Person, QStringLiteral("Question"));
        harness.chat().at(0).attachments = {{QStringLiteral("a.txt"), QStringLiteral("12 tokens")},
                                            {QStringLiteral("b.txt"), QString()}};
        emit harness.chat().stateChanged(0);
        harness.chat().add(ChatRole::Model,
                           QStringLiteral("See [there](https://example.org/).\n\n```\nx\n```"));
        harness.chat().at(1).actions = MessageAction::Copy;
        harness.chat().at(1).actions |= MessageAction::Regenerate;
        harness.chat().at(1).actions |= MessageAction::Continue;
        harness.chat().at(1).actions |= MessageAction::Fork;
        harness.chat().at(1).version = 2;
        harness.chat().at(1).versions = 3;
        emit harness.chat().stateChanged(1);
    }

private slots:
    void initTestCase() { ViewHarness::install(); }

    void walksThroughWhatAMessageOffers() {
        ViewHarness harness;
        fill(harness);
        QVERIFY(harness.settle());
        ChatView& view = harness.view();
        QSignalSpy link(&view, &ChatView::linkActivated);
        QSignalSpy code(&view, &ChatView::codeCopied);
        QSignalSpy copy(&view, &ChatView::copyRequested);
        QSignalSpy again(&view, &ChatView::regenerateRequested);
        QSignalSpy more(&view, &ChatView::continueRequested);
        QSignalSpy fork(&view, &ChatView::forkRequested);
        QSignalSpy version(&view, &ChatView::versionRequested);
        harness.key(Qt::Key_Return);
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        harness.key(Qt::Key_Return); // Nothing of it is chosen yet.
        const QList<QSignalSpy*> order{&link, &code, &copy,    &again,
                                       &more, &fork, &version, &version};
        for (const QSignalSpy* spy : order)
            QCOMPARE(spy->count(), 0);
        const Tokens& t = Theme::current().tokens();
        for (qsizetype i = 0; i < order.size(); ++i) {
            harness.key(i % 2 ? Qt::Key_Right : Qt::Key_Tab);
            QVERIFY(harness.pixels(t.accent) > 40); // The ring.
            const auto before = order.at(i)->count();
            harness.key(Qt::Key_Return);
            QCOMPARE(order.at(i)->count(), before + 1);
        }
        QCOMPARE(link.at(0).at(0).toString(), QStringLiteral("https://example.org/"));
        QCOMPARE(version.at(0).at(1).toInt(), 1);
        QCOMPARE(version.at(1).at(1).toInt(), 3);
        QCOMPARE(fork.at(0).at(0).toString(), QStringLiteral("m1"));
        harness.key(Qt::Key_Left);
        harness.key(Qt::Key_Left);
        harness.key(Qt::Key_Space);
        QCOMPARE(fork.count(), 2);
    }

    void reachesAttachments() {
        ViewHarness harness;
        fill(harness);
        QVERIFY(harness.settle());
        QSignalSpy opened(&harness.view(), &ChatView::attachmentActivated);
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        harness.key(Qt::Key_Right);
        harness.key(Qt::Key_Right);
        harness.key(Qt::Key_Return);
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened.at(0).at(0).toString(), QStringLiteral("m0"));
        QCOMPARE(opened.at(0).at(1).toInt(), 1);
        // By mouse, too: the first chip is left of the second, above the text.
        const int right = (harness.viewport()->width() + 760) / 2;
        for (int x = right - 16 - 8; x > harness.left() && opened.count() < 3; x -= 10)
            QTest::mouseClick(harness.viewport(), Qt::LeftButton, {}, QPoint(x, 24 + 10 + 16));
        QVERIFY(opened.count() >= 2);
    }

    void showsAttachmentsWithoutText() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Person, QString());
        const int bare = harness.view().messageRect(0).height();
        harness.chat().at(0).attachments = {{QStringLiteral("a.txt"), QString()}};
        emit harness.chat().stateChanged(0);
        QVERIFY(harness.settle());
        QVERIFY(harness.view().messageRect(0).height() > bare + 20);
        QVERIFY(harness.pixels(Theme::current().tokens().surface) > 200);
    }

    void namesItsButtons() {
        ViewHarness harness;
        fill(harness);
        QVERIFY(harness.settle());
        QStringList names;
        const QRect reply = harness.view().messageRect(1);
        for (int x = harness.left(); x < harness.left() + 300; x += 6) {
            const QPoint point(x, reply.bottom() - 14);
            QHelpEvent event(QEvent::ToolTip, point, harness.viewport()->mapToGlobal(point));
            QApplication::sendEvent(harness.viewport(), &event);
            if (!names.contains(QToolTip::text()) && !QToolTip::text().isEmpty())
                names.append(QToolTip::text());
            QToolTip::hideText();
        }
        QCOMPARE(names,
                 (QStringList{QStringLiteral("Copy"), QStringLiteral("Regenerate"),
                              QStringLiteral("Continue"), QStringLiteral("Branch to a new chat"),
                              QStringLiteral("Previous version"), QStringLiteral("Next version")}));
    }

    void tabLeavesAtTheEnd() {
        QWidget window;
        FakeChat chat;
        auto* view = new ChatView;
        auto* button = new QPushButton;
        auto* rows = new QVBoxLayout(&window);
        rows->addWidget(view);
        rows->addWidget(button);
        chat.add(ChatRole::Person, QStringLiteral("Question"));
        view->setSource(&chat);
        window.resize(800, 500);
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Up, Qt::ControlModifier);
        for (int i = 0; i < 2; ++i) {
            QTest::keyClick(view, Qt::Key_Tab);
            QVERIFY(view->hasFocus());
        }
        QTest::keyClick(view, Qt::Key_Tab);
        QVERIFY(button->hasFocus());
    }

    void escapeGoesStepByStep() {
        ViewHarness harness;
        fill(harness);
        QVERIFY(harness.settle());
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        harness.view().selectAll();
        harness.key(Qt::Key_Escape);
        QVERIFY(!harness.view().hasSelection());
        QSignalSpy link(&harness.view(), &ChatView::linkActivated);
        harness.key(Qt::Key_Escape);
        harness.key(Qt::Key_Right);
        harness.key(Qt::Key_Return);
        QCOMPARE(link.count(), 0); // No message is chosen any more.
    }

    void wakesForNothingWhileNothingMoves() {
        Theme::current().setReducedMotion(false);
        ViewHarness harness;
        for (int i = 0; i < 50; ++i)
            harness.chat().add(i % 2 ? ChatRole::Model : ChatRole::Person,
                               ViewHarness::paragraphs(5));
        harness.view().find(QStringLiteral("says"));
        QVERIFY(harness.settle());
        QTest::qWait(300);
        TimerCounter counter;
        qApp->installEventFilter(&counter);
        QTest::qWait(2000);
        qApp->removeEventFilter(&counter);
        Theme::current().setReducedMotion(true);
        QCOMPARE(counter.paints, 0);
        QVERIFY2(counter.timers == 0, qPrintable(QString::number(counter.timers)));
    }

    void fault_085_names_and_code() {
        ViewHarness harness;
        const QString evil = QStringLiteral("in\u202Evoice\u001B[31m\u0007\u2066.exe\nx");
        harness.chat().add(ChatRole::Person, QStringLiteral("See"));
        harness.chat().at(0).attachments = {{evil, QString()}};
        emit harness.chat().stateChanged(0);
        harness.chat().add(ChatRole::Model,
                           QStringLiteral("```sh\nls \u202E# \u001B]0;t\u0007\n```\n"));
        QVERIFY(harness.settle());
        const int right = (harness.viewport()->width() + 760) / 2;
        const QPoint chip(right - 40, 24 + 10 + 16);
        QHelpEvent event(QEvent::ToolTip, chip, harness.viewport()->mapToGlobal(chip));
        QApplication::sendEvent(harness.viewport(), &event);
        QCOMPARE(QToolTip::text(), QStringLiteral("invoice\u241B[31m\u2407.exe x"));
        QSignalSpy copied(&harness.view(), &ChatView::codeCopied);
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        harness.key(Qt::Key_Right);
        harness.key(Qt::Key_Return);
        QCOMPARE(copied.count(), 1);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("ls # \u241B]0;t\u2407\n"));
    }
};

QTEST_MAIN(ChatKeysTest)
#include "chat_keys_test.moc"
