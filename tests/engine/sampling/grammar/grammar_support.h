#pragma once

#include "hearth/constraint.h"
#include "sampling/grammar/matcher.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::test {

using hearth::grammar::CompiledGrammar;
using hearth::grammar::Matcher;
using hearth::grammar::TokenTable;

/// A token for each byte, and one that ends the reply (256).
[[nodiscard]] std::shared_ptr<const TokenTable> byteTable();

/// The grammar of a constraint; the test fails where there is none.
[[nodiscard]] std::shared_ptr<const CompiledGrammar>
compiled(const Constraint& constraint, std::shared_ptr<const TokenTable> table = byteTable());

[[nodiscard]] Constraint schemaConstraint(std::string text);
[[nodiscard]] Constraint regexConstraint(std::string pattern);
[[nodiscard]] Constraint gbnfConstraint(std::string text);

/// `text`, `count` times.
[[nodiscard]] std::string repeated(std::string_view text, int count);

/// Whether the whole text is one of the grammar's.
[[nodiscard]] bool accepts(const std::shared_ptr<const CompiledGrammar>& grammar,
                           std::string_view text);
/// The error of a constraint, as `field: detail`; empty if it compiles.
[[nodiscard]] std::string errorOf(const Constraint& constraint);

} // namespace hearth::test
