#include "text/named_template.h"

#include "base/field_failure.h"
#include "base/lower_case.h"
#include "text/named_template_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hearth {

namespace {

constexpr std::string_view kFill = "<FILL>";

struct CapabilityName {
    std::string_view name;
    Capability capability = Capability::Chat;
};
constexpr std::array kCapabilities = {CapabilityName{"chat", Capability::Chat},
                                      CapabilityName{"completion", Capability::Completion},
                                      CapabilityName{"infilling", Capability::Infilling},
                                      CapabilityName{"python", Capability::Python}};

/// A Jinja expression that prints `text`; nothing for an empty one.
std::string printed(std::string_view text) {
    if (text.empty())
        return {};
    std::string result = "{{ '";
    for (const char c : text) {
        if (c == '\n')
            result += "\\n";
        else if (c == '\'' || c == '\\')
            (result += '\\') += c;
        else
            result += c;
    }
    return result + "' }}";
}

constexpr std::string_view kContent =
    "{%- if message.content is string -%}{{ message.content }}{%- else -%}"
    "{%- for part in message.content or [] if part.type == 'text' -%}{{ part.text }}"
    "{%- endfor -%}{%- endif -%}";
constexpr std::string_view kStarts = "sequence_start is not defined or sequence_start";
constexpr std::string_view kSystemGiven = "messages and messages[0].role == 'system'";

std::string ifElse(std::string_view condition, const std::string& then, const std::string& other) {
    std::string result = "{%- if ";
    result.append(condition).append(" -%}").append(then);
    if (!other.empty())
        result.append("{%- else -%}").append(other);
    return result + "{%- endif -%}";
}

std::string beginning(const NamedTemplate& named, bool addBos) {
    std::string begin = printed(named.begin);
    if (begin.empty() && addBos)
        begin = "{{ bos_token if bos_token is defined else '' }}";
    return begin;
}

std::string chatSource(const NamedTemplate& named, bool addBos) {
    std::string first = beginning(named, addBos);
    std::string insideUser;
    std::string system = printed(named.system) + std::string(kContent) + printed(named.endOfSystem);
    if (named.systemInsideUser) {
        system.clear();
        insideUser = ifElse("loop.index0 == 1 and messages[0].role == 'system'",
                            "{%- for message in messages[:1] -%}" + std::string(kContent) +
                                "{%- endfor -%}" + printed(named.endOfSystem),
                            "");
    } else if (named.meta) {
        first += ifElse(kSystemGiven, "",
                        printed(named.system) + printed(*named.meta) + printed(named.endOfSystem));
    }
    std::string source = ifElse(kStarts, first, printed(named.separator));
    source += "{%- for message in messages -%}";
    source += "{%- if message.role == 'system' -%}" + system;
    source += "{%- elif message.role == 'assistant' -%}" + printed(named.assistant);
    source += kContent;
    source += ifElse("not loop.last", printed(named.endOfAssistant) + printed(named.separator), "");
    source += "{%- else -%}" + printed(named.user) + insideUser;
    source += kContent;
    source += printed(named.endOfUser) + "{%- endif -%}{%- endfor -%}";
    std::string open = printed(named.openAssistant);
    if (!named.thinkingOff.empty())
        open += ifElse("enable_thinking is defined and not enable_thinking",
                       printed(named.thinkingOff), "");
    return source + ifElse("add_generation_prompt and (not messages or "
                           "messages[-1].role != 'assistant')",
                           open, "");
}

std::string rawSource(const NamedTemplate& named, bool addBos) {
    const std::string fill = "{%- set parts = message.content.split('<FILL>') -%}"
                             "{%- if parts | length != 2 -%}"
                             "{{ raise_exception('the text needs one <FILL>') }}{%- endif -%}"
                             "{{ '<PRE> ' }}{{ parts[0] }}{{ ' <SUF>' }}{{ parts[1] }}"
                             "{{ ' <MID>' }}";
    return ifElse(kStarts, beginning(named, addBos), "") + "{%- for message in messages -%}" +
           (named.capability == Capability::Infilling ? fill : std::string(kContent)) +
           "{%- endfor -%}";
}

Result<std::string> infilled(std::string_view text) {
    const std::size_t hole = text.find(kFill);
    if (hole == std::string_view::npos ||
        text.find(kFill, hole + kFill.size()) != std::string_view::npos)
        return invalidArgument("prompt", "infilling needs one <FILL> where the text is missing");
    return "<PRE> " + std::string(text.substr(0, hole)) + " <SUF>" +
           std::string(text.substr(hole + kFill.size())) + " <MID>";
}

struct Match {
    std::string_view name;
    std::vector<std::string_view> words;  ///< All of these,
    std::vector<std::string_view> absent; ///< and none of those.
};

const std::vector<Match>& matches() {
    static const std::vector<Match> kMatches = {
        {"vicuna", {"vicuna"}, {"llava"}},
        {"wizardlm", {"wizardlm"}, {}},
        {"internlm2-chat", {"internlm2", "chat"}, {}},
        {"internlm2", {"internlm2"}, {}},
        {"internlm-chat-7b-8k", {"internlm", "chat", "8k"}, {"internlm3"}},
        {"internlm-chat-20b", {"internlm", "chat", "20b"}, {"internlm3"}},
        {"internlm-chat", {"internlm", "chat"}, {"internlm3"}},
        {"internlm-20b", {"internlm", "20b"}, {"internlm3"}},
        {"baichuan2-7b", {"baichuan2"}, {}},
        {"baichuan-7b", {"baichuan"}, {}},
        {"puyu", {"puyu"}, {}},
        {"codellama", {"codellama"}, {}},
        {"llama2", {"llama2"}, {}},
        {"llama2", {"llama-2"}, {}},
        {"llama3_1", {"llama-3.1", "instruct"}, {}},
        {"llama3_1", {"llama-3.2", "instruct"}, {}},
        {"llama3", {"llama-3", "instruct"}, {}},
        {"qwen2.5", {"qwen2.5"}, {"base"}},
        {"qwen3", {"qwen3"}, {"base"}},
        {"qwen-7b", {"qwen"}, {}},
        {"solar", {"solar"}, {}},
        {"ultracm", {"ultracm"}, {}},
        {"ultralm", {"ultralm"}, {}},
        {"yi", {"yi-"}, {}},
        {"mixtral", {"mixtral", "instruct"}, {}},
        {"mistral", {"mistral", "instruct"}, {}},
        {"gemma", {"gemma"}, {}},
        {"deepseek", {"deepseek", "chat"}, {}},
        {"phi-3", {"phi-3"}, {}},
        {"phi-4", {"phi-4"}, {}},
        {"glm4", {"glm-4"}, {}},
        {"smollm2", {"smollm2"}, {}},
    };
    return kMatches;
}

} // namespace

