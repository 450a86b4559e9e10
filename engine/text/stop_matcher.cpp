#include "text/stop_matcher.h"

namespace hearth {

Result<StopMatcher> StopMatcher::create(const std::vector<std::string>& stops) {
    StopMatcher matcher;
    for (std::size_t i = 0; i < stops.size(); ++i) {
        if (stops[i].empty()) {
            Error error;
            error.code = ErrorCode::InvalidArgument;
            error.field = "stop";
            error.detail = "a stop string is empty";
            return fail(std::move(error));
        }
        matcher.insert(stops[i], i);
    }
    matcher.link();
    return matcher;
}

void StopMatcher::insert(std::string_view stop, std::size_t index) {
    std::uint32_t node = kRoot;
    for (const char c : stop) {
        const auto [entry, added] = m_edges.try_emplace(edge(node, static_cast<unsigned char>(c)),
                                                        static_cast<std::uint32_t>(m_nodes.size()));
        if (added) {
            Node child;
            child.depth = m_nodes[node].depth + 1;
            m_nodes.push_back(child);
        }
        node = entry->second;
    }
    if (m_nodes[node].matchLength == 0) {
        m_nodes[node].matchLength = m_nodes[node].depth;
        m_nodes[node].match = index;
    }
}

void StopMatcher::link() {
    struct Child {
        std::uint32_t parent = kRoot;
        unsigned char byte = 0;
    };
    std::vector<Child> incoming(m_nodes.size());
    std::vector<std::vector<std::uint32_t>> levels;
    for (const auto& [key, child] : m_edges) {
        incoming[child] = {static_cast<std::uint32_t>(key >> 8),
                           static_cast<unsigned char>(key & 0xFF)};
        const std::uint32_t depth = m_nodes[child].depth;
        if (levels.size() <= depth)
            levels.resize(depth + 1);
        levels[depth].push_back(child);
    }
    for (const std::vector<std::uint32_t>& level : levels) {
        for (const std::uint32_t child : level) {
            const auto [parent, byte] = incoming[child];
            Node& node = m_nodes[child];
            node.fallback = parent == kRoot ? kRoot : step(m_nodes[parent].fallback, byte);
            const Node& fallback = m_nodes[node.fallback];
            if (node.matchLength == 0 && fallback.matchLength != 0) {
                node.matchLength = fallback.matchLength;
                node.match = fallback.match;
            }
        }
    }
}

std::uint32_t StopMatcher::step(std::uint32_t node, unsigned char byte) const {
    while (true) {
        if (const auto next = m_edges.find(edge(node, byte)); next != m_edges.end())
            return next->second;
        if (node == kRoot)
            return kRoot;
        node = m_nodes[node].fallback;
    }
}

StopMatcher::Output StopMatcher::feed(std::string_view text) {
    Output output;
    if (m_stopped)
        return output;
    std::string all = std::move(m_held);
    m_held.clear();
    const std::size_t fresh = all.size();
    all.append(text);
    for (std::size_t i = fresh; i < all.size(); ++i) {
        m_node = step(m_node, static_cast<unsigned char>(all[i]));
        const Node& node = m_nodes[m_node];
        if (node.matchLength != 0) {
            m_stopped = true;
            output.stopped = true;
            output.stop = node.match;
            all.resize(i + 1 - node.matchLength);
            output.text = std::move(all);
            return output;
        }
    }
    const std::size_t certain = all.size() - m_nodes[m_node].depth;
    m_held = all.substr(certain);
    all.resize(certain);
    output.text = std::move(all);
    return output;
}

std::string StopMatcher::flush() {
    m_node = kRoot;
    std::string rest = std::move(m_held);
    m_held.clear();
    return rest;
}

} // namespace hearth
