#include "view/chat/math_layout.h"
#include "view/chat/math_paint.h"
#include "view/chat/math_parser.h"
#include "view/chat/math_scan.h"
#include "view/theme/theme.h"

#include <QElapsedTimer>
#include <QPainter>
#include <QRandomGenerator>
#include <QTest>

using namespace hearth::ui;

namespace {

using Kind = MathNode::Kind;

constexpr qreal kEm = 20;

MathNode parsed(const char* source) {
    const auto node = parseMath(QString::fromUtf8(source));
    return node ? *node : MathNode();
}

MathPicture set(const char* source, bool display = false, qreal width = 1e9) {
    const auto node = parseMath(QString::fromUtf8(source));
    return node ? layOutMath(*node, kEm, display, width) : MathPicture();
}

/// Place of the n-th glyph.
QPointF place(const MathPicture& picture, std::size_t index) {
    return index < picture.glyphs.size() ? picture.glyphs[index].position : QPointF(-1e9, -1e9);
}

QRect ink(const MathPicture& picture) {
    QImage image(600, 400, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    paintMath(painter, picture, {100, 200}, Qt::black);
    painter.end();
    QRect rect;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (qGray(image.pixel(x, y)) < 128)
                rect = rect.united(QRect(x - 100, y - 200, 1, 1));
    return rect;
}

QStringList formulasOf(const QString& text) {
    QStringList found;
    const MathScan scan(text);
    for (qsizetype i = 0; i + 1 < scan.text().size(); ++i)
        if (scan.text().at(i).isHighSurrogate())
            if (const TypedFormula* formula = scan.formulaAt(
                    QChar::surrogateToUcs4(scan.text().at(i), scan.text().at(i + 1))))
                found.append((formula->display ? QStringLiteral("D:") : QString()) +
                             formula->source);
    return found;
}

} // namespace

class MathTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }

    void readsStructure() {
        const MathNode fraction = parsed("\\frac{a}{b+1}");
        QCOMPARE(fraction.children.size(), std::size_t(1));
        QCOMPARE(fraction.children[0].kind, Kind::Fraction);
        QCOMPARE(fraction.children[0].children[1].children.size(), std::size_t(3));
        const MathNode scripts = parsed("x_i^{2}").children[0];
        QCOMPARE(scripts.kind, Kind::Scripts);
        QCOMPARE(scripts.children[1].children[0].text, QStringLiteral("i"));
        QCOMPARE(scripts.children[2].children.size(), std::size_t(1));
        QCOMPARE(parsed("\\sqrt[3]{x}").children[0].children.size(), std::size_t(2));
        const MathNode sum = parsed("\\sum_{i=1}^n i").children[0];
        QVERIFY(sum.children[0].large && sum.children[0].limits);
        QVERIFY(!parsed("\\int_0^1").children[0].children[0].limits);
        const MathNode matrix = parsed("\\begin{pmatrix}1&2\\\\3&4\\\\5&6\\end{pmatrix}");
        QCOMPARE(matrix.children[0].kind, Kind::Fenced);
        QCOMPARE(matrix.children[0].left, QStringLiteral("("));
        QCOMPARE(matrix.children[0].children[0].rowLength, 2);
        QCOMPARE(matrix.children[0].children[0].children.size(), std::size_t(6));
        const MathNode fenced = parsed("\\left\\langle a \\middle| b \\right.").children[0];
        QCOMPARE(fenced.left, QStringLiteral("⟨"));
        QCOMPARE(fenced.middles.size(), std::size_t(1));
        QVERIFY(fenced.right.isEmpty());
        QCOMPARE(parsed("\\text{if } x").children[0].text, QStringLiteral("if "));
        QCOMPARE(parsed("\\mathbf{x}").children[0].children[0].face, MathFace::Bold);
        QCOMPARE(parsed("\\alpha").children[0].text, QStringLiteral("α"));
        QCOMPARE(parsed("\\not\\in").children[0].text, QStringLiteral("∉"));
    }

    /// What models write; each is drawn.
    void readsTheSubset_data() {
        QTest::addColumn<QString>("source");
        for (const char* source : {"e^{i\\pi}+1=0",
                                   "\\nabla \\cdot \\mathbf{E} = \\frac{\\rho}{\\varepsilon_0}",
                                   "\\lim_{h\\to 0}\\frac{f(x+h)-f(x)}{h}",
                                   "\\oint_C \\vec{F}\\cdot d\\vec{r}",
                                   "P(A\\mid B)=\\frac{P(B\\mid A)P(A)}{P(B)}",
                                   "\\binom{n}{k}=\\frac{n!}{k!(n-k)!}",
                                   "f'(x), f''(x), y'_1",
                                   "\\bigcup_{i\\in I} A_i \\setminus \\bigl( B \\bigr)",
                                   "\\begin{cases}1&x>0\\\\0&\\text{else}\\end{cases}",
                                   "\\begin{aligned}a&=b\\\\&=c\\end{aligned}",
                                   "a &= b \\\\ &= c",
                                   "\\begin{array}{c|cc}1&2&3\\\\\\hline 4&5&6\\end{array}",
                                   "\\operatorname*{arg\\,max}_x",
                                   "\\operatorname{softmax}(z)_i",
                                   "\\overset{!}{=} \\underset{x}{\\min}",
                                   "\\xrightarrow[n\\to\\infty]{d}",
                                   "a \\equiv b \\pmod{n}",
                                   "\\hbar\\omega, \\ell, \\Re(z)",
                                   "{}^{14}_{6}\\mathrm{C}",
                                   "\\left.\\frac{dy}{dx}\\right|_{x=0}",
                                   "\\dfrac12 \\tfrac{1}{2}",
                                   "\\mathbb{E}[X] \\quad \\mathcal{O}(n\\log n) \\; \\mathfrak{g}",
                                   "\\sqrt{\\frac{\\displaystyle a}{b}} \\, \\boxed{x=1} \\tag{3}",
                                   "x \\in \\{1, 2, \\ldots, n\\}",
                                   "50\\%"})
            QTest::newRow(source) << QString::fromUtf8(source);
    }
    void readsTheSubset() {
        QFETCH(QString, source);
        const auto node = parseMath(source);
        QVERIFY(node);
        const MathPicture picture = layOutMath(*node, kEm, true);
        QVERIFY(picture.width > 0);
        QVERIFY(!picture.glyphs.empty() || source.isEmpty());
        for (const MathPicture::Glyph& glyph : picture.glyphs)
            QVERIFY(glyph.index != 0);
        // The ink keeps to the box, give or take a pixel of antialiasing.
        const QRect drawn = ink(picture);
        QVERIFY2(drawn.top() >= -picture.ascent - 2, qPrintable(source));
        QVERIFY2(drawn.bottom() <= picture.descent + 2, qPrintable(source));
        QVERIFY2(drawn.right() <= picture.width + 3, qPrintable(source));
    }

    void leavesTheRestRaw() {
        for (const char* source : {"\\begin{tikzcd}a\\end{tikzcd}",
                                   "\\unknown",
                                   "\\frac{a}",
                                   "{a",
                                   "a}",
                                   "\\left( a",
                                   "x^",
                                   "x_1_2",
                                   "\\def\\x{1}",
                                   "\\begin{matrix}a\\end{cases}",
                                   "\\sqrt[3",
                                   "",
                                   "  ",
                                   "\\",
                                   "#1",
                                   "\\text{\\x}",
                                   "\\not{ab}",
                                   "\\href{javascript:x}{y}",
                                   "\\includegraphics{x}",
                                   "\\input{/etc/passwd}"})
            QVERIFY2(!parseMath(QString::fromUtf8(source)), source);
    }

    void isLimitedInDepthAndSize() {
        QElapsedTimer clock;
        clock.start();
        for (const QString& source :
             {QStringLiteral("{").repeated(1900) + QStringLiteral("}").repeated(1900),
              QStringLiteral("\\frac").repeated(700), QStringLiteral("\\sqrt").repeated(700),
              QStringLiteral("x^{").repeated(900) + QStringLiteral("}").repeated(900),
              QStringLiteral("\\hat").repeated(900), QStringLiteral("\\left(").repeated(600),
              QStringLiteral("\\begin{matrix}").repeated(250), QStringLiteral("&").repeated(3900),
              QString(4001, u'x'), QStringLiteral("\\sqrt[").repeated(600)})
            QVERIFY2(!parseMath(source), qPrintable(source.left(20)));
        // The largest that is read is set in moderate time, too.
        const QString deep =
            QStringLiteral("\\frac{1}{").repeated(20) + u'x' + QStringLiteral("}").repeated(20);
        const QString wide = QStringLiteral("x_1^2+").repeated(480) + u'x';
        for (const QString& source : {deep, wide}) {
            const auto node = parseMath(source);
            QVERIFY2(node, qPrintable(source.left(20)));
            QVERIFY(layOutMath(*node, kEm, true, 700).width > 0);
        }
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
    }

    void survivesAnything() {
        static const QStringList kPieces{QStringLiteral("\\frac"),
                                         QStringLiteral("{"),
                                         QStringLiteral("}"),
                                         QStringLiteral("^"),
                                         QStringLiteral("_"),
                                         QStringLiteral("\\left("),
                                         QStringLiteral("\\right)"),
                                         QStringLiteral("&"),
                                         QStringLiteral("\\\\"),
                                         QStringLiteral("\\sqrt"),
                                         QStringLiteral("["),
                                         QStringLiteral("]"),
                                         QStringLiteral("x"),
                                         QStringLiteral("\\sum"),
                                         QStringLiteral("\\begin{cases}"),
                                         QStringLiteral("\\end{cases}"),
                                         QStringLiteral("'"),
                                         QStringLiteral("\\limits"),
                                         QStringLiteral("\\text{"),
                                         QStringLiteral("\\big"),
                                         QStringLiteral("𝒳"),
                                         QStringLiteral("\\hline"),
                                         QStringLiteral("\\middle|")};
        QRandomGenerator random(11);
        int read = 0;
        for (int round = 0; round < 20'000; ++round) {
            QString source;
            for (int i = random.bounded(1, 14); i > 0; --i)
                source += kPieces.at(random.bounded(static_cast<int>(kPieces.size())));
            const auto node = parseMath(source);
            read += node ? 1 : 0;
            if (node && round % 8 == 0)
                QVERIFY(qIsFinite(layOutMath(*node, kEm, round % 16 == 0, 200).width));
        }
        QVERIFY(read > 100);
    }

    void placesWhatItSets() {
        // A fraction stands around the axis, its numerator above its denominator.
        const MathPicture fraction = set("\\frac{a}{b}", true);
        QCOMPARE(fraction.rules.size(), std::size_t(1));
        const QRectF bar = fraction.rules[0];
        QVERIFY(bar.top() < 0 && bar.bottom() > -kEm * 0.5);
        QVERIFY(place(fraction, 0).y() < bar.top());
        QVERIFY(place(fraction, 1).y() > bar.bottom());
        QVERIFY(fraction.ascent > kEm * 0.8 && fraction.descent > kEm * 0.4);
        // In a line of text it is smaller.
        QVERIFY(set("\\frac{a}{b}").ascent < fraction.ascent);
        // Scripts are smaller, above and below.
        const MathPicture scripts = set("x_i^n");
        QVERIFY(place(scripts, 1).y() > 0);
        QVERIFY(place(scripts, 2).y() < 0);
        QVERIFY(scripts.glyphs[1].font.pixelSize() < 0.8 * scripts.glyphs[0].font.pixelSize());
        // Limits: above and below in display style, at the side in a line.
        const MathPicture sum = set("\\sum_{i}^{n}", true);
        QVERIFY(place(sum, 2).x() < sum.width / 2 + kEm * 0.3);
        QVERIFY(place(sum, 2).y() > kEm * 0.6);
        QVERIFY(place(set("\\sum_{i}^{n}"), 1).x() > kEm * 0.5);
        // Fences grow with what they hold.
        const MathPicture small = set("\\left(x\\right)", true);
        const MathPicture tall = set("\\left(\\frac{\\frac{a}{b}}{c}\\right)", true);
        QVERIFY(small.strokes.empty());
        QCOMPARE(tall.strokes.size(), std::size_t(2));
        const QRectF paren = tall.strokes[0].path.boundingRect();
        QVERIFY(paren.height() > 0.85 * (tall.ascent + tall.descent));
        // A root covers its content.
        const MathPicture root = set("\\sqrt{x+y}", true);
        QVERIFY(root.strokes[0].path.boundingRect().right() >= place(root, 2).x() + kEm * 0.3);
        // Rows of a matrix stand around the axis, columns side by side.
        const MathPicture matrix = set("\\begin{matrix}a&b\\\\c&d\\end{matrix}", true);
        QVERIFY(place(matrix, 0).y() < 0 && place(matrix, 2).y() > 0);
        QVERIFY(qAbs(place(matrix, 0).y() - place(matrix, 1).y()) < 0.01);
        QVERIFY(place(matrix, 1).x() - place(matrix, 0).x() > kEm);
        QVERIFY(qAbs(matrix.ascent - matrix.descent) < kEm);
        // Signs of relation keep more room than signs that join, those more than letters.
        const qreal letters = set("ab").width;
        QVERIFY(set("a+b").width - set("+").width - letters > kEm * 0.3);
        QVERIFY(set("a=b").width - set("=").width > set("a+b").width - set("+").width);
        QVERIFY(set("-b").width < set("a-b").width - set("a").width - kEm * 0.3);
    }

    void alignsEquationsAtTheirSigns() {
        const MathPicture picture = set("aaaa &= b \\\\ c &= d", true);
        qreal first = -1;
        qreal second = -2;
        for (const MathPicture::Glyph& glyph : picture.glyphs)
            if (glyph.index == picture.glyphs[4].index)
                (glyph.position.y() < 0 ? first : second) = glyph.position.x();
        QVERIFY(qAbs(first - second) < 0.01);
    }

    void breaksAndShrinksWhatIsTooWide() {
        const char* wide = "a+b+c+d+e+f+g+h+i+j+k+l = m+n+o+p+q+r+s+t+u+v";
        const MathPicture whole = set(wide, true);
        const MathPicture broken = set(wide, true, whole.width * 0.6);
        QVERIFY(broken.width <= whole.width * 0.6 + 0.01);
        QVERIFY(broken.ascent + broken.descent > 1.8 * (whole.ascent + whole.descent));
        const MathPicture shrunk = set("xxxxxxxxxxxxxxxxxxxx", false, 150);
        QVERIFY(shrunk.width <= 150);
        QVERIFY(shrunk.glyphs[0].font.pixelSize() >= kEm * kMathSmallest - 0.1);
    }

    void findsFormulasInText() {
        const auto found = [](const char* text) { return formulasOf(QString::fromUtf8(text)); };
        QCOMPARE(found("a $x$ b \\(y\\) c"),
                 (QStringList{QStringLiteral("x"), QStringLiteral("y")}));
        QCOMPARE(found("$$z$$ and \\[ w \\]"),
                 (QStringList{QStringLiteral("D:z"), QStringLiteral("D:w")}));
        QCOMPARE(found("设$x$为正数，$y$为负数"),
                 (QStringList{QStringLiteral("x"), QStringLiteral("y")}));
        QCOMPARE(found("**$a_1$** and _$b_2$_"),
                 (QStringList{QStringLiteral("a_1"), QStringLiteral("b_2")}));
        QCOMPARE(found("| $|x|$ | $y$ |"),
                 (QStringList{QStringLiteral("|x|"), QStringLiteral("y")}));
        QCOMPARE(found("\\begin{align}a&=b\\end{align} and \\begin{verse}x\\end{verse}"),
                 (QStringList{QStringLiteral("D:\\begin{align}a&=b\\end{align}")}));
        for (const char* money : {"It costs $5 and $10.",
                                  "between $5 and 10$ each",
                                  "US$5, then $6 or $7.50",
                                  "$5-$10",
                                  "a $ b $ c",
                                  "$100 million and $200 million",
                                  "from $1,000 to $2,000 a year",
                                  "| $5 | $6 |\n| $7 | $8 |",
                                  "$HOME and $PATH",
                                  "echo $1 $2",
                                  "\\$x\\$",
                                  "`$x$`",
                                  "``$x$ ` $y$``",
                                  "```\n$x$\n```",
                                  "~~~\n$$x$$\n~~~",
                                  "$$ $$",
                                  "\\( \\)",
                                  "$x",
                                  "$x\n\ny$",
                                  "\\\\(x\\\\)"})
            QVERIFY2(found(money).isEmpty(), money);
    }

    void givesBackWhatItTook() {
        const QString text = QString::fromUtf8("a $x$ \U000F0000 \\[y\\] `$z$` $5 end\\\\$q$");
        const MathScan scan(text);
        QCOMPARE(scan.restored(scan.text()), text);
        QVERIFY(scan.text() != text);
    }

    void scansInLinearTime() {
        QElapsedTimer clock;
        clock.start();
        for (const QString& text :
             {QStringLiteral("$").repeated(200'000), QStringLiteral("$a ").repeated(100'000),
              QStringLiteral("\\(").repeated(100'000), QStringLiteral("\\[").repeated(100'000),
              QStringLiteral("$$x").repeated(66'000), QStringLiteral("`a``b```").repeated(20'000),
              QStringLiteral("$x$").repeated(66'000),
              QStringLiteral("\\begin{align}").repeated(14'000)})
            QVERIFY(MathScan(text).text().size() <= text.size());
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString::number(clock.elapsed())));
    }

    void paintsInTheGivenColour() {
        QImage image(120, 60, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        paintMath(painter, set("\\frac{x}{2}", true), {30, 35}, QColor(200, 0, 0));
        painter.end();
        int red = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) {
                const QColor pixel = image.pixelColor(x, y);
                QVERIFY(pixel.green() == pixel.blue());
                red += pixel.green() < 100 ? 1 : 0;
            }
        QVERIFY(red > 20);
    }
};

QTEST_MAIN(MathTest)
#include "math_test.moc"