Result<std::string> NamedTemplate::prompt(std::string_view question, SequenceStart start) const {
    if (capability == Capability::Infilling)
        return infilled(question);
    if (capability != Capability::Chat)
        return std::string(question);
    std::string text;
    if (start == SequenceStart::No)
        text = separator + user;
    else if (systemInsideUser)
        text = begin + user + (meta ? *meta + endOfSystem : "");
    else
        text = begin + (meta ? system + *meta + endOfSystem : "") + user;
    return text.append(question) + endOfUser + openAssistant;
}

ChatTemplate NamedTemplate::chatTemplate(SpecialTokenTexts tokens, bool addBos) const {
    return ChatTemplate::create(capability == Capability::Chat ? chatSource(*this, addBos)
                                                               : rawSource(*this, addBos),
                                std::move(tokens))
        .value();
}

Result<void> NamedTemplate::setCapability(std::string_view wanted) {
    for (const auto& [text, value] : kCapabilities) {
        const bool offered =
            value == capability || value == Capability::Completion ||
            std::find(others.begin(), others.end(), value) != others.end();
        if (text != wanted || !offered)
            continue;
        capability = value;
        if (value == Capability::Infilling)
            stopWords = {"<EOT>"};
        return {};
    }
    Error error;
    error.code = ErrorCode::Unsupported;
    error.field = "cap";
    error.detail = "template \"" + name + "\" has no \"" + std::string(wanted) + "\"";
    return fail(std::move(error));
}

std::vector<std::string> namedTemplateNames() {
    std::vector<std::string> names;
    for (const NamedTemplate& each : namedTemplates())
        names.push_back(each.name);
    std::sort(names.begin(), names.end());
    return names;
}

Result<NamedTemplate> findNamedTemplate(std::string_view name) {
    for (const NamedTemplate& each : namedTemplates()) {
        if (each.name == name)
            return each;
    }
    std::string names;
    for (const std::string& each : namedTemplateNames())
        names += (names.empty() ? "" : ", ") + each;
    return invalidArgument("model-name", "\"" + std::string(name) + "\" is none of " + names);
}

std::optional<NamedTemplate> guessNamedTemplate(std::string_view modelName,
                                                std::string_view architecture) {
    const std::string path = lowerCase(modelName);
    const auto has = [&](std::string_view word) { return path.find(word) != std::string::npos; };
    for (const Match& match : matches()) {
        if (std::all_of(match.words.begin(), match.words.end(), has) &&
            std::none_of(match.absent.begin(), match.absent.end(), has))
            return findNamedTemplate(match.name).value();
    }
    // Their chat models formatted prompts in code of their own.
    for (const auto& [kind, name] : {std::pair{"qwen", "qwen-7b"},
                                     {"internlm", "internlm-chat"},
                                     {"baichuan2", "baichuan2-7b"},
                                     {"chatglm3", "glm4"}}) {
        if (architecture == kind)
            return findNamedTemplate(name).value();
    }
    return std::nullopt;
}

std::optional<NamedTemplate> guessNamedTemplate(const Checkpoint& checkpoint,
                                                std::string_view architecture) {
    if (checkpoint.kind() != Checkpoint::Kind::Workspace)
        return guessNamedTemplate(checkpoint.path().filename().string(), architecture);
    const std::string& name = checkpoint.workspace().index().modelName;
    if (auto named = findNamedTemplate(name))
        return *std::move(named);
    return guessNamedTemplate(name, architecture);
}

} // namespace hearth
