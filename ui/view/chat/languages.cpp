#include "view/chat/languages.h"

#include <QStringList>

namespace hearth::ui {
namespace {

QSet<QString> words(const char* list) {
    const QStringList split = QString::fromLatin1(list).split(u' ', Qt::SkipEmptyParts);
    return {split.begin(), split.end()};
}

Language cFamily() {
    return {
        .title = "C++",
        .names = "c++ cpp cc cxx hpp hxx h c cuda cu",
        .keywords =
            "alignas alignof asm auto break case catch class co_await co_return co_yield concept "
            "const consteval constexpr constinit const_cast continue default delete do "
            "dynamic_cast else enum explicit export extern final for friend goto if inline "
            "mutable namespace new noexcept operator override private protected public register "
            "reinterpret_cast requires return sizeof static static_assert static_cast struct "
            "switch template this thread_local throw try typedef typeid typename union using "
            "virtual volatile while true false nullptr NULL",
        .types = "bool char char8_t char16_t char32_t double float int long short signed unsigned "
                 "void wchar_t size_t ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t "
                 "uint32_t uint64_t string string_view vector map set pair tuple optional variant "
                 "unique_ptr shared_ptr array span",
        .lineComment = "//",
        .blockOpen = "/*",
        .blockClose = "*/",
        .hasDirectives = true};
}

Language python() {
    return {
        .title = "Python",
        .names = "python py python3 pycon",
        .keywords = "and as assert async await break case class continue def del elif else except "
                    "finally for from global if import in is lambda match nonlocal not or pass "
                    "raise return try while with yield True False None self cls",
        .types = "int float str bool bytes list dict set tuple object type range enumerate zip map "
                 "filter len print open super isinstance sum min max sorted Exception ValueError "
                 "TypeError KeyError Optional Any Iterable",
        .lineComment = "#",
        .longQuotes = "\"\"\" '''"};
}

Language javaScript() {
    return {
        .title = "JavaScript",
        .names = "javascript js jsx mjs node",
        .keywords = "async await break case catch class const continue debugger default delete do "
                    "else export extends finally for from function get if import in instanceof let "
                    "new of return set static super switch this throw try typeof var void while "
                    "with yield true false null undefined NaN",
        .types = "Array Boolean Date Error JSON Map Math Number Object Promise RegExp Set String "
                 "Symbol console document window",
        .lineComment = "//",
        .blockOpen = "/*",
        .blockClose = "*/",
        .longQuotes = "`"};
}

Language typeScript() {
    Language language = javaScript();
    language.title = "TypeScript";
    language.names = "typescript ts tsx";
    language.keywords =
        "abstract any as async await break case catch class const continue declare default delete "
        "do "
        "else enum export extends finally for from function get if implements import in infer "
        "instanceof interface is keyof let namespace new of private protected public readonly "
        "return "
        "satisfies set static super switch this throw try type typeof var void while yield true "
        "false "
        "null undefined";
    language.types =
        "string number boolean object never unknown bigint symbol Array Date Error Map "
        "Promise Record Partial Set Readonly console";
    return language;
}

Language rust() {
    return {
        .title = "Rust",
        .names = "rust rs",
        .keywords = "as async await break const continue crate dyn else enum extern fn for if impl "
                    "in let loop match mod move mut pub ref return self Self static struct super "
                    "trait type unsafe use where while true false",
        .types = "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize String "
                 "Vec Option Result Some None Ok Err Box Rc Arc HashMap HashSet",
        .lineComment = "//",
        .blockOpen = "/*",
        .blockClose = "*/",
        .quotes = "\""};
}

Language goLanguage() {
    return {.title = "Go",
            .names = "go golang",
            .keywords =
                "break case chan const continue default defer else fallthrough for func go goto "
                "if import interface map package range return select struct switch type var "
                "true false nil iota",
            .types =
                "bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 "
                "rune string uint uint8 uint16 uint32 uint64 uintptr any make len cap append new",
            .lineComment = "//",
            .blockOpen = "/*",
            .blockClose = "*/",
            .longQuotes = "`"};
}

Language java() {
    return {
        .title = "Java",
        .names = "java kotlin kt csharp cs c#",
        .keywords =
            "abstract assert break case catch class const continue default do else enum extends "
            "final finally for goto if implements import instanceof interface native new package "
            "private protected public record return sealed static super switch synchronized this "
            "throw throws transient try var volatile while true false null fun val when override "
            "using namespace foreach in is as async await string",
        .types = "boolean byte char double float int long short void String Integer Long Double "
                 "Object List Map Set ArrayList HashMap Optional System",
        .lineComment = "//",
        .blockOpen = "/*",
        .blockClose = "*/",
        .longQuotes = "\"\"\""};
}

Language bash() {
    return {.title = "Bash",
            .names = "bash sh shell zsh console shell-session terminal",
            .keywords =
                "case do done elif else esac export fi for function if in local readonly return "
                "select set shift source then unset until while",
            .types =
                "alias apt awk cat cd chmod chown cp curl cut docker echo eval exec exit find git "
                "grep head kill ls make mkdir mv npm pip printf pwd python python3 read rm sed "
                "sort ssh sudo tail tar tee test touch tr wget xargs",
            .lineComment = "#",
            .hasVariables = true,
            .hasDashes = true};
}

Language json() {
    return {.title = "JSON",
            .names = "json jsonc json5 jsonl",
            .keywords = "true false null",
            .lineComment = "//",
            .quotes = "\"",
            .hasKeys = true};
}

Language sql() {
    return {
        .title = "SQL",
        .names = "sql sqlite postgres postgresql mysql",
        .keywords =
            "add all alter and as asc begin between by case check column commit constraint create "
            "cross default delete desc distinct drop else end except exists explain foreign from "
            "full group having if in index inner insert intersect into is join key left like limit "
            "not null offset on or order outer over partition primary references returning right "
            "rollback select set table then transaction trigger true false union unique update "
            "using values view when where window with",
        .types = "bigint blob boolean char date decimal double float int integer json numeric real "
                 "serial smallint text time timestamp uuid varchar avg count max min sum coalesce",
        .lineComment = "--",
        .blockOpen = "/*",
        .blockClose = "*/",
        .ignoresCase = true};
}

Language css() {
    return {.title = "CSS",
            .names = "css scss less",
            .keywords = "important inherit initial unset auto none media import supports keyframes",
            .blockOpen = "/*",
            .blockClose = "*/",
            .hasVariables = true,
            .hasKeys = true,
            .hasDashes = true};
}

std::vector<Language> build() {
    std::vector<Language> all{cFamily(), python(), javaScript(), typeScript(), rust(), goLanguage(),
                              java(),    bash(),   json(),       sql(),        css()};
    all.push_back({.title = "HTML",
                   .names = "html xml svg xhtml htm vue",
                   .grammar = Language::Grammar::Markup,
                   .blockOpen = "<!--",
                   .blockClose = "-->"});
    all.push_back({.title = "YAML",
                   .names = "yaml yml toml ini",
                   .grammar = Language::Grammar::Yaml,
                   .keywords = "true false null yes no on off",
                   .lineComment = "#"});
    all.push_back({.title = "Diff", .names = "diff patch", .grammar = Language::Grammar::Diff});
    all.push_back(
        {.title = "Markdown", .names = "markdown md", .grammar = Language::Grammar::Markdown});
    for (Language& language : all) {
        language.keywordSet = words(language.keywords);
        language.typeSet = words(language.types);
    }
    return all;
}

} // namespace

const std::vector<Language>& languages() {
    static const std::vector<Language> all = build();
    return all;
}

} // namespace hearth::ui
