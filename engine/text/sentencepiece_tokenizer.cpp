#include "text/sentencepiece_tokenizer.h"

#include "formats/mapped_file.h"
#include "text/json_fields.h"
#include "text/pipeline_tokenizer.h"
#include "text/sentencepiece_model.h"
#include "text/space_marker.h"
#include "text/tokenizer_base.h"

#include <utility>

namespace hearth {

namespace {

std::string withSpaces(std::string_view text) {
    std::string result(text);
    for (std::size_t at = 0; (at = result.find(kSpaceMarker, at)) != std::string::npos; ++at)
        result.replace(at, kSpaceMarker.size(), " ");
    return result;
}

class Builder {
public:
    Builder(std::string_view bytes, const TokenizerFolder& folder)
        : m_bytes(bytes)
        , m_folder(folder) {}

    Result<std::unique_ptr<Tokenizer>> build() {
        HEARTH_TRY_ASSIGN(m_model, SentencePieceModel::parse(m_bytes));
        HEARTH_TRY_ASSIGN(TokenizerParts parts, this->parts());
        using json_fields::unsupported;
        if (m_model.spaceAsSuffix)
            return unsupported("treat_whitespace_as_suffix", "true");
        if (!m_model.escapeSpaces)
            return unsupported("escape_whitespaces", "false");
        switch (m_model.kind) {
        case SentencePieceModel::Kind::Bpe:
            return bpe(std::move(parts));
        case SentencePieceModel::Kind::Unigram:
            return unigram(std::move(parts));
        default:
            return unsupported("model_type",
                               m_model.kind == SentencePieceModel::Kind::Word ? "WORD" : "CHAR");
        }
    }

private:
    Result<TokenizerParts> parts() {
        std::vector<Vocabulary::Entry> entries;
        std::vector<bool> special;
        std::vector<AddedToken> added;
        for (const SentencePieceModel::Piece& piece : m_model.pieces) {
            const auto id = static_cast<std::int32_t>(entries.size());
            entries.push_back({piece.text, id});
            special.push_back(piece.type == TokenType::Control ||
                              piece.type == TokenType::Unknown ||
                              (piece.type == TokenType::UserDefined && looksSpecial(piece.text)));
            if (piece.type != TokenType::Control && piece.type != TokenType::UserDefined)
                continue;
            AddedToken token;
            token.content = withSpaces(piece.text);
            token.id = id;
            token.special = special.back();
            added.push_back(std::move(token));
        }
        HEARTH_TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::create(entries));
        Decoder decoder({Decoder::SentencePiece{m_model.addDummyPrefix || m_model.removeExtraSpaces,
                                                m_model.removeExtraSpaces}});
        TokenizerParts result{std::move(vocabulary),
                              std::move(added),
                              std::move(decoder),
                              {},
                              std::move(special),
                              {},
                              {},
                              m_model.unknownSurface};
        HEARTH_TRY(addSpecialTokens(result));
        return result;
    }

    Result<void> addSpecialTokens(TokenizerParts& result) {
        SpecialTokens& tokens = result.specialTokens;
        const auto control = [&](std::string_view name) -> std::optional<std::int32_t> {
            const auto id = result.vocabulary.find(name);
            return id && piece(*id).type == TokenType::Control ? id : std::nullopt;
        };
        tokens.bos = control(m_model.bosPiece);
        tokens.pad = control(m_model.padPiece);
        if (const auto eos = control(m_model.eosPiece))
            tokens.eos.push_back(*eos);
        for (std::size_t id = 0; id < m_model.pieces.size(); ++id) {
            if (m_model.pieces[id].type == TokenType::Unknown)
                tokens.unk = static_cast<std::int32_t>(id);
        }
        HEARTH_TRY(readSpecialTokens(m_folder, result.vocabulary, tokens));
        addKnownEndTokens(tokens, result.vocabulary, result.special);

        const bool isBpe = m_model.kind == SentencePieceModel::Kind::Bpe;
        using json_fields::boolean;
        const nlohmann::json& config = m_folder.tokenizerConfig;
        HEARTH_TRY_ASSIGN(const bool addBos, boolean(config, "add_bos_token", isBpe && tokens.bos,
                                                     "tokenizer_config.json"));
        HEARTH_TRY_ASSIGN(const bool addEos,
                          boolean(config, "add_eos_token", !isBpe && !tokens.eos.empty(),
                                  "tokenizer_config.json"));
        if ((addBos && !tokens.bos) || (addEos && tokens.eos.empty()))
            return json_fields::corrupt(addBos && !tokens.bos ? "add_bos_token" : "add_eos_token",
                                        "the vocabulary has no such token");
        if (addBos)
            result.prefix.push_back(*tokens.bos);
        if (addEos)
            result.suffix.push_back(tokens.eos.front());
        return {};
    }

