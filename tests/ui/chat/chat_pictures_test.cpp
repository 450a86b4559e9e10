#include "demo_conversation.h"

#include "view/chat/chat_view.h"
#include "view/theme/theme.h"

#include <QScrollBar>
#include <QTest>

using namespace hearth::ui;

/// Draws a conversation of every kind of block in both themes, wide and narrow. Into the folder
/// HEARTH_PICTURES where that is set; QT_SCALE_FACTOR gives the scale.
class ChatPicturesTest : public QObject {
    Q_OBJECT

private:
    static bool keep(const QImage& image) {
        const QByteArray folder = qgetenv("HEARTH_PICTURES");
        return folder.isEmpty() || image.save(QStringLiteral("%1/chat-%2@%3.png")
                                                  .arg(QString::fromLocal8Bit(folder),
                                                       QString::fromLatin1(QTest::currentDataTag()))
                                                  .arg(qApp->devicePixelRatio()));
    }

private slots:
    void initTestCase() {
        Theme::install(*qApp);
        Theme::current().setReducedMotion(true);
    }

    void drawsEveryKindOfBlock_data() {
        QTest::addColumn<ThemeMode>("mode");
        QTest::addColumn<int>("width");
        for (const int width : {900, 420}) {
            QTest::addRow("light-%d", width) << ThemeMode::Light << width;
            QTest::addRow("dark-%d", width) << ThemeMode::Dark << width;
        }
    }

    void drawsEveryKindOfBlock() {
        QFETCH(ThemeMode, mode);
        QFETCH(int, width);
        Theme::current().setMode(mode);
        FakeChat chat;
        demo::fill(chat);
        ChatView view;
        view.resize(width, 700);
        view.setSource(&chat);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QTRY_VERIFY(!view.isBusy());
        // As tall as what it holds, so that one picture shows all.
        for (int i = 0; i < 4; ++i) {
            view.resize(width, view.height() + view.verticalScrollBar()->maximum());
            QTRY_VERIFY(!view.isBusy());
        }
        QCOMPARE(view.verticalScrollBar()->maximum(), 0);
        view.find(QStringLiteral("sort"));
        QTRY_VERIFY(!view.isBusy());
        const QImage image = view.grab().toImage();
        QCOMPARE(image.pixelColor(2, 2), Theme::current().tokens().canvas);
        // Nothing is drawn beyond the column's margins.
        const int edge = 6 * qRound(image.devicePixelRatio());
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < edge; ++x)
                QCOMPARE(image.pixelColor(x, y), Theme::current().tokens().canvas);
        QVERIFY(keep(image));
    }

    void drawsWhatIsChosen_data() {
        QTest::addColumn<ThemeMode>("mode");
        QTest::addRow("chosen-light") << ThemeMode::Light;
        QTest::addRow("chosen-dark") << ThemeMode::Dark;
    }

    void drawsWhatIsChosen() {
        QFETCH(ThemeMode, mode);
        Theme::current().setMode(mode);
        FakeChat chat;
        demo::fill(chat);
        ChatView view;
        view.resize(900, 700);
        view.setSource(&chat);
        view.show();
        QVERIFY(QTest::qWaitForWindowActive(&view));
        view.setFocus();
        QTRY_VERIFY(!view.isBusy());
        const QColor accent = Theme::current().tokens().accent;
        const auto ringed = [&] {
            const QImage image = view.grab().toImage();
            int found = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    found += image.pixelColor(x, y) == accent ? 1 : 0;
            return found;
        };
        const int bare = ringed();
        QTest::keyClick(&view, Qt::Key_Up, Qt::ControlModifier);
        QVERIFY(ringed() > bare + 500);
        for (int i = 0; i < 3; ++i)
            QTest::keyClick(&view, Qt::Key_Right);
        QVERIFY(ringed() > bare + 50);
        view.selectAll();
        QVERIFY(keep(view.grab().toImage()));
    }
};

QTEST_MAIN(ChatPicturesTest)
#include "chat_pictures_test.moc"
