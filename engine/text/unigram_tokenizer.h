#pragma once

#include "text/normalizer.h"
#include "text/tokenizer_base.h"
#include "text/unigram_model.h"

#include <span>
#include <vector>

namespace hearth {

/// Normalizer and unigram model in a row.
class UnigramTokenizer final : public TokenizerBase {
public:
    UnigramTokenizer(TokenizerParts parts, Normalizer normalizer, UnigramModel model)
        : TokenizerBase(std::move(parts))
        , m_normalizer(std::move(normalizer))
        , m_model(std::move(model)) {}

private:
    [[nodiscard]] Result<void> encodeSections(std::span<const Section> sections,
                                              std::vector<std::int32_t>& ids) const override {
        for (const Section& section : sections) {
            if (section.id) {
                ids.push_back(*section.id);
                continue;
            }
            TextArena arena;
            HEARTH_TRY_ASSIGN(const std::string_view text,
                              m_normalizer.apply(section.text, section.position, arena));
            m_model.encode(text, ids);
        }
        return {};
    }

    Normalizer m_normalizer;
    UnigramModel m_model;
};

} // namespace hearth
