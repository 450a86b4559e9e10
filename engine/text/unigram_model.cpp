#include "text/unigram_model.h"

#include "text/byte_level.h"
#include "text/json_fields.h"
#include "text/space_marker.h"
#include "text/utf8.h"

#include <algorithm>
#include <limits>

namespace hearth {

namespace {

constexpr std::size_t kMaxTokenBytes = 512;
constexpr double kUnknownPenalty = 10;

bool reachesAcross(std::string_view token, std::string_view boundary) {
    std::size_t run = 0;
    while (token.substr(run).starts_with(boundary))
        run += boundary.size();
    return token.find(boundary, run) != std::string_view::npos;
}

} // namespace

Result<UnigramModel> UnigramModel::create(const UnigramSource& source) {
    UnigramModel model;
    model.m_bytes.fill(kNone);
    model.m_highest = std::numeric_limits<float>::lowest();
    model.m_singlePrecision = source.singlePrecision;
    model.m_scores.assign(source.scores.begin(), source.scores.end());
    model.m_userDefined.resize(source.types.size());
    // Without a token for the marker itself, a run of unknowns could reach across it.
    if (const auto marker = source.vocabulary.find(kSpaceMarker);
        marker && source.types[static_cast<std::size_t>(*marker)] == TokenType::Normal)
        model.m_boundary = kSpaceMarker;
    double lowest = std::numeric_limits<float>::max();
    std::vector<ByteTrie::Entry> entries;
    for (std::size_t i = 0; i < source.types.size(); ++i) {
        const auto id = static_cast<std::int32_t>(i);
        const TokenType type = source.types[i];
        const std::string_view text = source.vocabulary.text(id);
        if (type == TokenType::Unknown)
            model.m_unknown = id;
        if (const auto byte = byteOfToken(text); byte && type == TokenType::Byte)
            model.m_bytes[*byte] = id;
        if (type == TokenType::Normal) {
            model.m_highest = std::max(model.m_highest, source.scores[i]);
            lowest = std::min(lowest, source.scores[i]);
        }
        model.m_userDefined[i] = type == TokenType::UserDefined;
        if (type != TokenType::Normal && type != TokenType::UserDefined)
            continue;
        if (text.size() > kMaxTokenBytes)
            return json_fields::corrupt("token \"" + std::string(text.substr(0, 64)) + "\"",
                                        "longer than " + std::to_string(kMaxTokenBytes));
        if (reachesAcross(text, kSpaceMarker))
            model.m_boundary.clear();
        entries.push_back({text, id});
    }
    model.m_unknownScore = source.lowest.value_or(lowest) - kUnknownPenalty;
    if (source.singlePrecision)
        model.m_unknownScore = static_cast<float>(model.m_unknownScore);
    model.m_trie = ByteTrie(std::move(entries));
    return model;
}

void UnigramModel::extend(std::string_view text, std::size_t begin, std::vector<Step>& best) const {
    const double reached = best[begin].score;
    // Sums are compared in double and kept in the model's precision, as in the library.
    const auto offer = [&](std::size_t end, std::int32_t token, double sum) {
        Step& step = best[end];
        if (!step.reached || sum > step.score)
            step = {m_singlePrecision ? static_cast<double>(static_cast<float>(sum)) : sum, token,
                    static_cast<std::uint32_t>(begin), true};
    };
    const std::size_t characterEnd = begin + utf8::at(text, begin).length;
    bool hasCharacter = false;
    std::uint32_t node = ByteTrie::kRoot;
    for (std::size_t end = begin; end < text.size();) {
        node = m_trie.step(node, text[end++]);
        if (node == ByteTrie::kNowhere)
            break;
        const std::int32_t token = m_trie.value(node);
        if (token == kNone)
            continue;
        // A user-defined token beats every other split of its text.
        double score = m_scores[static_cast<std::size_t>(token)];
        if (m_userDefined[static_cast<std::size_t>(token)])
            score = static_cast<double>(end - begin) * m_highest - 0.1;
        offer(end, token, score + reached);
        hasCharacter = hasCharacter || end == characterEnd;
    }
    if (!hasCharacter)
        offer(characterEnd, m_unknown,
              m_singlePrecision ? static_cast<float>(m_unknownScore) + static_cast<float>(reached)
                                : m_unknownScore + reached);
}

void UnigramModel::encode(std::string_view text, Scratch& scratch,
                          std::vector<std::int32_t>& ids) const {
    scratch.m_reached = 0;
    scratch.m_afterUnknown = false;
    while (!text.empty()) {
        const std::size_t cut = cutAfter(text);
        encodePart(text.substr(0, cut), scratch, ids);
        text.remove_prefix(cut);
    }
}

// Every split has an end at a boundary, so what lies before is decided without what follows.
std::size_t UnigramModel::cutAfter(std::string_view text) const {
    if (m_boundary.empty())
        return text.size();
    std::size_t run = 0;
    while (text.substr(run).starts_with(m_boundary))
        run += m_boundary.size();
    return std::min(text.find(m_boundary, run), text.size());
}

void UnigramModel::encodePart(std::string_view text, Scratch& scratch,
                              std::vector<std::int32_t>& ids) const {
    std::vector<Step>& best = scratch.m_best;
    best.assign(text.size() + 1, Step{});
    best[0].score = scratch.m_reached;
    for (std::size_t begin = 0; begin < text.size(); begin += utf8::at(text, begin).length)
        extend(text, begin, best);
    scratch.m_reached = best[text.size()].score;
    scratch.m_ends.clear();
    for (auto end = static_cast<std::uint32_t>(text.size()); end > 0; end = best[end].begin)
        scratch.m_ends.push_back(end);
    for (auto end = scratch.m_ends.rbegin(); end != scratch.m_ends.rend(); ++end)
        output(best[*end], text.substr(best[*end].begin, *end - best[*end].begin), scratch, ids);
}

void UnigramModel::output(const Step& step, std::string_view text, Scratch& scratch,
                          std::vector<std::int32_t>& ids) const {
    const bool isUnknown = step.token == m_unknown;
    const auto hasToken = [&](char byte) {
        return m_bytes[static_cast<unsigned char>(byte)] != kNone;
    };
    if (isUnknown && std::all_of(text.begin(), text.end(), hasToken)) {
        for (const char byte : text)
            ids.push_back(m_bytes[static_cast<unsigned char>(byte)]);
    } else if (step.token != kNone && (!isUnknown || !scratch.m_afterUnknown)) {
        ids.push_back(step.token);
    }
    scratch.m_afterUnknown = isUnknown;
}

} // namespace hearth
