#include "text/word_piece_model.h"

#include "text/utf8.h"

namespace hearth {

namespace {

bool startsCharacter(std::string_view text, std::size_t position) {
    return position == text.size() || (static_cast<unsigned char>(text[position]) & 0xC0U) != 0x80;
}

} // namespace

WordPieceModel::WordPieceModel(const Vocabulary& vocabulary, const std::vector<bool>& excluded,
                               const WordPieceOptions& options)
    : m_maxWordCharacters(options.maxWordCharacters)
    , m_unknown(options.unknown) {
    std::vector<ByteTrie::Entry> entries;
    entries.reserve(vocabulary.size());
    for (std::size_t i = 0; i < vocabulary.size(); ++i) {
        const auto id = static_cast<std::int32_t>(i);
        if (!excluded[i] && !vocabulary.text(id).empty())
            entries.push_back({vocabulary.text(id), id});
    }
    m_trie = ByteTrie(std::move(entries));
    m_begin = m_trie.walk(ByteTrie::kRoot, options.wordPrefix);
    m_continue = m_trie.walk(ByteTrie::kRoot, options.continuingPrefix);
}

void WordPieceModel::encode(std::string_view word, Scratch&, std::vector<std::int32_t>& ids) const {
    const std::size_t first = ids.size();
    const auto giveUp = [&] {
        ids.resize(first);
        ids.push_back(m_unknown);
    };
    if (utf8::countCharacters(word) > m_maxWordCharacters)
        return giveUp();
    for (std::size_t begin = 0; begin < word.size();) {
        std::uint32_t node = begin == 0 ? m_begin : m_continue;
        std::int32_t token = ByteTrie::kNone;
        std::size_t tokenEnd = begin;
        for (std::size_t end = begin; end < word.size() && node != ByteTrie::kNowhere;) {
            node = m_trie.step(node, word[end++]);
            if (node != ByteTrie::kNowhere && m_trie.value(node) != ByteTrie::kNone &&
                startsCharacter(word, end)) {
                token = m_trie.value(node);
                tokenEnd = end;
            }
        }
        if (token == ByteTrie::kNone)
            return giveUp();
        ids.push_back(token);
        begin = tokenEnd;
    }
}

} // namespace hearth
