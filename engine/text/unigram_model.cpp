#include "text/unigram_model.h"

#include "text/byte_level.h"
#include "text/json_fields.h"
#include "text/utf8.h"

#include <algorithm>
#include <limits>
#include <string>

namespace hearth {

namespace {

constexpr std::size_t kMaxTokenBytes = 512;
constexpr float kUnknownPenalty = 10;

struct Range { ///< Tokens that share `depth` bytes; to become the children of `node`.
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t depth = 0;
    std::uint32_t node = 0;
};

} // namespace

Result<UnigramModel> UnigramModel::create(const Vocabulary& vocabulary,
                                          std::span<const TokenType> types,
                                          std::span<const float> scores) {
    UnigramModel model;
    model.m_bytes.fill(kNone);
    model.m_lowest = std::numeric_limits<float>::max();
    model.m_highest = std::numeric_limits<float>::lowest();
    std::vector<std::pair<std::string_view, std::int32_t>> tokens;
    for (std::size_t i = 0; i < types.size(); ++i) {
        const auto id = static_cast<std::int32_t>(i);
        const std::string_view text = vocabulary.text(id);
        if (types[i] == TokenType::Unknown)
            model.m_unknown = id;
        if (const auto byte = byteOfToken(text); byte && types[i] == TokenType::Byte)
            model.m_bytes[*byte] = id;
        if (types[i] == TokenType::Normal) {
            model.m_lowest = std::min(model.m_lowest, scores[i]);
            model.m_highest = std::max(model.m_highest, scores[i]);
        }
        if (types[i] != TokenType::Normal && types[i] != TokenType::UserDefined)
            continue;
        if (text.size() > kMaxTokenBytes)
            return json_fields::corrupt("token \"" + std::string(text.substr(0, 64)) + "\"",
                                        "longer than " + std::to_string(kMaxTokenBytes));
        tokens.emplace_back(text, id);
    }
    std::sort(tokens.begin(), tokens.end());
    model.build(tokens, types, scores);
    return model;
}

void UnigramModel::build(std::span<const std::pair<std::string_view, std::int32_t>> sorted,
                         std::span<const TokenType> types, std::span<const float> scores) {
    m_nodes.emplace_back();
    std::vector<Range> open{{0, sorted.size(), 0, 0}};
    for (std::size_t next = 0; next < open.size(); ++next) {
        const Range range = open[next];
        std::size_t i = range.begin;
        if (i < range.end && sorted[i].first.size() == range.depth) {
            const auto id = static_cast<std::size_t>(sorted[i].second);
            Node& node = m_nodes[range.node];
            node.token = sorted[i].second;
            node.userDefined = types[id] == TokenType::UserDefined;
            node.score = scores[id];
            ++i;
        }
        m_nodes[range.node].firstChild = static_cast<std::uint32_t>(m_children.size());
        while (i < range.end) {
            const char byte = sorted[i].first[range.depth];
            const std::size_t begin = i;
            while (i < range.end && sorted[i].first[range.depth] == byte)
                ++i;
            const auto node = static_cast<std::uint32_t>(m_nodes.size());
            m_nodes.emplace_back();
            m_children.emplace_back(byte, node);
            ++m_nodes[range.node].childCount;
            open.push_back({begin, i, range.depth + 1, node});
        }
    }
}

std::uint32_t UnigramModel::child(std::uint32_t node, char byte) const {
    const auto begin = m_children.begin() + m_nodes[node].firstChild;
    const auto end = begin + m_nodes[node].childCount;
    const auto place = std::lower_bound(begin, end, byte, [](const auto& a, char b) {
        return static_cast<unsigned char>(a.first) < static_cast<unsigned char>(b);
    });
    return place != end && place->first == byte ? place->second : 0;
}

void UnigramModel::extend(std::string_view text, std::size_t begin, std::vector<Step>& best) const {
    const float reached = best[begin].score;
    // Sums are compared in double and kept in float, as in the library: it decides near ties.
    const auto offer = [&](std::size_t end, std::int32_t token, double sum) {
        Step& step = best[end];
        if (!step.reached || sum > static_cast<double>(step.score))
            step = {token, static_cast<float>(sum), static_cast<std::uint32_t>(begin), true};
    };
    const std::size_t characterEnd = begin + utf8::at(text, begin).length;
    bool hasCharacter = false;
    std::uint32_t node = 0;
    for (std::size_t end = begin; end < text.size();) {
        node = child(node, text[end++]);
        if (node == 0)
            break;
        const Node& found = m_nodes[node];
        if (found.token == kNone)
            continue;
        // A user-defined token beats every other split of its text.
        const double length = static_cast<double>(end - begin);
        const double score = found.userDefined ? length * m_highest - 0.1 : found.score;
        offer(end, found.token, score + reached);
        hasCharacter = hasCharacter || end == characterEnd;
    }
    if (!hasCharacter)
        offer(characterEnd, m_unknown, m_lowest - kUnknownPenalty + reached);
}

void UnigramModel::encode(std::string_view text, std::vector<std::int32_t>& ids) const {
    std::vector<Step> best(text.size() + 1);
    for (std::size_t begin = 0; begin < text.size(); begin += utf8::at(text, begin).length)
        extend(text, begin, best);
    std::vector<std::size_t> ends;
    for (std::size_t end = text.size(); end > 0; end = best[end].begin)
        ends.push_back(end);
    bool afterUnknown = false;
    for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
        const Step& step = best[*end];
        const bool isUnknown = step.token == m_unknown;
        if (isUnknown && m_bytes[0] != kNone) {
            for (const char byte : text.substr(step.begin, *end - step.begin))
                ids.push_back(m_bytes[static_cast<unsigned char>(byte)]);
        } else if (!isUnknown || !afterUnknown) {
            ids.push_back(step.token);
        }
        afterUnknown = isUnknown;
    }
}

} // namespace hearth
