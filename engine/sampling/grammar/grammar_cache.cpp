#include "sampling/grammar/grammar_cache.h"

#include "sampling/grammar/compile_constraint.h"

#include <utility>

namespace hearth::grammar {

Result<std::shared_ptr<const CompiledGrammar>> GrammarCache::find(const Constraint& constraint) {
    const std::scoped_lock lock(m_mutex);
    std::string key = constraintKey(constraint);
    if (const auto known = m_index.find(key); known != m_index.end()) {
        m_entries.splice(m_entries.begin(), m_entries, known->second);
        return known->second->grammar;
    }
    HEARTH_TRY_ASSIGN(CompiledConstraint compiled, compileConstraint(constraint));
    if (m_table == nullptr)
        m_table = m_makeTable();
    auto grammar =
        std::make_shared<const CompiledGrammar>(std::move(compiled.automaton), m_table);
    m_entries.push_front({key, grammar});
    m_index.emplace(std::move(key), m_entries.begin());
    if (m_entries.size() > m_capacity) {
        m_index.erase(m_entries.back().key);
        m_entries.pop_back();
    }
    return grammar;
}

} // namespace hearth::grammar
