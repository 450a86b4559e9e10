#pragma once

#include "serve/api/generation_writer.h"

#include <string>
#include <vector>

namespace hearth::serve {

struct ToolCall {
    std::string id;
    std::string name;
    std::string arguments; ///< JSON text.
};

/// A reply that is complete.
struct ChoiceResult {
    std::string text;
    std::string reasoning;
    std::vector<ToolCall> toolCalls;
    std::vector<std::int32_t> tokens;
    std::vector<TokenInfo> probabilities;
    ChoiceEnd end;

    void add(ChoiceDelta delta);
};

/// Collects a generation for an answer in one piece.
class WholeWriter : public GenerationWriter {
public:
    [[nodiscard]] bool streams() const override { return false; }
    void delta(ChoiceDelta delta) override;
    void choiceEnded(const ChoiceEnd& end) override;
    void ended(const GenerationUsage& usage) override { whole(m_choices, usage); }

protected:
    /// All choices in order.
    virtual void whole(std::vector<ChoiceResult>& choices, const GenerationUsage& usage) = 0;

private:
    ChoiceResult& at(std::int32_t choice);

    std::vector<ChoiceResult> m_choices;
};

} // namespace hearth::serve
