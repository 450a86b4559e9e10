#include "text/sentencepiece_tokenizer.h"

#include "formats/mapped_file.h"
#include "text/bpe_tokenizer.h"
#include "text/json_fields.h"
#include "text/sentencepiece_model.h"
#include "text/tokenizer_base.h"

#include <sentencepiece_processor.h>

#include <utility>

namespace hearth {

namespace {

using Processor = sentencepiece::SentencePieceProcessor;

constexpr const char* kSpaceMarker = "\xE2\x96\x81"; // U+2581

// Encodes with the library, which finds plain user-defined tokens itself. Those that only trusted
// text may contain are control tokens to it: it never gives their ids.
class LibraryTokenizer final : public TokenizerBase {
public:
    LibraryTokenizer(TokenizerParts parts, std::unique_ptr<Processor> processor,
                     std::unique_ptr<Processor> continuation)
        : TokenizerBase(std::move(parts))
        , m_processor(std::move(processor))
        , m_continuation(std::move(continuation)) {}

private:
    [[nodiscard]] Result<void> encodeSections(std::span<const Section> sections,
                                              std::vector<std::int32_t>& ids) const override {
        std::vector<int> encoded;
        for (const Section& section : sections) {
            if (section.id) {
                ids.push_back(*section.id);
                continue;
            }
            const bool begins = section.position.first || section.position.afterSpecial;
            const Processor& processor = begins || !m_continuation ? *m_processor : *m_continuation;
            const auto status = processor.Encode(
                absl::string_view(section.text.data(), section.text.size()), &encoded);
            if (!status.ok())
                return fail(ErrorCode::Internal, status.ToString());
            ids.insert(ids.end(), encoded.begin(), encoded.end());
        }
        return {};
    }

    std::unique_ptr<Processor> m_processor;
    std::unique_ptr<Processor> m_continuation; ///< Adds no dummy prefix; may be null.
};

bool isGated(const SentencePieceModel::Piece& piece) {
    return piece.type == TokenType::UserDefined &&
           (looksSpecial(piece.text) || isMarkup(piece.text));
}

std::string withSpaces(std::string_view text) {
    std::string result(text);
    const std::string_view marker = kSpaceMarker;
    for (std::size_t at = 0; (at = result.find(marker, at)) != std::string::npos; ++at)
        result.replace(at, marker.size(), " ");
    return result;
}

Result<std::unique_ptr<Processor>> loaded(const std::string& bytes) {
    auto processor = std::make_unique<Processor>();
    const auto status =
        processor->LoadFromSerializedProto(absl::string_view(bytes.data(), bytes.size()));
    if (!status.ok())
        return json_fields::corrupt("model", status.ToString());
    return processor;
}

class Builder {
public:
    Builder(std::string_view bytes, const TokenizerFolder& folder)
        : m_bytes(bytes), m_folder(folder) {}

    Result<std::unique_ptr<Tokenizer>> build(bool onlyLibrary) {
        HEARTH_TRY_ASSIGN(m_model, SentencePieceModel::parse(m_bytes));
        HEARTH_TRY_ASSIGN(TokenizerParts parts, this->parts());
        const bool plainBpe = m_model.kind == SentencePieceModel::Kind::Bpe &&
                              !m_model.hasCharsMap && !m_model.removeExtraSpaces &&
                              !m_model.spaceAsSuffix && m_model.escapeSpaces;
        if (plainBpe && !onlyLibrary)
            return ownBpe(std::move(parts));
        return library(std::move(parts));
    }

private:
    Result<TokenizerParts> parts() {
        std::vector<Vocabulary::Entry> entries;
        std::vector<bool> special;
        std::vector<AddedToken> added;
        for (const SentencePieceModel::Piece& piece : m_model.pieces) {
            const auto id = static_cast<std::int32_t>(entries.size());
            entries.push_back({piece.text, id});
            special.push_back(
                piece.type == TokenType::Control || piece.type == TokenType::Unknown ||
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
        TokenizerParts result{std::move(vocabulary), std::move(added), std::move(decoder), {},
                              std::move(special),    {},               {}, m_model.unknownSurface};
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

    Result<std::unique_ptr<Tokenizer>> ownBpe(TokenizerParts parts) {
        std::vector<TokenType> types;
        std::vector<float> scores;
        for (const SentencePieceModel::Piece& each : m_model.pieces) {
            types.push_back(each.type);
            scores.push_back(each.score);
        }
        HEARTH_TRY_ASSIGN(BpeTables tables,
                          bpeTables(ScoreSource{parts.vocabulary, types, scores}));
        std::vector<Normalizer::Step> steps;
        if (m_model.addDummyPrefix)
            steps.emplace_back(Normalizer::DummyPrefix{kSpaceMarker});
        steps.emplace_back(Normalizer::Replace{" ", kSpaceMarker});
        return BpeTokenizer::create(std::move(parts), Normalizer(std::move(steps)), PreTokenizer(),
                                    std::move(tables));
    }

    Result<std::unique_ptr<Tokenizer>> library(TokenizerParts parts) {
        std::string bytes(m_bytes);
        bool hasPlainMarkup = false;
        for (const SentencePieceModel::Piece& each : m_model.pieces) {
            if (!isGated(each))
                continue;
            bytes[each.typeOffset] = static_cast<char>(TokenType::Control);
            hasPlainMarkup = hasPlainMarkup || !looksSpecial(each.text);
        }
        std::erase_if(parts.addedTokens, [&](const AddedToken& token) {
            const auto& each = piece(token.id);
            return each.type == TokenType::UserDefined && !isGated(each);
        });
        HEARTH_TRY_ASSIGN(auto processor, loaded(bytes));
        std::unique_ptr<Processor> continuation;
        if (hasPlainMarkup && m_model.addDummyPrefix) {
            // A message given twice is merged: normalizer_spec { add_dummy_prefix: false }.
            bytes.append("\x1A\x02\x18\x00", 4);
            HEARTH_TRY_ASSIGN(continuation, loaded(bytes));
        }
        return std::unique_ptr<Tokenizer>(std::make_unique<LibraryTokenizer>(
            std::move(parts), std::move(processor), std::move(continuation)));
    }

    std::string_view m_bytes;
    const TokenizerFolder& m_folder;
    SentencePieceModel m_model;
};

Result<std::unique_ptr<Tokenizer>> build(std::string_view bytes, const TokenizerFolder& folder,
                                         const std::string& source, bool onlyLibrary) {
    auto tokenizer = Builder(bytes, folder).build(onlyLibrary);
    if (!tokenizer)
        tokenizer.error().path = source;
    return tokenizer;
}

} // namespace

Result<std::unique_ptr<Tokenizer>> sentencePieceTokenizer(std::string_view bytes,
                                                          const TokenizerFolder& folder,
                                                          const std::string& source) {
    return build(bytes, folder, source, false);
}

Result<std::unique_ptr<Tokenizer>> sentencePieceLibraryTokenizer(std::string_view bytes,
                                                                 const TokenizerFolder& folder,
                                                                 const std::string& source) {
    return build(bytes, folder, source, true);
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
