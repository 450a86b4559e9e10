#include "view/chat/markdown_document.h"
#include "view/chat/markdown_parser.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

using namespace hearth::ui;

namespace {

BlockList parsed(const QString& text,
                 MarkdownScanner::Mode mode = MarkdownScanner::Mode::Markdown) {
    MarkdownDocument document(mode);
    document.append(text);
    document.advanceAll();
    return document.blocks();
}

const auto kRich =
    QStringLiteral("<think>\nFirst *weigh* it.\n\n```\nraw\n```\n</think>\n"
                   "# Title with `code`\nA paragraph with **bold**, *italic*, ~~gone~~ and "
                   "[a link](https://example.org/a?b=c).\nSecond line 中文 🔥.\n\n"
                   "Setext\n======\n\n"
                   "1. one\n2. two\n   - nested\n\n   ```cpp\n   int main() { return 0; }\n\n   // "
                   "more\n   ```\n\n"
                   "3. three\n\n- [x] done\n- [ ] open\n\n"
                   "> quoted\n> > deeper\n\n"
                   "| a | b |\n|:--|--:|\n| 1 | `x|y` |\n| $|z|$ | **3** |\n\n---\n\n"
                   "Inline $x_1^2$ and \\(y\\), $5 and $6.\n$$\na\n- b\n# c\n$$\n"
                   "\\[ d \\]\nText $$e$$ text\n\n$$\nnever\n\nclosed $x$\n\n"
                   "```python\nx = \"\"\"long\nstring\"\"\"\n```\nafter &amp; &#x41; <b>html</b>\n"
                   "~~~\nnever closed\n");

} // namespace

class MarkdownTest : public QObject {
    Q_OBJECT

private slots:
    void readsBlocks() {
        const BlockList blocks =
            parsed(QStringLiteral("# One\ntext\n\n- a\n- b\n\n> q\n\n---\n\n```cpp\nint "
                                  "x;\n```\n\n| h | i |\n|---|--:|\n| 1 | 2 |\n"));
        QCOMPARE(blocks.size(), std::size_t(8));
        QCOMPARE(blocks[0].kind, Block::Kind::Heading);
        QCOMPARE(blocks[0].text, QStringLiteral("One"));
        QCOMPARE(blocks[0].level, 1);
        QCOMPARE(blocks[1].text, QStringLiteral("text"));
        QCOMPARE(blocks[2].marker, QStringLiteral("•"));
        QCOMPARE(blocks[3].text, QStringLiteral("b"));
        QVERIFY(blocks[3].tight);
        QCOMPARE(blocks[4].quoteDepth, 1);
        QCOMPARE(blocks[5].kind, Block::Kind::Rule);
        QCOMPARE(blocks[6].kind, Block::Kind::Code);
        QCOMPARE(blocks[6].text, QStringLiteral("int x;"));
        QCOMPARE(blocks[6].language, QStringLiteral("cpp"));
        QCOMPARE(blocks[7].kind, Block::Kind::Table);
        QCOMPARE(blocks[7].text, QStringLiteral("h\ti\n1\t2"));
        QCOMPARE(blocks[7].columns, 2);
        QCOMPARE(blocks[7].alignments[1], CellAlignment::Right);
    }

    void readsSpans() {
        const BlockList blocks =
            parsed(QStringLiteral("a **b *c*** `d` ~~e~~ [f](https://g.h) &lt;&#65;"));
        QCOMPARE(blocks.size(), std::size_t(1));
        QCOMPARE(blocks[0].text, QStringLiteral("a b c d e f <A"));
        const std::vector<Span>& spans = blocks[0].spans;
        QCOMPARE(spans.size(), std::size_t(5));
        QCOMPARE(spans[0], (Span{2, 2, Span::Bold, -1}));
        QCOMPARE(spans[1], (Span{4, 1, Span::Bold | Span::Italic, -1}));
        QCOMPARE(spans[2], (Span{6, 1, Span::Code, -1}));
        QCOMPARE(spans[3], (Span{8, 1, Span::Strike, -1}));
        QCOMPARE(spans[4], (Span{10, 1, Span::Link, 0}));
        QCOMPARE(blocks[0].links, QStringList{QStringLiteral("https://g.h")});
    }

    void keepsNumbersOfLooseLists() {
        const BlockList blocks = parsed(QStringLiteral("3. a\n\n4. b\n\n   more\n\n5. c\n"));
        QCOMPARE(blocks.size(), std::size_t(4));
        QCOMPARE(blocks[0].marker, QStringLiteral("3."));
        QCOMPARE(blocks[1].marker, QStringLiteral("4."));
        QCOMPARE(blocks[2].marker, QString());
        QCOMPARE(blocks[2].listDepth, 1);
        QCOMPARE(blocks[3].marker, QStringLiteral("5."));
    }

    void keepsCodeInsideListItems() {
        const BlockList blocks =
            parsed(QStringLiteral("1. run:\n\n   ```bash\n   ls\n\n   pwd\n   ```\n\n2. done\n"));
        QCOMPARE(blocks.size(), std::size_t(3));
        QCOMPARE(blocks[1].kind, Block::Kind::Code);
        QCOMPARE(blocks[1].text, QStringLiteral("ls\n\npwd"));
        QCOMPARE(blocks[1].listDepth, 1);
        QCOMPARE(blocks[2].marker, QStringLiteral("2."));
    }

