#pragma once

#include <QString>
#include <QStringView>

#include <vector>

namespace hearth::ui {

/// A formula in a text.
struct TypedFormula {
    QString source; ///< Between its delimiters.
    QString typed;  ///< With them.
    bool display = false;
};

/// Takes the formulas out of a piece of Markdown, so that nothing else is read into them: $…$,
/// \(…\),
/// $$…$$, \[…\], \begin{align}…\end{align}. Each is replaced by one character of Unicode's last
/// private planes that counts as a letter; characters that were there before are kept the same way.
/// Code is left alone, and so are sums of money ("$5 and $10"). Linear in the text.
class MathScan {
public:
    explicit MathScan(QStringView source);

    const QString& text() const { return m_text; }
    /// Of a character of text(); nullptr where it stands for itself.
    const TypedFormula* formulaAt(char32_t character) const;
    /// A part of text() as it was typed.
    QString restored(const QString& part) const;
    bool isEmpty() const { return m_formulas.empty(); }

private:
    bool takeFormula(QStringView source, qsizetype& at);
    bool takeDollars(QStringView source, qsizetype& at);
    bool takeEnvironment(QStringView source, qsizetype& at);
    bool takeBackslash(QStringView source, qsizetype& at);
    void takeCode(QStringView source, qsizetype& at);
    void put(QStringView source, QStringView typed, bool display);

    QString m_text;
    std::vector<TypedFormula> m_formulas;
    bool m_inTable = false;
    qsizetype m_noParen = -1; ///< From here on no \) follows; -1: not known.
    qsizetype m_noBracket = -1;
    qsizetype m_noDollars = -1;
    quint32 m_noBackticks = 0; ///< Bit n: no run of n backticks follows.
};

/// What ends the display formula that a line begins; empty: it begins none, or one that ends in the
/// same line with text after it.
struct DisplayFence {
    QString close;
    bool ended = false; ///< In the same line.
};
DisplayFence displayFenceOf(QStringView line);

} // namespace hearth::ui
