#include "text/tiktoken_tokenizer.h"

#include "formats/mapped_file.h"
#include "text/base64.h"
#include "text/bpe_tables.h"
#include "text/byte_level.h"
#include "text/json_fields.h"
#include "text/pipeline_tokenizer.h"
#include "text/tiktoken_specials.h"

#include <charconv>
#include <unordered_set>
#include <utility>
#include <vector>

namespace hearth {

namespace {

using json_fields::corrupt;

constexpr std::string_view kKimiPattern =
    R"(\p{Han}+)"
    R"(|[^\r\n\p{L}\p{N}]?(?:(?!\p{Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])*)"
    R"((?:(?!\p{Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}])+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?(?:(?!\p{Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])+)"
    R"((?:(?!\p{Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}])*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct RankedToken {
    std::string text; ///< In GPT-2's alphabet.
    std::int64_t rank = 0;
};

// The first line; removes it and its end from `rest`.
std::string_view takeLine(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

Result<RankedToken> parseLine(std::string_view line, std::size_t number) {
    const std::string where = "line " + std::to_string(number);
    const std::size_t space = line.find(' ');
    const auto bytes = base64Bytes(line.substr(0, std::min(space, line.size())));
    if (!bytes || bytes->empty())
        return corrupt(where, "its token is not base64");
    const std::string_view digits = space == std::string_view::npos ? "" : line.substr(space + 1);
    RankedToken token{byte_level::textOf(*bytes), 0};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.rank);
    if (error != std::errc() || end != digits.data() + digits.size() || token.rank < 0)
        return corrupt(where, "its rank is not a number");
    return token;
}

Result<std::vector<RankedToken>> parseLines(std::string_view bytes) {
    std::vector<RankedToken> tokens;
    for (std::size_t number = 1; !bytes.empty(); ++number) {
        const std::string_view line = takeLine(bytes);
        if (line.empty())
            continue;
        HEARTH_TRY_ASSIGN(RankedToken token, parseLine(line, number));
        tokens.push_back(std::move(token));
    }
    std::unordered_set<std::string_view> texts;
    std::unordered_set<std::int64_t> ranks;
    for (const RankedToken& token : tokens) {
        if (!texts.insert(token.text).second)
            return corrupt("token \"" + token.text + "\"", "given twice");
        if (!ranks.insert(token.rank).second)
            return corrupt("rank " + std::to_string(token.rank), "given twice");
    }
    return tokens;
}

Result<PreTokenizer> preTokenizer(TiktokenFamily family) {
    std::vector<PreTokenizer::Step> steps;
    if (family == TiktokenFamily::Kimi) {
        HEARTH_TRY_ASSIGN(Regex words, Regex::compile(kKimiPattern));
        steps.emplace_back(PreTokenizer::Split{std::move(words), SplitBehavior::Isolated, false});
    } else {
        steps.emplace_back(PreTokenizer::Words{
            family == TiktokenFamily::Qwen ? WordPattern::Qwen2 : WordPattern::Llama3});
    }
    return PreTokenizer(std::move(steps));
}

Normalizer normalizer(TiktokenFamily family) {
    std::vector<Normalizer::Step> steps;
    if (family == TiktokenFamily::Qwen) // Its own code composes the text before tiktoken sees it.
        steps.emplace_back(Normalizer::Form::Nfc);
    return Normalizer(std::move(steps));
}

Result<std::unique_ptr<Tokenizer>> build(std::string_view bytes, TiktokenFamily family,
                                         const TokenizerFolder& folder) {
    HEARTH_TRY_ASSIGN(const std::vector<RankedToken> ranked, parseLines(bytes));
    std::int64_t next = 0;
    for (const RankedToken& token : ranked)
        next = std::max(next, token.rank + 1);
    HEARTH_TRY_ASSIGN(std::vector<AddedToken> added, tiktokenSpecials(family, folder, next));
    std::vector<Vocabulary::Entry> entries;
    entries.reserve(ranked.size() + added.size());
    for (const RankedToken& token : ranked)
        entries.push_back({token.text, token.rank});
    for (const AddedToken& token : added)
        entries.push_back({token.content, token.id});
    HEARTH_TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::create(entries));
    std::vector<bool> special(vocabulary.size());
    for (const AddedToken& token : added)
        special[static_cast<std::size_t>(token.id)] = token.special;
    HEARTH_TRY_ASSIGN(BpeTables tables, bpeTables(RankSource{vocabulary, ranked.size(), special}));

    SpecialTokens tokens;
    HEARTH_TRY(readSpecialTokens(folder, vocabulary, tokens));
    addKnownEndTokens(tokens, vocabulary, special);
    std::vector<std::int32_t> prefix = tiktokenPrefix(family, vocabulary);
    if (!tokens.bos && !prefix.empty())
        tokens.bos = prefix.front();
    TokenizerParts parts{std::move(vocabulary), std::move(added),   Decoder({Decoder::ByteLevel{}}),
                         std::move(tokens),     std::move(special), std::move(prefix),
                         {},                    {}};
    HEARTH_TRY_ASSIGN(PreTokenizer words, preTokenizer(family));
    return PipelineTokenizer::create(std::move(parts), normalizer(family), std::move(words),
                                     BpeModel(std::move(tables)));
}

} // namespace

bool looksLikeTiktoken(std::string_view bytes) {
    return !bytes.empty() && parseLine(takeLine(bytes), 1).has_value();
}

TiktokenFamily tiktokenFamily(const std::filesystem::path& path, const TokenizerFolder& folder) {
    const nlohmann::json& name = json_fields::member(folder.tokenizerConfig, "tokenizer_class");
    const std::string kind = name.is_string() ? name.get<std::string>() : std::string();
    if (kind.starts_with("QWen") || path.filename() == "qwen.tiktoken")
        return TiktokenFamily::Qwen;
    if (kind.starts_with("ChatGLM"))
        return TiktokenFamily::ChatGlm4;
    if (kind == "TikTokenTokenizer" || path.filename() == "tiktoken.model")
        return TiktokenFamily::Kimi;
    return TiktokenFamily::Llama3;
}

Result<std::unique_ptr<Tokenizer>> tiktokenTokenizer(std::string_view bytes, TiktokenFamily family,
                                                     const TokenizerFolder& folder,
                                                     const std::string& source) {
    auto tokenizer = build(bytes, family, folder);
    if (!tokenizer && tokenizer.error().path.empty())
        tokenizer.error().path = source;
    return tokenizer;
}

Result<std::unique_ptr<Tokenizer>> readTiktoken(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    HEARTH_TRY_ASSIGN(const TokenizerFolder folder, TokenizerFolder::read(path.parent_path()));
    const auto bytes = file.bytes();
    return tiktokenTokenizer(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
        tiktokenFamily(path, folder), folder, path.string());
}

} // namespace hearth
