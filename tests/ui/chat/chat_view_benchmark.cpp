#include "fake_chat.h"

#include "view/chat/chat_view.h"
#include "view/theme/theme.h"

#include <QElapsedTimer>
#include <QScrollBar>
#include <QTest>

#include <algorithm>

using namespace hearth::ui;

namespace {

constexpr QSize kWindow(1440, 900);
constexpr int kTokensPerSecond = 200;
constexpr int kFrame = 16;
/// The targets are 16 ms a frame and 100 ms a stall; a machine that tests a dozen things at once
/// gets this many times as long.
constexpr double kMercy = 6.0;

const auto kReply = QStringLiteral(
    "## A section\n\nSome **bold** text with `code` and a longer run of words that wraps over more "
    "than one line of the column, as replies do, and $\\frac{a}{b} = c_i$.\n\n- one\n- two with "
    "*emphasis*\n\n```python\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - "
    "2)\n```\n\n");

double milliseconds(const QElapsedTimer& clock) {
    return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

} // namespace

/// Figures at 1440 × 900 and scale 2.0 on standard output.
class ChatViewBenchmark : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setReducedMotion(true);
        QCOMPARE(qApp->devicePixelRatio(), 2.0);
    }

    void streamsIntoALongChat() {
        FakeChat chat;
        for (int i = 0; i < 500; ++i)
            chat.add(i % 2 ? ChatRole::Model : ChatRole::Person,
                     i % 2 ? kReply : QStringLiteral("A question of some words, number %1").arg(i));
        ChatView view;
        view.resize(kWindow);
        QElapsedTimer opening;
        opening.start();
        view.setSource(&chat);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.repaint();
        const double openMs = milliseconds(opening);
        chat.add(ChatRole::Model, QString(), MessageState::Streaming);
        const QString reply = kReply.repeated(6);
        std::vector<double> updates;
        // A token is four characters; what comes within a frame comes together.
        constexpr int kPiece = 4 * kTokensPerSecond * kFrame / 1000;
        for (qsizetype at = 0; at < reply.size(); at += kPiece) {
            chat.append(500, reply.mid(at, kPiece));
            QTest::qSleep(kFrame); // The frame's own pause, so that only work is measured below.
            QElapsedTimer clock;
            clock.start();
            QApplication::processEvents();
            view.repaint();
            updates.push_back(milliseconds(clock));
        }
        report("200 tok/s into 500 messages, parse + layout + whole paint", updates);
        qInfo("open a chat of 500 messages: %.1f ms", openMs);
    }

    void scrollsThroughALongChat() {
        FakeChat chat;
        for (int i = 0; i < 500; ++i)
            chat.add(i % 2 ? ChatRole::Model : ChatRole::Person, kReply);
        ChatView view;
        view.resize(kWindow);
        view.setSource(&chat);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        std::vector<double> frames;
        for (int i = 0; i < 200; ++i) {
            QElapsedTimer clock;
            clock.start();
            view.verticalScrollBar()->setValue(view.verticalScrollBar()->value() - 120);
            view.repaint();
            frames.push_back(milliseconds(clock));
        }
        report("scroll by 120 pixels", frames);
    }

    void stallsOfHugeMessages() {
        QString huge;
        while (huge.size() < 10 * 1024 * 1024)
            huge += kReply;
        QString nested;
        for (int i = 0; i < 4000; ++i)
            nested += QString(2 * i, u' ') + QStringLiteral("- item\n");
        stall("10 MB message", huge);
        stall("line of a million characters", QString(1'000'000, u'x'));
        stall("line of a million Chinese characters", QString(1'000'000, QChar(0x4E2D)));
        stall("code line of a million characters",
              QStringLiteral("```cpp\n") + QString(1'000'000, u'y'));
        stall("lists nested 4,000 deep", nested);
        stall("quotes nested 100,000 deep", QString(100'000, u'>'));
        stall("a million dollar signs", QString(1'000'000, u'$'));
    }

private:
    static void report(const char* what, std::vector<double> values) {
        std::sort(values.begin(), values.end());
        const auto at = [&](double share) {
            return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
        };
        qInfo("%s: p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, max %.2f ms", what, at(0.5), at(0.95),
              at(0.99), at(1.0));
        QVERIFY(at(0.95) < kMercy * 16);
    }

    static void stall(const char* what, const QString& text) {
        FakeChat chat;
        ChatView view;
        view.resize(kWindow);
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
        longest = milliseconds(clock);
        while (view.isBusy()) {
            QTest::qSleep(kFrame + 1);
            clock.restart();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
            longest = std::max(longest, milliseconds(clock));
        }
        qInfo("%s: longest stall %.1f ms, whole %.0f ms", what, longest, milliseconds(whole));
        QVERIFY(longest < kMercy * 100);
    }
};

int main(int count, char** arguments) {
    qputenv("QT_SCALE_FACTOR", "2");
    QApplication application(count, arguments);
    ChatViewBenchmark benchmark;
    return QTest::qExec(&benchmark, count, arguments);
}

#include "chat_view_benchmark.moc"
