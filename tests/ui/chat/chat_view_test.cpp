#include "fake_chat.h"

#include "view/chat/chat_view.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QElapsedTimer>
#include <QFile>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace hearth::ui;

namespace {

constexpr QSize kView(900, 700);

QString paragraphs(int count) {
    QString text;
    for (int i = 0; i < count; ++i)
        text += QStringLiteral("Paragraph %1 says something of a certain length.\n\n").arg(i);
    return text;
}

void settle(ChatView& view) {
    QTRY_VERIFY_WITH_TIMEOUT(!view.isBusy(), 20'000);
    QApplication::processEvents();
}

/// A picture of the view without its scroll bar.
QImage picture(ChatView& view) {
    return view.grab().toImage().copy(0, 0, kView.width() - 20, kView.height());
}

} // namespace

class ChatViewTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setMode(ThemeMode::Light);
        Theme::current().setReducedMotion(true);
    }

    void init() {
        m_chat = std::make_unique<FakeChat>();
        m_view = std::make_unique<ChatView>();
        m_view->resize(kView);
        m_view->setSource(m_chat.get());
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }

    void cleanup() {
        m_view.reset();
        m_chat.reset();
    }

    void staysAtTheBottomWhileItIsThere() {
        m_chat->add(ChatRole::Person, QStringLiteral("Hello"));
        m_chat->add(ChatRole::Model, paragraphs(60), MessageState::Streaming);
        settle(*m_view);
        QScrollBar* bar = m_view->verticalScrollBar();
        QVERIFY(bar->maximum() > 0);
        QCOMPARE(bar->value(), bar->maximum());
        const int before = bar->maximum();
        m_chat->append(1, paragraphs(5));
        settle(*m_view);
        QVERIFY(bar->maximum() > before);
        QCOMPARE(bar->value(), bar->maximum());
    }

    void leavesTheReaderAlone() {
        for (int i = 0; i < 20; ++i)
            m_chat->add(i % 2 ? ChatRole::Model : ChatRole::Person, paragraphs(6));
        m_chat->at(19).state = MessageState::Streaming;
        settle(*m_view);
        QSignalSpy spy(m_view.get(), &ChatView::atBottomChanged);
        m_view->verticalScrollBar()->setValue(m_view->verticalScrollBar()->maximum() / 2);
        settle(*m_view);
        QCOMPARE(spy.count(), 1);
        QVERIFY(!m_view->isAtBottom());
        const QImage before = picture(*m_view);
        m_chat->append(19, paragraphs(30));
        settle(*m_view);
        QCOMPARE(picture(*m_view), before);
        m_chat->remove(0);
        settle(*m_view);
        QCOMPARE(picture(*m_view), before);
        m_view->scrollToBottom();
        QVERIFY(m_view->isAtBottom());
    }

    void keepsItsPlaceWhenResized() {
        for (int i = 0; i < 30; ++i)
            m_chat->add(ChatRole::Model, QStringLiteral("## Part %1\n\n").arg(i) + paragraphs(4));
        settle(*m_view);
        m_view->scrollToMessage(12);
        settle(*m_view);
        m_view->resize(kView.width() / 2, kView.height());
        QApplication::processEvents();
        m_view->resize(kView);
        settle(*m_view);
        const int value = m_view->verticalScrollBar()->value();
        m_view->scrollToMessage(12);
        QVERIFY(qAbs(m_view->verticalScrollBar()->value() - value) <= 2);
    }

    void selectsAcrossMessages() {
        m_chat->add(ChatRole::Person, QStringLiteral("First words"));
        m_chat->add(ChatRole::Model, QStringLiteral("Second **words**\n\n- item\n- other"));
        settle(*m_view);
        QVERIFY(!m_view->hasSelection());
        m_view->selectAll();
        QCOMPARE(m_view->selectedText(),
                 QStringLiteral("First words\n\nSecond words\n\n• item\n• other"));
        QTest::keyClick(m_view.get(), Qt::Key_Escape);
        QVERIFY(!m_view->hasSelection());
        QWidget* viewport = m_view->viewport();
        QTest::mousePress(viewport, Qt::LeftButton, {}, QPoint(kView.width() - 20, 20));
        QTest::mouseMove(viewport, QPoint(kView.width() - 30, 500));
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, QPoint(kView.width() - 30, 500));
        QVERIFY(m_view->selectedText().endsWith(QStringLiteral("other")));
        QTest::keyClick(m_view.get(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), m_view->selectedText());
    }

    void selectsAllOfMessagesNeverSeen() {
        for (int i = 0; i < 50; ++i)
            m_chat->add(ChatRole::Model, QStringLiteral("message %1\n\n").arg(i) + paragraphs(5));
        settle(*m_view);
        QTest::keyClick(m_view.get(), Qt::Key_A, Qt::ControlModifier);
        const QString text = m_view->selectedText();
        for (int i = 0; i < 50; ++i)
            QVERIFY(text.contains(QStringLiteral("message %1\n").arg(i)));
    }

    void doubleClickSelectsAWord() {
        m_chat->add(ChatRole::Model, QStringLiteral("extraordinary"));
        settle(*m_view);
        const int left = (m_view->viewport()->width() - 760) / 2;
        QTest::mouseDClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(left + 30, 36));
        QCOMPARE(m_view->selectedText(), QStringLiteral("extraordinary"));
    }

    void offersActionsOnlyIfAvailable() {
        m_chat->add(ChatRole::Model, QStringLiteral("Answer"));
        settle(*m_view);
        QSignalSpy copy(m_view.get(), &ChatView::copyRequested);
        QSignalSpy again(m_view.get(), &ChatView::regenerateRequested);
        const int left = (m_view->viewport()->width() - 760) / 2;
        const QPoint first(left + 8, 24 + 24 + 4 + 14);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, first);
        QCOMPARE(copy.count(), 1);
        QCOMPARE(copy.at(0).at(0).toString(), QStringLiteral("m0"));
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, first + QPoint(29, 0));
        QCOMPARE(again.count(), 1);
        m_chat->at(0).actions = {};
        emit m_chat->stateChanged(0);
        settle(*m_view);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, first);
        QCOMPARE(copy.count(), 1);
    }

    void fault_083_links() {
        m_chat->add(ChatRole::Model, QStringLiteral("[xxxxxxxxxx](javascript:alert(1))\n\n"
                                                    "[xxxxxxxxxx](file:///etc/passwd)\n\n"
                                                    "[xxxxxxxxxx](https://example.org/)"));
        settle(*m_view);
        QSignalSpy spy(m_view.get(), &ChatView::linkActivated);
        const int left = (m_view->viewport()->width() - 760) / 2;
        for (int y = 24; y < 24 + 3 * 36; y += 4) {
            QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(left + 20, y));
        }
        QVERIFY(spy.count() > 0);
        for (const QList<QVariant>& call : spy)
            QCOMPARE(call.at(0).toString(), QStringLiteral("https://example.org/"));
    }

    void copiesCodeAcrossSegments() {
        QString code;
        for (int i = 0; i < 300; ++i)
            code += QStringLiteral("line %1\n").arg(i);
        m_chat->add(ChatRole::Model, QStringLiteral("```cpp\n") + code + QStringLiteral("```\n"));
        settle(*m_view);
        m_view->verticalScrollBar()->setValue(0);
        settle(*m_view);
        QSignalSpy spy(m_view.get(), &ChatView::codeCopied);
        const int right = (m_view->viewport()->width() + 760) / 2;
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(right - 30, 24 + 16));
        QCOMPARE(spy.count(), 1);
        QCOMPARE(QGuiApplication::clipboard()->text(), code);
    }

    void opensThoughts() {
        m_chat->add(ChatRole::Model,
                    QStringLiteral("<think>") + paragraphs(3) + QStringLiteral("</think>Answer"));
        settle(*m_view);
        m_view->selectAll();
        QCOMPARE(m_view->selectedText(), QStringLiteral("Answer"));
        const int left = (m_view->viewport()->width() - 760) / 2;
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(left + 20, 24 + 14));
        settle(*m_view);
        m_view->selectAll();
        QVERIFY(m_view->selectedText().startsWith(QStringLiteral("Paragraph 0")));
    }

    void drawsEveryState() {
        for (const MessageState state : {MessageState::Queued, MessageState::Prefilling,
                                         MessageState::Streaming, MessageState::Failed}) {
            m_chat->add(ChatRole::Model, QString(), state);
            FakeChat::Message& message = m_chat->at(m_chat->count() - 1);
            message.status = QStringLiteral("Reading the prompt");
            message.progress = 0.5;
            message.error = QStringLiteral("Needs 9.4 GB, 7.8 free.");
            message.errorAction = QStringLiteral("Use 8k context");
            emit m_chat->stateChanged(m_chat->count() - 1);
        }
        settle(*m_view);
        const QImage image = picture(*m_view);
        const QRgb accent = Theme::current().tokens().accent.rgb();
        int found = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                found += image.pixel(x, y) == accent;
        QVERIFY(found > 200);
        QSignalSpy spy(m_view.get(), &ChatView::errorActionRequested);
        const int left = (m_view->viewport()->width() - 760) / 2;
        for (int y = 20; y < 400 && spy.isEmpty(); y += 8)
            QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(left + 60, y));
        QCOMPARE(spy.count(), 1);
        QCOMPARE(spy.at(0).at(0).toString(), QStringLiteral("m3"));
    }

    void tellsScreenReadersOfEachMessage() {
        m_chat->add(ChatRole::Person, QStringLiteral("Hello"));
        m_chat->add(ChatRole::Model, QStringLiteral("Hi there."), MessageState::Streaming);
        settle(*m_view);
        QAccessibleInterface* list = QAccessible::queryAccessibleInterface(m_view.get());
        QVERIFY(list);
        QCOMPARE(list->childCount(), 2);
        QAccessibleInterface* reply = list->child(1);
        QCOMPARE(reply->text(QAccessible::Name), QStringLiteral("Hearth"));
        QVERIFY(reply->state().busy);
        QCOMPARE(list->indexOfChild(reply), 1);
        const QPoint middle = reply->rect().center();
        QCOMPARE(list->childAt(middle.x(), middle.y()), reply);
        m_chat->remove(1);
        QVERIFY(!reply->isValid());
        QCOMPARE(list->childCount(), 1);
    }

    void survivesReplacingAndClearing() {
        m_chat->add(ChatRole::Model, paragraphs(10), MessageState::Streaming);
        settle(*m_view);
        m_view->selectAll();
        m_chat->at(0).text = QStringLiteral("short");
        emit m_chat->textReplaced(0);
        settle(*m_view);
        m_view->selectAll();
        QCOMPARE(m_view->selectedText(), QStringLiteral("short"));
        m_chat->append(0, QStringLiteral("er"));
        settle(*m_view);
        QCOMPARE(m_view->selectedText(), QStringLiteral("shorter"));
        m_chat->remove(0);
        settle(*m_view);
        QVERIFY(!m_view->hasSelection());
        m_view->setSource(nullptr);
        QVERIFY(!picture(*m_view).isNull());
    }

    void fault_081_html_is_shown_as_text() {
        const QString bomb =
            QStringLiteral("<img src=\"data:image/png;base64,%1\" width=99999999 height=99999999>")
                .arg(QString(400'000, u'A'));
        m_chat->add(ChatRole::Model, QStringLiteral("<h1>big</h1>\n\n<div onclick=x>\n") + bomb);
        m_chat->add(ChatRole::Person, QStringLiteral("<b>bold</b>"));
        settle(*m_view);
        m_view->selectAll();
        const QString text = m_view->selectedText();
        QVERIFY(text.startsWith(QStringLiteral("<h1>big</h1>\n\n<div onclick=x>\n<img src=")));
        QVERIFY(text.endsWith(QStringLiteral("<b>bold</b>")));
    }

    /// The code that could fetch something is not even in the program.
    void fault_082_no_network_code() {
        QFile maps(QStringLiteral("/proc/self/maps"));
        if (!maps.open(QIODevice::ReadOnly))
            QSKIP("The program's libraries can't be listed here");
        const QByteArray all = maps.readAll();
        QVERIFY(all.contains("libQt6Gui"));
        QVERIFY(!all.contains("libQt6Network"));
    }

    void fault_084_deep_lists() {
        QString nested;
        for (int i = 0; i < 3000; ++i)
            nested += QString(2 * i, u' ') + QStringLiteral("- item\n");
        QElapsedTimer clock;
        qint64 longest = 0;
        clock.start();
        m_chat->add(ChatRole::Model, nested + QString(100'000, u'>') + u'\n' +
                                         QStringLiteral("1. ").repeated(30'000));
        do {
            longest = qMax(longest, clock.restart());
            QApplication::processEvents();
            m_view->repaint();
        } while (m_view->isBusy());
        QVERIFY2(longest < 2000, qPrintable(QString::number(longest)));
        m_view->selectAll();
        QVERIFY(m_view->selectedText().count(QStringLiteral("item")) == 3000);
    }

    void fault_084_huge_message() {
        QString huge;
        while (huge.size() < 10 * 1024 * 1024)
            huge += QStringLiteral("Some words of a paragraph. ").repeated(40) +
                    QStringLiteral("\n\n```cpp\nint x = 1;\n```\n\n- item\n- item\n\n");
        const auto longestStall = [&](const QString& text) {
            qint64 longest = 0;
            QElapsedTimer clock;
            clock.start();
            m_chat->add(ChatRole::Model, text);
            do {
                longest = qMax(longest, clock.restart());
                QApplication::processEvents();
                m_view->repaint();
            } while (m_view->isBusy());
            return qMax(longest, clock.elapsed());
        };
        // Generous for a loaded machine; the benchmark states the figures.
        QVERIFY(longestStall(huge) < 2000);
        QVERIFY(longestStall(QString(1'000'000, u'x')) < 2000);
        QVERIFY(longestStall(QStringLiteral("```\n") + QString(1'000'000, u'y')) < 2000);
    }

private:
    std::unique_ptr<FakeChat> m_chat;
    std::unique_ptr<ChatView> m_view;
};

QTEST_MAIN(ChatViewTest)
#include "chat_view_test.moc"
