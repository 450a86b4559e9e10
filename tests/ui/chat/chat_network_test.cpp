#include "view_harness.h"

#include <QFile>
#include <QHelpEvent>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUdpSocket>

using namespace hearth::ui;

/// Messages that would like to be fetched, and a server on this machine that waits for them.
class ChatNetworkTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { ViewHarness::install(); }

    void fault_082_zero_packets() {
        QTcpServer server;
        QUdpSocket datagrams;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QVERIFY(datagrams.bind(QHostAddress::LocalHost, server.serverPort()));
        const QString address =
            QStringLiteral("http://127.0.0.1:%1/picture.png").arg(server.serverPort());
        ViewHarness harness;
        harness.chat().add(
            ChatRole::Model,
            QStringLiteral(
                "![a cat](%1)\n\n[![badge](%1)](%1)\n\n<img src=\"%1\">\n\n"
                "<link rel=preload href=\"%1\">\n\n![][ref]\n\n[ref]: %1\n\n%1\n\n"
                "$\\includegraphics{%1}$\n\n| ![x](%1) |\n|---|\n| <script src=\"%1\"> |\n")
                .arg(address));
        harness.chat().add(ChatRole::Person, QStringLiteral("![p](%1) <img src=%1>").arg(address));
        QVERIFY(harness.settle());
        QSignalSpy links(&harness.view(), &ChatView::linkActivated);
        // Every place is hovered over, asked for its tip and clicked.
        for (int y = 4; y < ViewHarness::kSize.height(); y += 8) {
            const QPoint point(harness.left() + 30, y);
            QTest::mouseMove(harness.viewport(), point);
            QHelpEvent event(QEvent::ToolTip, point, harness.viewport()->mapToGlobal(point));
            QApplication::sendEvent(harness.viewport(), &event);
            QTest::mouseClick(harness.viewport(), Qt::LeftButton, {}, point);
        }
        harness.view().selectAll();
        harness.view().copySelection();
        harness.view().grab();
        QVERIFY(links.count() > 0); // Clicks are told of, no more.
        QVERIFY(!server.waitForNewConnection(500));
        QVERIFY(!server.hasPendingConnections());
        QVERIFY(!datagrams.hasPendingDatagrams());
        // The server would have heard of one.
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, server.serverPort());
        QVERIFY(server.waitForNewConnection(5000));
    }

    /// An image is its text and its address.
    void showsImagesAsLinks() {
        ViewHarness harness;
        harness.chat().add(ChatRole::Model,
                           QStringLiteral("![a cat](https://example.org/cat.png) "
                                          "![x](data:image/png;base64,AAAA) ![y](file:///etc/p)"));
        QVERIFY(harness.settle());
        harness.view().selectAll();
        QCOMPARE(harness.view().selectedText(),
                 QStringLiteral("Image: a cat (https://example.org/cat.png) Image: x Image: y"));
    }
};

QTEST_MAIN(ChatNetworkTest)
#include "chat_network_test.moc"
