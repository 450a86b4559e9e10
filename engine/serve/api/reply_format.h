#pragma once

#include "hearth/constraint.h"
#include "hearth/engine.h"
#include "serve/api/generation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hearth::serve {

/// A function that the model may call.
struct Tool {
    std::string name;
    std::string description;
    std::string parameters; ///< JSON schema of an object; empty: none.
    bool strict = false;    ///< Arguments are held to the schema.
};

enum class ToolUse : std::uint8_t { None, Auto, Required, Named };

struct ToolChoice {
    ToolUse use = ToolUse::Auto;
    std::string name;     ///< With Named.
    bool parallel = true; ///< Several calls in one reply.
};

/// What a reply may be besides text.
struct ReplyFormat {
    std::vector<Tool> tools;
    ToolChoice choice;
    Constraint constraint;     ///< Of a reply that calls no tool; none where one must be called.
    bool showReasoning = true; ///< Tell reasoning apart from text.
};

[[nodiscard]] bool isConstrained(const Constraint& constraint);

/// Tools with a choice among them; where that was left open, the model's.
[[nodiscard]] ReplyFormat toolFormat(std::vector<Tool> tools,
                                     const std::optional<ToolChoice>& choice);

/// Puts the tools into the plan's chat prompts, holds replies to their form, and has them parsed
/// as the model's family writes reasoning and calls. A 400 for a choice without tools, or a name
/// that no tool has.
[[nodiscard]] Outcome<GenerationPlan> applyReplyFormat(const ReplyFormat& format, Engine& engine,
                                                       GenerationPlan plan);

} // namespace hearth::serve
