#include "view/chat/highlighter.h"

#include <QElapsedTimer>
#include <QTest>

using namespace hearth::ui;

namespace {

QString kinds(const char* language, const QStringList& lines) {
    static const char kLetters[] = ".ktsnc@+-h";
    QString all;
    int state = kHighlightStart;
    for (const QString& line : lines) {
        std::vector<Token> tokens;
        state = highlightLine(findLanguage(QString::fromLatin1(language)), line, state, &tokens);
        QString row(line.size(), u'.');
        for (const Token& token : tokens)
            for (int i = token.start; i < token.start + token.length; ++i)
                row[i] = QLatin1Char(kLetters[static_cast<int>(token.kind)]);
        all += (all.isEmpty() ? QString() : QStringLiteral("\n")) + row;
    }
    return all;
}

} // namespace

class HighlighterTest : public QObject {
    Q_OBJECT

private slots:
    void colours_data() {
        QTest::addColumn<QStringList>("lines");
        QTest::addColumn<QString>("expected");
        QTest::newRow("cpp") << QStringList{"int f(1); // c", "#include \"a\""}
                             << QString("ttt.@.n...cccc\nkkkkkkkk.sss");
        QTest::newRow("cpp comment")
            << QStringList{"a /* b", "c */ if"} << QString("..cccc\ncccc.kk");
        QTest::newRow("python") << QStringList{"x = \"\"\"a", "b\"\"\" # c", "def f():"}
                                << QString("....ssss\nssss.ccc\nkkk.@...");
        QTest::newRow("js") << QStringList{"let a = `b", "c`;"} << QString("kkk.....ss\nss.");
        QTest::newRow("json") << QStringList{"\"k\": [\"v\", 1.5, true]"}
                              << QString("@@@...sss..nnn..kkkk.");
        QTest::newRow("bash") << QStringList{"if [ $A ]; then # x"}
                              << QString("kk...tt....kkkk.ccc");
        QTest::newRow("sql") << QStringList{"SELECT a -- b"} << QString("kkkkkk...cccc");
        QTest::newRow("html") << QStringList{"<a b=\"c\">d</a>"} << QString("kk.@.sssk.kkkk");
        QTest::newRow("yaml") << QStringList{"- key: 12", "on: true"}
                              << QString("..@@@..nn\n@@..kkkk");
        QTest::newRow("diff") << QStringList{"+a", "-b", " c"} << QString("++\n--\n..");
        QTest::newRow("markdown") << QStringList{"# h", "t"} << QString("hhh\n.");
        QTest::newRow("rust") << QStringList{"let x: u8 = 1;"} << QString("kkk....tt...n.");
        QTest::newRow("go") << QStringList{"func f() error"} << QString("kkkk.@...ttttt");
        QTest::newRow("java") << QStringList{"new String(\"a\")"} << QString("kkk.tttttt.sss.");
        QTest::newRow("css") << QStringList{"a { color: red; } /* x */"}
                             << QString("....@@@@@.........ccccccc");
    }

    void colours() {
        QFETCH(QStringList, lines);
        QFETCH(QString, expected);
        const QByteArray name = QByteArray(QTest::currentDataTag()).split(' ').first();
        QCOMPARE(kinds(name.constData(), lines), expected);
    }

    void knowsNames() {
        QCOMPARE(languageTitle(QStringLiteral("cpp")), QStringLiteral("C++"));
        QCOMPARE(languageTitle(QStringLiteral("py")), QStringLiteral("Python"));
        QCOMPARE(languageTitle(QStringLiteral("brainf")), QStringLiteral("brainf"));
        QVERIFY(!findLanguage(u"nothing"));
    }

    void fault_084_long_lines_are_linear() {
        QElapsedTimer clock;
        clock.start();
        for (const char* language : {"cpp", "python", "js", "html", "yaml", "bash"})
            for (const QString& line :
                 {QString(8000, u'"'), QString(8000, u'/'), QString(8000, u'<'),
                  QString(8000, u'a'), QString(8000, u'\'')})
                highlightLine(findLanguage(QString::fromLatin1(language)), line, kHighlightStart,
                              nullptr);
        QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
    }
};

QTEST_GUILESS_MAIN(HighlighterTest)
#include "highlighter_test.moc"