    [[nodiscard]] const SentencePieceModel::Piece& piece(std::int32_t id) const {
        return m_model.pieces[static_cast<std::size_t>(id)];
    }

    // By id. Markup counts as control here: only trusted text may give it.
    void collect(std::vector<TokenType>& types, std::vector<float>& scores) const {
        for (const SentencePieceModel::Piece& each : m_model.pieces) {
            const bool gated = each.type == TokenType::UserDefined &&
                               (looksSpecial(each.text) || isMarkup(each.text));
            types.push_back(gated ? TokenType::Control : each.type);
            scores.push_back(each.score);
        }
    }

    Normalizer normalizer() {
        std::vector<Normalizer::Step> steps;
        steps.emplace_back(
            Normalizer::SentencePiece{std::move(m_model.charactersMap), m_model.removeExtraSpaces});
        if (m_model.addDummyPrefix)
            steps.emplace_back(Normalizer::DummyPrefix{std::string(kSpaceMarker)});
        steps.emplace_back(Normalizer::Replace{" ", std::string(kSpaceMarker)});
        return Normalizer(std::move(steps));
    }

    Result<std::unique_ptr<Tokenizer>> bpe(TokenizerParts parts) {
        std::vector<TokenType> types;
        std::vector<float> scores;
        collect(types, scores);
        HEARTH_TRY_ASSIGN(BpeTables tables,
                          bpeTables(ScoreSource{parts.vocabulary, types, scores}));
        return PipelineTokenizer::create(std::move(parts), normalizer(), PreTokenizer(),
                                         BpeModel(std::move(tables)));
    }

    Result<std::unique_ptr<Tokenizer>> unigram(TokenizerParts parts) {
        std::vector<TokenType> types;
        std::vector<float> scores;
        collect(types, scores);
        const std::vector<double> wide(scores.begin(), scores.end());
        HEARTH_TRY_ASSIGN(UnigramModel model,
                          UnigramModel::create({parts.vocabulary, types, wide, std::nullopt}));
        return PipelineTokenizer::create(std::move(parts), normalizer(), PreTokenizer(),
                                         std::move(model));
    }

    std::string_view m_bytes;
    const TokenizerFolder& m_folder;
    SentencePieceModel m_model;
};

} // namespace

Result<std::unique_ptr<Tokenizer>> sentencePieceTokenizer(std::string_view bytes,
                                                          const TokenizerFolder& folder,
                                                          const std::string& source) {
    auto tokenizer = Builder(bytes, folder).build();
    if (!tokenizer && tokenizer.error().path.empty())
        tokenizer.error().path = source;
    return tokenizer;
}

Result<std::unique_ptr<Tokenizer>> readSentencePiece(const std::filesystem::path& path) {
    HEARTH_TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    const auto bytes = file.bytes();
    HEARTH_TRY_ASSIGN(const TokenizerFolder folder, TokenizerFolder::read(path.parent_path()));
    return sentencePieceTokenizer(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), folder,
        path.string());
}

} // namespace hearth
