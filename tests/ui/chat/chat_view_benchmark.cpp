#include "fake_chat.h"

#include "view/chat/chat_view.h"
#include "view/theme/theme.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>

using namespace hearth::ui;

namespace {

const auto kReply = QStringLiteral(
    "## A section\n\nSome **bold** text with `code` and a longer run of words that wraps over more "
    "than one line of the column, as replies do.\n\n- one\n- two with *emphasis*\n\n"
    "```python\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n```\n\n");

} // namespace

/// Figures on standard output; fails only where a figure is far beyond its target, since the
/// machine may be busy with other things.
class ChatViewBenchmark : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setReducedMotion(true);
    }

    void streamsIntoALongChat() {
        FakeChat chat;
        for (int i = 0; i < 500; ++i)
            chat.add(i % 2 ? ChatRole::Model : ChatRole::Person,
                     i % 2 ? kReply : QStringLiteral("A question of some words, number %1").arg(i));
        ChatView view;
        view.resize(1000, 800);
        QElapsedTimer opening;
        opening.start();
        view.setSource(&chat);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.repaint();
        const double openMs = static_cast<double>(opening.nsecsElapsed()) / 1e6;
        chat.add(ChatRole::Model, QString(), MessageState::Streaming);
        const QString reply = kReply.repeated(6);
        std::vector<double> updates;
        for (qsizetype at = 0; at < reply.size(); at += 6) {
            chat.append(500, reply.mid(at, 6));
            QTest::qSleep(16); // The frame's own pause, so that only work is measured below.
            QElapsedTimer clock;
            clock.start();
            QApplication::processEvents();
            view.repaint();
            updates.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        }
        report("streamed update, parse + layout + paint", updates);
        qInfo("open a chat of 500 messages: %.1f ms", openMs);
    }

    void stallsOfHugeMessages() {
        QString huge;
        while (huge.size() < 10 * 1024 * 1024)
            huge += kReply;
        stall("10 MB message", huge);
        stall("line of a million characters", QString(1'000'000, u'x'));
        stall("code line of a million characters",
              QStringLiteral("```cpp\n") + QString(1'000'000, u'y'));
    }

private:
    static void report(const char* what, std::vector<double> values) {
        std::sort(values.begin(), values.end());
        const auto at = [&](double share) {
            return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
        };
        qInfo("%s: p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, max %.2f ms", what, at(0.5), at(0.95),
              at(0.99), at(1.0));
        QVERIFY(at(0.95) < 160);
    }

    static void stall(const char* what, const QString& text) {
        FakeChat chat;
        ChatView view;
        view.resize(1000, 800);
        view.setSource(&chat);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        double longest = 0;
        QElapsedTimer whole;
        whole.start();
        QElapsedTimer clock;
        clock.start();
        chat.add(ChatRole::Model, text);
        view.repaint();
        longest = static_cast<double>(clock.nsecsElapsed()) / 1e6;
        while (view.isBusy()) {
            QTest::qSleep(17); // The frame's own pause, so that only work is measured below.
            clock.restart();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
            longest = std::max(longest, static_cast<double>(clock.nsecsElapsed()) / 1e6);
        }
        qInfo("%s: longest stall %.1f ms, whole %.0f ms", what, longest,
              static_cast<double>(whole.nsecsElapsed()) / 1e6);
        QVERIFY(longest < 1000);
    }
};

QTEST_MAIN(ChatViewBenchmark)
#include "chat_view_benchmark.moc"
