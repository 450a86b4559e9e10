#include "serve/anthropic/block_type.h"

#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

struct BlockBody {
    std::string type;
    std::optional<std::string> text;
    std::optional<std::string> thinking;
    std::optional<std::string> id;
    std::optional<std::string> name;
    std::optional<Json> input;
    std::optional<std::string> toolUseId;
    std::optional<std::string> content;
};

void checkBlock(const BlockBody& block, Reading& reading) {
    if (block.type == "text") {
        reading.need("text", block.text.has_value());
    } else if (block.type == "thinking") {
        reading.need("thinking", block.thinking.has_value());
    } else if (block.type == "tool_use") {
        reading.need("id", block.id.has_value());
        reading.need("name", block.name.has_value());
        reading.need("input", block.input.has_value());
    } else if (block.type == "tool_result") {
        reading.need("tool_use_id", block.toolUseId.has_value());
    } else if (block.type != "redacted_thinking") {
        const Reading::Step step(reading, std::string("type"));
        reading.add("unsupported_content",
                    fmt::format("The model takes text only, not '{}'", block.type));
    }
}

Form<BlockBody> plainForm() {
    return Form<BlockBody>("ContentBlock")
        .required("type", &BlockBody::type, text(),
                  "\"text\", \"thinking\", \"tool_use\" or \"tool_result\".")
        .field("text", &BlockBody::text, text(), "");
}

FieldType<std::string> joined(const Form<BlockBody>& form) {
    return list(object(form), 0, 4096).map([](const std::vector<BlockBody>& blocks) {
        std::string whole;
        for (const BlockBody& block : blocks)
            whole += (whole.empty() ? "" : "\n") + block.text.value_or("");
        return whole;
    });
}

const Form<BlockBody>& blockForm() {
    static const Form<BlockBody> form =
        plainForm()
            .field("thinking", &BlockBody::thinking, text(), "")
            .field("id", &BlockBody::id, text(0, 256), "")
            .field("name", &BlockBody::name, text(0, 256), "")
            .field("input", &BlockBody::input, anyObject(), "")
            .field("tool_use_id", &BlockBody::toolUseId, text(0, 256), "")
            .field("content", &BlockBody::content, textBlocksType(), "What a tool said.")
            .rule(checkBlock);
    return form;
}

Block toBlock(BlockBody body) {
    Block block;
    block.type = std::move(body.type);
    if (block.type == "text")
        block.text = *std::move(body.text);
    else if (block.type == "thinking")
        block.text = *std::move(body.thinking);
    else if (block.type == "tool_result")
        block.text = std::move(body.content).value_or("");
    block.id = body.toolUseId ? *body.toolUseId : body.id.value_or("");
    block.name = std::move(body.name).value_or("");
    block.input = std::move(body.input).value_or(Json::object());
    return block;
}

} // namespace

FieldType<std::string> textBlocksType() {
    static const Form<BlockBody> form =
        plainForm().rule([](const BlockBody& block, Reading& reading) {
            if (block.type == "text")
                reading.need("text", block.text.has_value());
            else
                reading.add("unsupported_content", "Only text is taken here");
        });
    return oneOf<std::string>({text(), joined(form)});
}

FieldType<std::vector<Block>> blocksType() {
    const auto one = [](std::string whole) {
        Block block;
        block.type = "text";
        block.text = std::move(whole);
        return std::vector{std::move(block)};
    };
    return oneOf<std::vector<Block>>(
        {text().map(one), list(object(blockForm()).map(toBlock), 0, 4096)});
}

} // namespace hearth::serve
