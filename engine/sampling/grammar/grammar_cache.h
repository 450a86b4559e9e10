#pragma once

#include "hearth/constraint.h"
#include "sampling/grammar/compiled_grammar.h"

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace hearth::grammar {

/// Grammars of one model that were compiled lately, by their constraint's text, and the table of
/// tokens, which is made when the first constraint is. Any thread; compiling is done by the caller
/// and one at a time.
class GrammarCache {
public:
    using MakeTable = std::function<std::shared_ptr<const TokenTable>()>;

    explicit GrammarCache(MakeTable makeTable, std::size_t capacity = 64)
        : m_makeTable(std::move(makeTable)), m_capacity(capacity) {}

    /// Errors: those of compileConstraint().
    Result<std::shared_ptr<const CompiledGrammar>> find(const Constraint& constraint);

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const CompiledGrammar> grammar;
    };

    MakeTable m_makeTable;
    const std::size_t m_capacity;
    std::mutex m_mutex;
    std::shared_ptr<const TokenTable> m_table;
    std::list<Entry> m_entries; ///< Latest first.
    std::unordered_map<std::string, std::list<Entry>::iterator> m_index;
};

} // namespace hearth::grammar
