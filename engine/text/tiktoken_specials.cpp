#include "text/tiktoken_specials.h"

#include "text/json_fields.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace hearth {

namespace {

using nlohmann::json;
using namespace json_fields;

std::vector<std::string> numbered(std::string_view stem, int first, int end) {
    std::vector<std::string> names;
    for (int i = first; i < end; ++i)
        names.push_back(std::string(stem) + std::to_string(i) + "|>");
    return names;
}

void append(std::vector<std::string>& names, const std::vector<std::string>& more) {
    names.insert(names.end(), more.begin(), more.end());
}

std::vector<std::string> qwen() {
    std::vector<std::string> names{"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    append(names, numbered("<|extra_", 0, 205));
    return names;
}

// Llama 3.1, whose config scales its rope, gave names to some of 3.0's reserved tokens.
std::vector<std::string> llama3(bool is31) {
    constexpr const char* kReserved = "<|reserved_special_token_";
    std::vector<std::string> names{"<|begin_of_text|>", "<|end_of_text|>"};
    append(names, numbered(kReserved, 0, 2));
    append(names, is31 ? std::vector<std::string>{"<|finetune_right_pad_id|>",
                                                  "<|reserved_special_token_2|>"}
                       : numbered(kReserved, 2, 4));
    append(names, {"<|start_header_id|>", "<|end_header_id|>",
                   is31 ? "<|eom_id|>" : "<|reserved_special_token_4|>", "<|eot_id|>"});
    if (is31)
        names.emplace_back("<|python_tag|>");
    const int next = is31 ? 3 : 5;
    append(names, numbered(kReserved, next, next + 256 - static_cast<int>(names.size())));
    return names;
}

std::vector<std::string> chatGlm4() {
    return {"<|endoftext|>",      "[MASK]",        "[gMASK]",           "[sMASK]",
            "<sop>",              "<eop>",         "<|system|>",        "<|user|>",
            "<|assistant|>",      "<|observation|>", "<|begin_of_image|>", "<|end_of_image|>",
            "<|begin_of_video|>", "<|end_of_video|>"};
}

std::vector<std::string> kimi(std::int64_t first) {
    std::vector<std::string> names{"[BOS]", "[EOS]"};
    const int begin = static_cast<int>(std::min<std::int64_t>(first, 1 << 24));
    append(names, numbered("<|reserved_token_", begin + 2, begin + 256));
    return names;
}

std::vector<std::string> namesOf(TiktokenFamily family, const TokenizerFolder& folder,
                                 std::int64_t first) {
    switch (family) {
    case TiktokenFamily::Qwen:
        return qwen();
    case TiktokenFamily::Llama3:
        return llama3(!member(folder.modelConfig, "rope_scaling").is_null());
    case TiktokenFamily::ChatGlm4:
        return chatGlm4();
    case TiktokenFamily::Kimi:
        return kimi(first);
    }
    return {};
}

} // namespace

Result<std::vector<AddedToken>> addedTokensDecoder(const TokenizerFolder& folder) {
    const json& list = member(folder.tokenizerConfig, "added_tokens_decoder");
    std::vector<AddedToken> tokens;
    if (!list.is_object())
        return tokens;
    for (auto entry = list.begin(); entry != list.end(); ++entry) {
        const std::string& key = entry.key();
        const std::string where = "added_tokens_decoder[\"" + key + "\"]";
        AddedToken token;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
        if (error != std::errc() || end != key.data() + key.size() || token.id < 0)
            return corrupt(where, "not an id");
        HEARTH_TRY_ASSIGN(token.content, string(*entry, "content", where));
        HEARTH_TRY_ASSIGN(token.special, boolean(*entry, "special", false, where));
        HEARTH_TRY_ASSIGN(token.singleWord, boolean(*entry, "single_word", false, where));
        HEARTH_TRY_ASSIGN(token.leftStrip, boolean(*entry, "lstrip", false, where));
        HEARTH_TRY_ASSIGN(token.rightStrip, boolean(*entry, "rstrip", false, where));
        HEARTH_TRY_ASSIGN(token.normalized, boolean(*entry, "normalized", false, where));
        if (!token.content.empty())
            tokens.push_back(std::move(token));
    }
    return tokens;
}

Result<std::vector<AddedToken>> tiktokenSpecials(TiktokenFamily family,
                                                 const TokenizerFolder& folder,
                                                 std::int64_t first) {
    HEARTH_TRY_ASSIGN(std::vector<AddedToken> tokens, addedTokensDecoder(folder));
    const std::size_t named = tokens.size();
    const auto isTaken = [&](const AddedToken& token) {
        return std::any_of(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(named),
                           [&](const AddedToken& other) {
                               return other.id == token.id || other.content == token.content;
                           });
    };
    for (const std::string& name : namesOf(family, folder, first)) {
        AddedToken token;
        token.content = name;
        token.special = true;
        if (!std::in_range<std::int32_t>(first))
            return corrupt("rank", std::to_string(first) + " is out of range");
        token.id = static_cast<std::int32_t>(first++);
        if (!isTaken(token))
            tokens.push_back(std::move(token));
    }
    return tokens;
}

std::vector<std::int32_t> tiktokenPrefix(TiktokenFamily family, const Vocabulary& vocabulary) {
    std::vector<std::string_view> names;
    if (family == TiktokenFamily::Llama3)
        names = {"<|begin_of_text|>"};
    if (family == TiktokenFamily::ChatGlm4)
        names = {"[gMASK]", "<sop>"};
    std::vector<std::int32_t> ids;
    for (const std::string_view name : names) {
        if (const auto id = vocabulary.find(name))
            ids.push_back(*id);
    }
    return ids;
}

} // namespace hearth
