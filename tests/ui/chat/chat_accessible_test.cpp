#include "view_harness.h"

#include "view/chat/chat_accessible.h"

#include <QAccessible>
#include <QSignalSpy>

using namespace hearth::ui;

namespace {

struct Heard {
    QAccessible::Event type;
    int child;
    QString text;
};
QList<Heard> heard;

void listen(QAccessibleEvent& event) {
    QString text;
    if (event.type() == QAccessible::TextInserted)
        text = static_cast<QAccessibleTextInsertEvent&>(event).textInserted();
    heard.append({event.type(), event.child(), text});
}

QStringList inserted() {
    QStringList texts;
    for (const Heard& event : heard)
        if (event.type == QAccessible::TextInserted)
            texts.append(event.text);
    return texts;
}

} // namespace

class ChatAccessibleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        ViewHarness::install();
        setAccessibilityListener(listen);
    }
    void cleanupTestCase() { setAccessibilityListener({}); }
    void init() { heard.clear(); }

    void givesEachMessageItsText() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Person, QStringLiteral("Hello"));
        harness.chat().add(ChatRole::Model,
                           QStringLiteral("**Bold** and $x^2$.\n\n- item one\n- item two\n\n"
                                          "```\ncode\n```"));
        harness.chat().at(1).speaker = QStringLiteral("Qwen-8B");
        emit harness.chat().stateChanged(1);
        QVERIFY(harness.settle());
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&harness.view());
        QVERIFY(list);
        QCOMPARE(list->childCount(), 2);
        QCOMPARE(list->child(0)->text(QAccessible::Name), QStringLiteral("You"));
        QAccessibleInterface* reply = list->child(1);
        QCOMPARE(reply->text(QAccessible::Name), QStringLiteral("Qwen-8B"));
        QCOMPARE(reply->role(), QAccessible::ListItem);
        QAccessibleTextInterface* text = reply->textInterface();
        QVERIFY(text);
        const QString whole = QStringLiteral("Bold and $x^2$.\n\n• item one\n• item two\n\ncode");
        QCOMPARE(text->characterCount(), static_cast<int>(whole.size()));
        QCOMPARE(text->text(0, text->characterCount()), whole);
        for (int i = 0; i < whole.size(); ++i)
            QCOMPARE(text->text(i, i + 3), whole.mid(i, 3));
        int start = 0;
        int end = 0;
        QCOMPARE(text->textAtOffset(1, QAccessible::WordBoundary, &start, &end),
                 QStringLiteral("Bold"));
        QCOMPARE(start, 0);
        QCOMPARE(end, 4);
        QCOMPARE(text->textAtOffset(20, QAccessible::LineBoundary, &start, &end),
                 QStringLiteral("• item one\n"));
        QCOMPARE(text->textAfterOffset(20, QAccessible::LineBoundary, &start, &end),
                 QStringLiteral("• item two\n"));
        QCOMPARE(text->textBeforeOffset(5, QAccessible::CharBoundary, &start, &end),
                 QStringLiteral(" "));
        QVERIFY(text->textAtOffset(9'999, QAccessible::CharBoundary, &start, &end).isEmpty());
    }

    void knowsWhereTextStands() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("abc def\n\nghi $x$ jkl"));
        QVERIFY(harness.settle());
        QAccessibleTextInterface* text =
            QAccessible::queryAccessibleInterface(&harness.view())->child(0)->textInterface();
        QRect before;
        for (const int offset : {0, 1, 2, 4, 5, 6, 9, 10, 11, 17, 18}) {
            const QRect rect = text->characterRect(offset);
            QVERIFY(!rect.isEmpty());
            QCOMPARE(text->offsetAtPoint(rect.center() - QPoint(rect.width() / 2 - 1, 0)), offset);
            QVERIFY(rect.left() > before.left() || rect.top() > before.top());
            before = rect;
        }
    }

    void selectsAndTellsTheSelection() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("one two\n\nthree"));
        harness.chat().add(ChatRole::Model, QStringLiteral("four"));
        QVERIFY(harness.settle());
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&harness.view());
        QAccessibleTextInterface* text = list->child(0)->textInterface();
        QCOMPARE(text->selectionCount(), 0);
        text->addSelection(4, 11);
        QCOMPARE(harness.view().selectedText(), QStringLiteral("two\n\nth"));
        int start = 0;
        int end = 0;
        text->selection(0, &start, &end);
        QCOMPARE(start, 4);
        QCOMPARE(end, 11);
        QCOMPARE(text->cursorPosition(), 11);
        QCOMPARE(list->child(1)->textInterface()->selectionCount(), 0);
        text->removeSelection(0);
        QVERIFY(!harness.view().hasSelection());
    }

    void offersActions() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Person, QStringLiteral("Hello"));
        QVERIFY(harness.settle());
        QSignalSpy copy(&harness.view(), &ChatView::copyRequested);
        QAccessibleInterface* message =
            QAccessible::queryAccessibleInterface(&harness.view())->child(0);
        QAccessibleActionInterface* actions = message->actionInterface();
        QVERIFY(actions);
        QVERIFY(actions->actionNames().contains(QStringLiteral("copy")));
        QVERIFY(!actions->actionNames().contains(QStringLiteral("regenerate")));
        QCOMPARE(actions->localizedActionName(QStringLiteral("copy")),
                 QStringLiteral("Copy message"));
        actions->doAction(QStringLiteral("copy"));
        QCOMPARE(copy.count(), 1);
        actions->doAction(QStringLiteral("regenerate"));
        actions->doAction(QAccessibleActionInterface::pressAction());
        QVERIFY(message->state().focused);
    }

    void tellsTheFocus() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Person, QStringLiteral("Hello"));
        harness.chat().add(ChatRole::Model, QStringLiteral("Hi"));
        QVERIFY(harness.settle());
        heard.clear();
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        harness.key(Qt::Key_Up, Qt::ControlModifier);
        QList<int> children;
        for (const Heard& event : std::as_const(heard))
            if (event.type == QAccessible::Focus)
                children.append(event.child);
        QCOMPARE(children, (QList<int>{1, 0}));
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&harness.view());
        QCOMPARE(list->focusChild(), list->child(0));
    }

    void speaksBySentences() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QString(), MessageState::Streaming);
        QVERIFY(harness.settle());
        const QString reply =
            QStringLiteral("This is **one**. And pi is 3.14, is it? 好的。Then the");
        for (const QChar c : reply) {
            harness.chat().append(0, c);
            QVERIFY(harness.settle());
        }
        QCOMPARE(inserted().join(QString()),
                 QStringLiteral("This is one. And pi is 3.14, is it? 好的。"));
        QVERIFY(inserted().size() <= 3);
        QVERIFY(inserted().size() >= 2);
        harness.chat().append(0, QStringLiteral(" end"));
        harness.chat().setState(0, MessageState::Done);
        QVERIFY(harness.settle());
        QCOMPARE(inserted().join(QString()),
                 QStringLiteral("This is one. And pi is 3.14, is it? 好的。Then the end"));
    }

    void thoughtsAreNotRead() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("<think>Hidden.</think>\n\nShown."));
        QVERIFY(harness.settle());
        QAccessibleTextInterface* text =
            QAccessible::queryAccessibleInterface(&harness.view())->child(0)->textInterface();
        QCOMPARE(text->text(0, -1), QStringLiteral("Shown."));
    }

    void outlivesWhatIsRemoved() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model, QStringLiteral("one"));
        harness.chat().add(ChatRole::Model, QStringLiteral("two"));
        QVERIFY(harness.settle());
        QAccessibleInterface* message =
            QAccessible::queryAccessibleInterface(&harness.view())->child(1);
        harness.chat().remove(1);
        QVERIFY(!message->isValid());
        QCOMPARE(message->textInterface()->characterCount(), 0);
        QVERIFY(message->textInterface()->text(0, 5).isEmpty());
        QVERIFY(message->actionInterface()->actionNames().isEmpty());
    }
};

QTEST_MAIN(ChatAccessibleTest)
#include "chat_accessible_test.moc"
