#include "view/chat/math_symbols.h"

#include <QHash>

namespace hearth::ui {
namespace {

using C = MathClass;

struct Entry {
    const char* name;
    char32_t character;
    MathClass cls;
};

constexpr Entry kSymbols[] = {
    {"alpha", U'α', C::Ordinary},
    {"beta", U'β', C::Ordinary},
    {"gamma", U'γ', C::Ordinary},
    {"delta", U'δ', C::Ordinary},
    {"epsilon", U'ϵ', C::Ordinary},
    {"varepsilon", U'ε', C::Ordinary},
    {"zeta", U'ζ', C::Ordinary},
    {"eta", U'η', C::Ordinary},
    {"theta", U'θ', C::Ordinary},
    {"vartheta", U'ϑ', C::Ordinary},
    {"iota", U'ι', C::Ordinary},
    {"kappa", U'κ', C::Ordinary},
    {"lambda", U'λ', C::Ordinary},
    {"mu", U'μ', C::Ordinary},
    {"nu", U'ν', C::Ordinary},
    {"xi", U'ξ', C::Ordinary},
    {"omicron", U'ο', C::Ordinary},
    {"pi", U'π', C::Ordinary},
    {"varpi", U'ϖ', C::Ordinary},
    {"rho", U'ρ', C::Ordinary},
    {"varrho", U'ϱ', C::Ordinary},
    {"sigma", U'σ', C::Ordinary},
    {"varsigma", U'ς', C::Ordinary},
    {"tau", U'τ', C::Ordinary},
    {"upsilon", U'υ', C::Ordinary},
    {"phi", U'ϕ', C::Ordinary},
    {"varphi", U'φ', C::Ordinary},
    {"chi", U'χ', C::Ordinary},
    {"psi", U'ψ', C::Ordinary},
    {"omega", U'ω', C::Ordinary},
    {"Gamma", U'Γ', C::Ordinary},
    {"Delta", U'Δ', C::Ordinary},
    {"Theta", U'Θ', C::Ordinary},
    {"Lambda", U'Λ', C::Ordinary},
    {"Xi", U'Ξ', C::Ordinary},
    {"Pi", U'Π', C::Ordinary},
    {"Sigma", U'Σ', C::Ordinary},
    {"Upsilon", U'Υ', C::Ordinary},
    {"Phi", U'Φ', C::Ordinary},
    {"Psi", U'Ψ', C::Ordinary},
    {"Omega", U'Ω', C::Ordinary},
    {"infty", U'∞', C::Ordinary},
    {"partial", U'∂', C::Ordinary},
    {"nabla", U'∇', C::Ordinary},
    {"hbar", U'ℏ', C::Ordinary},
    {"ell", U'ℓ', C::Ordinary},
    {"Re", U'ℜ', C::Ordinary},
    {"Im", U'ℑ', C::Ordinary},
    {"aleph", U'ℵ', C::Ordinary},
    {"wp", U'℘', C::Ordinary},
    {"imath", U'ı', C::Ordinary},
    {"jmath", U'ȷ', C::Ordinary},
    {"emptyset", U'∅', C::Ordinary},
    {"varnothing", U'∅', C::Ordinary},
    {"forall", U'∀', C::Ordinary},
    {"exists", U'∃', C::Ordinary},
    {"nexists", U'∄', C::Ordinary},
    {"neg", U'¬', C::Ordinary},
    {"lnot", U'¬', C::Ordinary},
    {"top", U'⊤', C::Ordinary},
    {"bot", U'⊥', C::Ordinary},
    {"angle", U'∠', C::Ordinary},
    {"triangle", U'△', C::Ordinary},
    {"square", U'□', C::Ordinary},
    {"blacksquare", U'■', C::Ordinary},
    {"Box", U'□', C::Ordinary},
    {"prime", U'′', C::Ordinary},
    {"degree", U'°', C::Ordinary},
    {"dagger", U'†', C::Binary},
    {"ddagger", U'‡', C::Binary},
    {"ldots", U'…', C::Inner},
    {"dots", U'…', C::Inner},
    {"dotsc", U'…', C::Inner},
    {"cdots", U'⋯', C::Inner},
    {"dotsb", U'⋯', C::Inner},
    {"vdots", U'⋮', C::Ordinary},
    {"ddots", U'⋱', C::Inner},
    {"%", U'%', C::Ordinary},
    {"#", U'#', C::Ordinary},
    {"&", U'&', C::Ordinary},
    {"$", U'$', C::Ordinary},
    {"_", U'_', C::Ordinary},
    {"{", U'{', C::Open},
    {"}", U'}', C::Close},
    {"lbrace", U'{', C::Open},
    {"rbrace", U'}', C::Close},
    {"langle", U'⟨', C::Open},
    {"rangle", U'⟩', C::Close},
    {"lfloor", U'⌊', C::Open},
    {"rfloor", U'⌋', C::Close},
    {"lceil", U'⌈', C::Open},
    {"rceil", U'⌉', C::Close},
    {"lvert", U'|', C::Open},
    {"rvert", U'|', C::Close},
    {"lVert", U'‖', C::Open},
    {"rVert", U'‖', C::Close},
    {"vert", U'|', C::Ordinary},
    {"Vert", U'‖', C::Ordinary},
    {"|", U'‖', C::Ordinary},
    {"lbrack", U'[', C::Open},
    {"rbrack", U']', C::Close},
    {"backslash", U'\\', C::Ordinary},
    {"setminus", U'∖', C::Binary},
    {"times", U'×', C::Binary},
    {"div", U'÷', C::Binary},
    {"pm", U'±', C::Binary},
    {"mp", U'∓', C::Binary},
    {"cdot", U'⋅', C::Binary},
    {"ast", U'∗', C::Binary},
    {"star", U'⋆', C::Binary},
    {"circ", U'∘', C::Binary},
    {"bullet", U'∙', C::Binary},
    {"oplus", U'⊕', C::Binary},
    {"ominus", U'⊖', C::Binary},
    {"otimes", U'⊗', C::Binary},
    {"odot", U'⊙', C::Binary},
    {"oslash", U'⊘', C::Binary},
    {"cap", U'∩', C::Binary},
    {"cup", U'∪', C::Binary},
    {"sqcap", U'⊓', C::Binary},
    {"sqcup", U'⊔', C::Binary},
    {"wedge", U'∧', C::Binary},
    {"land", U'∧', C::Binary},
    {"vee", U'∨', C::Binary},
    {"lor", U'∨', C::Binary},
    {"leq", U'≤', C::Relation},
    {"le", U'≤', C::Relation},
    {"leqslant", U'⩽', C::Relation},
    {"geq", U'≥', C::Relation},
    {"ge", U'≥', C::Relation},
    {"geqslant", U'⩾', C::Relation},
    {"lt", U'<', C::Relation},
    {"gt", U'>', C::Relation},
    {"ll", U'≪', C::Relation},
    {"gg", U'≫', C::Relation},
    {"neq", U'≠', C::Relation},
    {"ne", U'≠', C::Relation},
    {"equiv", U'≡', C::Relation},
    {"approx", U'≈', C::Relation},
    {"sim", U'∼', C::Relation},
    {"simeq", U'≃', C::Relation},
    {"cong", U'≅', C::Relation},
    {"propto", U'∝', C::Relation},
    {"doteq", U'≐', C::Relation},
    {"prec", U'≺', C::Relation},
    {"succ", U'≻', C::Relation},
    {"preceq", U'⪯', C::Relation},
    {"succeq", U'⪰', C::Relation},
    {"in", U'∈', C::Relation},
    {"notin", U'∉', C::Relation},
    {"ni", U'∋', C::Relation},
    {"subset", U'⊂', C::Relation},
    {"supset", U'⊃', C::Relation},
    {"subseteq", U'⊆', C::Relation},
    {"supseteq", U'⊇', C::Relation},
    {"subsetneq", U'⊊', C::Relation},
    {"sqsubseteq", U'⊑', C::Relation},
    {"mid", U'∣', C::Relation},
    {"nmid", U'∤', C::Relation},
    {"parallel", U'∥', C::Relation},
    {"perp", U'⊥', C::Relation},
    {"vdash", U'⊢', C::Relation},
    {"dashv", U'⊣', C::Relation},
    {"models", U'⊨', C::Relation},
    {"asymp", U'≍', C::Relation},
    {"coloneqq", U'≔', C::Relation},
    {"triangleq", U'≜', C::Relation},
    {"to", U'→', C::Relation},
    {"rightarrow", U'→', C::Relation},
    {"leftarrow", U'←', C::Relation},
    {"gets", U'←', C::Relation},
    {"leftrightarrow", U'↔', C::Relation},
    {"Rightarrow", U'⇒', C::Relation},
    {"Leftarrow", U'⇐', C::Relation},
    {"Leftrightarrow", U'⇔', C::Relation},
    {"implies", U'⟹', C::Relation},
    {"impliedby", U'⟸', C::Relation},
    {"iff", U'⟺', C::Relation},
    {"longrightarrow", U'⟶', C::Relation},
    {"longleftarrow", U'⟵', C::Relation},
    {"Longrightarrow", U'⟹', C::Relation},
    {"Longleftrightarrow", U'⟺', C::Relation},
    {"mapsto", U'↦', C::Relation},
    {"longmapsto", U'⟼', C::Relation},
    {"hookrightarrow", U'↪', C::Relation},
    {"hookleftarrow", U'↩', C::Relation},
    {"uparrow", U'↑', C::Relation},
    {"downarrow", U'↓', C::Relation},
    {"Uparrow", U'⇑', C::Relation},
    {"Downarrow", U'⇓', C::Relation},
    {"updownarrow", U'↕', C::Relation},
    {"nearrow", U'↗', C::Relation},
    {"searrow", U'↘', C::Relation},
    {"rightharpoonup", U'⇀', C::Relation},
    {"rightleftharpoons", U'⇌', C::Relation},
    {"therefore", U'∴', C::Relation},
    {"because", U'∵', C::Relation},
    {"colon", U':', C::Punctuation},
    {"checkmark", U'✓', C::Ordinary},
};

/// A table by name, made on first use.
template<class Value, class Entries, class Make>
const QHash<QString, Value>& tableOf(const Entries& entries, Make make) {
    static const QHash<QString, Value> table = [&] {
        QHash<QString, Value> built;
        for (const auto& entry : entries)
            built.insert(QString::fromLatin1(entry.name), make(entry));
        return built;
    }();
    return table;
}

template<class Value>
std::optional<Value> lookUp(const QHash<QString, Value>& table, QStringView name) {
    const auto found = table.constFind(name.toString());
    return found == table.constEnd() ? std::nullopt : std::optional<Value>(*found);
}

} // namespace

std::optional<MathSymbol> mathSymbol(QStringView command) {
    return lookUp(tableOf<MathSymbol>(kSymbols,
                                      [](const Entry& entry) {
                                          return MathSymbol{entry.character, entry.cls};
                                      }),
                  command);
}

MathSymbol typedSymbol(char32_t character) {
    switch (character) {
    case U'+':
    case U'*':
        return {character == U'*' ? U'∗' : character, C::Binary};
    case U'-':
        return {U'−', C::Binary};
    case U'=':
    case U'<':
    case U'>':
    case U':':
    case U'≤':
    case U'≥':
    case U'≠':
    case U'≈':
    case U'→':
    case U'∈':
        return {character, C::Relation};
    case U'×':
    case U'·':
    case U'±':
    case U'÷':
        return {character, C::Binary};
    case U'(':
    case U'[':
        return {character, C::Open};
    case U')':
    case U']':
    case U'!':
    case U'?':
        return {character, C::Close};
    case U',':
    case U';':
        return {character, C::Punctuation};
    case U'\'':
        return {U'′', C::Ordinary};
    default:
        return {character, C::Ordinary};
    }
}

std::optional<LargeOperator> largeOperator(QStringView command) {
    struct Large {
        const char* name;
        char32_t character;
        bool limits;
    };
    static constexpr Large kLarge[] = {
        {"sum", U'∑', true},      {"prod", U'∏', true},      {"coprod", U'∐', true},
        {"int", U'∫', false},     {"iint", U'∬', false},     {"iiint", U'∭', false},
        {"oint", U'∮', false},    {"bigcup", U'⋃', true},    {"bigcap", U'⋂', true},
        {"bigoplus", U'⨁', true}, {"bigotimes", U'⨂', true}, {"bigvee", U'⋁', true},
        {"bigwedge", U'⋀', true}, {"bigodot", U'⨀', true},   {"bigsqcup", U'⨆', true},
    };
    return lookUp(tableOf<LargeOperator>(kLarge,
                                         [](const Large& entry) {
                                             return LargeOperator{entry.character, entry.limits};
                                         }),
                  command);
}

std::optional<bool> namedFunction(QStringView command) {
    static const QHash<QString, bool> table = [] {
        QHash<QString, bool> built;
        for (const char* name :
             {"sin",  "cos",  "tan",  "cot",  "sec", "csc",  "arcsin", "arccos", "arctan",
              "sinh", "cosh", "tanh", "coth", "log", "ln",   "lg",     "exp",    "dim",
              "ker",  "hom",  "arg",  "deg",  "tr",  "rank", "erf"})
            built.insert(QString::fromLatin1(name), false);
        for (const char* name : {"lim", "limsup", "liminf", "max", "min", "sup", "inf", "det",
                                 "gcd", "Pr", "argmax", "argmin"})
            built.insert(QString::fromLatin1(name), true);
        return built;
    }();
    return lookUp(table, command);
}

std::optional<MathAccent> mathAccent(QStringView command) {
    static const QHash<QString, MathAccent> table{
        {QStringLiteral("hat"), {false, false}},
        {QStringLiteral("check"), {false, false}},
        {QStringLiteral("tilde"), {false, false}},
        {QStringLiteral("acute"), {false, false}},
        {QStringLiteral("grave"), {false, false}},
        {QStringLiteral("breve"), {false, false}},
        {QStringLiteral("bar"), {false, false}},
        {QStringLiteral("vec"), {false, false}},
        {QStringLiteral("dot"), {false, false}},
        {QStringLiteral("ddot"), {false, false}},
        {QStringLiteral("widehat"), {true, false}},
        {QStringLiteral("widetilde"), {true, false}},
        {QStringLiteral("overline"), {true, false}},
        {QStringLiteral("underline"), {true, true}},
        {QStringLiteral("overrightarrow"), {true, false}},
        {QStringLiteral("overleftarrow"), {true, false}},
        {QStringLiteral("overbrace"), {true, false}},
        {QStringLiteral("underbrace"), {true, true}},
    };
    return lookUp(table, command);
}

std::optional<double> mathSpace(QStringView command) {
    static const QHash<QString, double> table{
        {QStringLiteral(","), 3.0 / 18},
        {QStringLiteral(":"), 4.0 / 18},
        {QStringLiteral(">"), 4.0 / 18},
        {QStringLiteral(";"), 5.0 / 18},
        {QStringLiteral("!"), -3.0 / 18},
        {QStringLiteral(" "), 0.3},
        {QStringLiteral("quad"), 1.0},
        {QStringLiteral("qquad"), 2.0},
        {QStringLiteral("enspace"), 0.5},
        {QStringLiteral("thinspace"), 3.0 / 18},
        {QStringLiteral("medspace"), 4.0 / 18},
        {QStringLiteral("thickspace"), 5.0 / 18},
        {QStringLiteral("negthinspace"), -3.0 / 18},
    };
    return lookUp(table, command);
}

std::optional<QString> mathFence(QStringView token) {
    if (token == QLatin1String("."))
        return QString();
    if (token == QLatin1String("<"))
        return QStringLiteral("⟨");
    if (token == QLatin1String(">"))
        return QStringLiteral("⟩");
    static const QString kTyped = QStringLiteral("()[]|/");
    if (token.size() == 1 && kTyped.contains(token.front()))
        return token.toString();
    if (!token.startsWith(u'\\'))
        return std::nullopt;
    static const QString kKnown = QStringLiteral("{}⟨⟩⌊⌋⌈⌉|‖[]\\↑↓↕⇑⇓");
    const auto symbol = mathSymbol(token.mid(1));
    if (!symbol || symbol->character > 0xFFFF ||
        !kKnown.contains(QChar(static_cast<char16_t>(symbol->character))))
        return std::nullopt;
    return QString(QChar(static_cast<char16_t>(symbol->character)));
}

std::optional<char32_t> negated(char32_t character) {
    switch (character) {
    case U'=':
        return U'≠';
    case U'<':
        return U'≮';
    case U'>':
        return U'≯';
    case U'≤':
        return U'≰';
    case U'≥':
        return U'≱';
    case U'∈':
        return U'∉';
    case U'∋':
        return U'∌';
    case U'∼':
        return U'≁';
    case U'≈':
        return U'≉';
    case U'≡':
        return U'≢';
    case U'⊂':
        return U'⊄';
    case U'⊃':
        return U'⊅';
    case U'⊆':
        return U'⊈';
    case U'∣':
        return U'∤';
    case U'∥':
        return U'∦';
    case U'∃':
        return U'∄';
    case U'→':
        return U'↛';
    case U'⇒':
        return U'⇏';
    default:
        return std::nullopt;
    }
}

} // namespace hearth::ui