    void setsFormulasApart() {
        BlockList blocks = parsed(QStringLiteral("Let $a_1*b*c$ and \\(x\\) be **$y$**."));
        QCOMPARE(blocks.size(), std::size_t(1));
        QCOMPARE(blocks[0].text, QStringLiteral("Let \uFFFC and \uFFFC be \uFFFC."));
        QCOMPARE(blocks[0].formulas.size(), std::size_t(3));
        QCOMPARE(blocks[0].formulas[0],
                 (Formula{4, QStringLiteral("a_1*b*c"), QStringLiteral("$a_1*b*c$"), false}));
        QCOMPARE(blocks[0].formulas[2].position, 15);
        blocks = parsed(QStringLiteral("Before\n$$\nx\n- y\n$$\nbetween $$z$$ after"));
        QCOMPARE(blocks.size(), std::size_t(5));
        QCOMPARE(blocks[0].text, QStringLiteral("Before"));
        QCOMPARE(blocks[1].kind, Block::Kind::Formula);
        QCOMPARE(blocks[1].formulas[0].source, QStringLiteral("x\n- y"));
        QCOMPARE(blocks[2].text, QStringLiteral("between"));
        QCOMPARE(blocks[3].kind, Block::Kind::Formula);
        QCOMPARE(blocks[4].text, QStringLiteral("after"));
        blocks =
            parsed(QStringLiteral("\\begin{align*}\na &= b \\\\\n- c &= d\n\\end{align*}\nend"));
        QCOMPARE(blocks.size(), std::size_t(2));
        QCOMPARE(blocks[0].kind, Block::Kind::Formula);
        // While its end is still to come, a formula is shown as it is typed.
        blocks = parsed(QStringLiteral("$$\na_1*b*\n- c"));
        QCOMPARE(blocks.size(), std::size_t(1));
        QCOMPARE(blocks[0].text, QStringLiteral("$$\na_1*b*\n- c"));
        // What is not read stays as it was typed, as code is.
        blocks = parsed(QStringLiteral("raw $\\unknown{x}$ and `$y$` and $5 and $10"));
        QCOMPARE(blocks[0].text, QStringLiteral("raw $\\unknown{x}$ and $y$ and $5 and $10"));
        QVERIFY(blocks[0].formulas.empty());
        QCOMPARE(blocks[0].spans[0].styles, std::uint8_t(Span::Code));
        blocks = parsed(QStringLiteral("```tex\n$x$\n```\n[a](https://e.org/$x$y) $$\n\nb $$"));
        QCOMPARE(blocks[0].text, QStringLiteral("$x$"));
        QCOMPARE(blocks[1].links, QStringList{QStringLiteral("https://e.org/$x$y")});
        QCOMPARE(blocks[2].text, QStringLiteral("b $$"));
        blocks = parsed(QStringLiteral("| a |\n|---|\n| $|x|$ |"));
        QCOMPARE(blocks[0].text, QStringLiteral("a\n\uFFFC"));
        blocks = parsed(QStringLiteral("- $x$\n- $$\n  y\n  $$\n"));
        QCOMPARE(blocks.size(), std::size_t(2));
        QCOMPARE(blocks[1].kind, Block::Kind::Formula);
        QCOMPARE(blocks[1].marker, QStringLiteral("•"));
        QVERIFY(parsed(QStringLiteral("$x$"), MarkdownScanner::Mode::Plain)[0].formulas.empty());
    }

    void foldsThoughts() {
        BlockList blocks = parsed(QStringLiteral("<think>hm</think>\n\nYes."));
        QCOMPARE(blocks.size(), std::size_t(3));
        QCOMPARE(blocks[0].kind, Block::Kind::Thought);
        QVERIFY(!blocks[0].thoughtOpen);
        QVERIFY(blocks[1].thinking);
        QVERIFY(!blocks[2].thinking);
        blocks = parsed(QStringLiteral("<think>\nstill"));
        QVERIFY(blocks[0].thoughtOpen);
        QVERIFY(parsed(QStringLiteral("<thi")).empty());
        blocks = parsed(QStringLiteral("say <think>"));
        QCOMPARE(blocks[0].text, QStringLiteral("say <think>"));
    }

    void keepsPlainTextAsTyped() {
        const BlockList blocks =
            parsed(QStringLiteral("# not *a* heading\nx < y\n\n```c\nint a;\n```\nend"),
                   MarkdownScanner::Mode::Plain);
        QCOMPARE(blocks.size(), std::size_t(3));
        QCOMPARE(blocks[0].text, QStringLiteral("# not *a* heading\nx < y"));
        QVERIFY(blocks[0].spans.empty());
        QCOMPARE(blocks[1].kind, Block::Kind::Code);
    }

