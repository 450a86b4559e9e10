#include "serve/api/reply_format.h"

#include "serve/api/json_text.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace {

bool isConstrained(const Constraint& constraint) {
    return !std::holds_alternative<std::monostate>(constraint.syntax);
}

std::optional<ApiError> problem(const ReplyFormat& format) {
    const ToolUse use = format.choice.use;
    if ((use == ToolUse::Required || use == ToolUse::Named) && format.tools.empty())
        return badRequest("tool_choice", "tool_choice asks for a call, but there are no tools.");
    const auto isNamed = [&](const Tool& tool) { return tool.name == format.choice.name; };
    if (use == ToolUse::Named &&
        std::none_of(format.tools.begin(), format.tools.end(), isNamed))
        return badRequest("tool_choice",
                          "tool_choice names `" + format.choice.name + "`, which no tool has.");
    if (isConstrained(format.constraint) &&
        (use == ToolUse::Required || use == ToolUse::Named))
        return badRequest("response_format",
                          "The reply can be a call or have a response_format, not both.");
    return std::nullopt;
}

} // namespace

Outcome<GenerationPlan> applyReplyFormat(const ReplyFormat& format, Engine& /*engine*/,
                                         GenerationPlan plan) {
    if (std::optional<ApiError> found = problem(format))
        return *std::move(found);
    for (Request& request : plan.prompts)
        request.constraint = format.constraint;
    return plan;
}

} // namespace hearth::serve
