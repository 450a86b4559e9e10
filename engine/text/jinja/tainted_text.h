#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/budget.h"

namespace hearth::jinja {

enum class Trust : bool { Untrusted, Trusted };

/// A string that knows which of its bytes are untrusted. UTF-8 by convention, any bytes in fact.
class Text {
public:
    struct Range {
        std::size_t begin;
        std::size_t end;
    };

    Text() = default;
    explicit Text(std::string bytes, Trust trust = Trust::Trusted);

    [[nodiscard]] const std::string& bytes() const { return m_bytes; }
    [[nodiscard]] std::size_t size() const { return m_bytes.size(); }
    /// Sorted, disjoint, not touching, not empty.
    [[nodiscard]] const std::vector<Range>& untrusted() const { return m_untrusted; }
    /// Untrusted if any byte is.
    [[nodiscard]] Trust trust() const {
        return m_untrusted.empty() ? Trust::Trusted : Trust::Untrusted;
    }
    [[nodiscard]] Trust trustAt(std::size_t position) const;

    /// The bytes from `begin` to before `end`; both lie within the text.
    [[nodiscard]] Text slice(std::size_t begin, std::size_t end) const;
    void append(std::string_view bytes, Trust trust);
    void append(const Text& other);
    void append(const Text& other, std::size_t begin, std::size_t end);
    void clear();

    /// Markup, as the filters `safe` and `escape` make it: `+` escapes what is added to it.
    [[nodiscard]] bool isMarkup() const { return m_markup; }
    void setMarkup(bool markup) { m_markup = markup; }

private:
    void addRange(std::size_t begin, std::size_t end);

    std::string m_bytes;
    std::vector<Range> m_untrusted;
    bool m_markup = false;
};

/// Builds a Text under a budget: every appended byte is paid for before it is stored.
class TextBuilder {
public:
    explicit TextBuilder(Budget& budget)
        : m_budget(budget) {}

    void append(std::string_view bytes, Trust trust) {
        m_budget.build(bytes.size());
        m_text.append(bytes, trust);
    }
    void append(const Text& other) {
        m_budget.build(other.size());
        m_text.append(other);
    }
    void append(const Text& other, std::size_t begin, std::size_t end) {
        m_budget.build(end - begin);
        m_text.append(other, begin, end);
    }
    /// Appends `filler` `count` times.
    void repeat(const Text& filler, std::size_t count);
    [[nodiscard]] std::size_t size() const { return m_text.size(); }
    [[nodiscard]] Text take() { return std::move(m_text); }
    [[nodiscard]] Budget& budget() { return m_budget; }

private:
    Budget& m_budget;
    Text m_text;
};

} // namespace hearth::jinja