    /// However a text arrives, its blocks are those of the whole text; and what is shown in
    /// between is what the text so far gives at once.
    void streamingEqualsOneShotAtEverySplit() {
        const BlockList whole = parsed(kRich);
        QVERIFY(whole.size() > 15);
        for (qsizetype split = 0; split <= kRich.size(); ++split) {
            MarkdownDocument document(MarkdownScanner::Mode::Markdown);
            document.append(QStringView(kRich).left(split));
            document.advanceAll();
            QVERIFY2(document.blocks() == parsed(kRich.left(split)), qPrintable(kRich.left(split)));
            document.append(QStringView(kRich).mid(split));
            document.advanceAll();
            QVERIFY2(document.blocks() == whole, qPrintable(kRich.left(split)));
        }
    }

    void streamingEqualsOneShotInRandomPieces() {
        QRandomGenerator random(7);
        const QString text = kRich.repeated(4) + QString(20'000, u'x') + u'\n' + kRich;
        const BlockList whole = parsed(text);
        for (int round = 0; round < 20; ++round) {
            MarkdownDocument document(MarkdownScanner::Mode::Markdown);
            for (qsizetype at = 0; at < text.size();) {
                const qsizetype piece = 1 + random.bounded(round < 4 ? 40 : 3000);
                document.append(QStringView(text).mid(at, piece));
                document.advance(1 + random.bounded(4000));
                at += piece;
            }
            document.advanceAll();
            QVERIFY(document.blocks() == whole);
        }
    }

    void reportsTheFirstChangedBlock() {
        MarkdownDocument document(MarkdownScanner::Mode::Markdown);
        document.append(u"a\n\nb\n\nc");
        document.advanceAll();
        document.takeFirstChanged();
        document.append(u"d");
        document.advanceAll();
        QCOMPARE(document.takeFirstChanged(), std::size_t(2));
        QCOMPARE(document.blocks().size(), std::size_t(3));
    }

    void fault_081_html_is_inert() {
        const QString bomb = QStringLiteral("<img src=\"data:image/png;base64,%1\" width=99999999 "
                                            "onerror=alert(1)><script>x</script>")
                                 .arg(QString(100'000, u'A'));
        for (const Block& block : parsed(bomb)) {
            QVERIFY(block.links.isEmpty());
            QVERIFY(block.text.size() <= MarkdownDocument::kLineLimit);
        }
        const BlockList blocks = parsed(QStringLiteral("a <b>x</b>\n\n<div>\n\nend"));
        QCOMPARE(blocks[0].text, QStringLiteral("a <b>x</b>"));
        QCOMPARE(blocks[1].text, QStringLiteral("<div>"));
    }

    void fault_082_remote_image() {
        const BlockList blocks =
            parsed(QStringLiteral("![a cat](http://127.0.0.1:1/cat.png) ![](file:///etc/passwd)"));
        QCOMPARE(blocks.size(), std::size_t(1));
        QVERIFY(blocks[0].text.contains(QStringLiteral("a cat")));
        QCOMPARE(blocks[0].links, QStringList{QStringLiteral("http://127.0.0.1:1/cat.png")});
    }

    void fault_083_links() {
        for (const char* url :
             {"file:///etc/passwd", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x",
              "vbscript:x", "//host/share", "relative.html", "ftp://h/x", "smb://h/x"}) {
            QVERIFY2(!isSafeLink(QString::fromLatin1(url)), url);
            const BlockList blocks =
                parsed(QStringLiteral("[click](<%1>)").arg(QLatin1String(url)));
            QVERIFY2(blocks[0].links.isEmpty() && blocks[0].spans.empty(), url);
        }
        for (const char* url : {"https://example.org/", "HTTP://EXAMPLE.ORG", "mailto:a@b.c"})
            QVERIFY2(isSafeLink(QString::fromLatin1(url)), url);
    }

    void fault_084_deep_nesting_stays_linear() {
        QElapsedTimer clock;
        clock.start();
        for (const QString& text :
             {QString(200'000, u'>'), QString(200'000, u'['), QString(200'000, u'*'),
              QStringLiteral("- ").repeated(100'000), QString(200'000, u'`'),
              QStringLiteral("![](").repeated(50'000), QStringLiteral("$x").repeated(100'000),
              QStringLiteral("\\[").repeated(100'000), QStringLiteral("$$\n").repeated(60'000)}) {
            for (const Block& block : parsed(text)) {
                QVERIFY(block.text.size() <= 2 * MarkdownDocument::kLineLimit);
                QVERIFY(block.listDepth <= 8 && block.quoteDepth <= 8);
            }
        }
        QVERIFY2(clock.elapsed() < 20'000, qPrintable(QString::number(clock.elapsed())));
    }

    void fault_085_controls_in_text_and_code() {
        const BlockList blocks = parsed(
            QStringLiteral("a\u202Eb\u001B[31m\n\n```sh\nrm \u2066x\u001B]0;t\u0007\n```\n"));
        QCOMPARE(blocks[0].text, QStringLiteral("ab\u241B[31m"));
        QCOMPARE(blocks[1].text, QStringLiteral("rm x\u241B]0;t\u2407"));
    }
};

QTEST_GUILESS_MAIN(MarkdownTest)
#include "markdown_test.moc"
