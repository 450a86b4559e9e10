#include "text/gguf_pretokenizer.h"

#include "text/json_fields.h"
#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace hearth {

namespace {

enum class Family : std::uint8_t {
    Default,
    Gpt2,
    SmolLm,
    Llama3,
    Qwen2,
    Falcon,
    Tekken,
    Gpt4o,
    DeepSeekCoder,
    DeepSeekV3,
};

struct Name {
    std::string_view name;
    Family family = Family::Default;
};

constexpr std::array kNames = {
    Name{"", Family::Default},
    Name{"default", Family::Default},
    Name{"gpt-2", Family::Gpt2},
    Name{"phi-2", Family::Gpt2},
    Name{"mpt", Family::Gpt2},
    Name{"olmo", Family::Gpt2},
    Name{"jais", Family::Gpt2},
    Name{"roberta-bpe", Family::Gpt2},
    Name{"jina-es", Family::Gpt2},
    Name{"jina-de", Family::Gpt2},
    Name{"jina-v1-en", Family::Gpt2},
    Name{"jina-v2-code", Family::Gpt2},
    Name{"smollm", Family::SmolLm},
    Name{"starcoder", Family::SmolLm},
    Name{"refact", Family::SmolLm},
    Name{"command-r", Family::SmolLm},
    Name{"codeshell", Family::SmolLm},
    Name{"exaone", Family::SmolLm},
    Name{"llama3", Family::Llama3},
    Name{"llama-v3", Family::Llama3},
    Name{"llama-bpe", Family::Llama3},
    Name{"falcon3", Family::Llama3},
    Name{"dbrx", Family::Llama3},
    Name{"smaug-bpe", Family::Llama3},
    Name{"chatglm-bpe", Family::Llama3},
    Name{"glm4", Family::Llama3},
    Name{"qwen2", Family::Qwen2},
    Name{"stablelm2", Family::Qwen2},
    Name{"deepseek-r1-qwen", Family::Qwen2},
    Name{"megrez", Family::Qwen2},
    Name{"falcon", Family::Falcon},
    Name{"tekken", Family::Tekken},
    Name{"gpt-4o", Family::Gpt4o},
    Name{"llama4", Family::Gpt4o},
    Name{"deepseek-coder", Family::DeepSeekCoder},
    Name{"deepseek-v3", Family::DeepSeekV3},
};

constexpr const char* kUpperLower =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)";
constexpr const char* kUpper =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)";
constexpr const char* kContractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
constexpr const char* kTail = R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

class Steps {
public:
    Result<void> regexes(std::initializer_list<std::string> patterns) {
        for (const std::string& pattern : patterns) {
            HEARTH_TRY_ASSIGN(Regex regex, Regex::compile(pattern));
            m_steps.emplace_back(
                PreTokenizer::Split{std::move(regex), SplitBehavior::Isolated, false});
        }
        return {};
    }
    void words(WordPattern pattern) { m_steps.emplace_back(PreTokenizer::Words{pattern}); }
    void singleDigits() {
        m_steps.emplace_back(
            PreTokenizer::Classes{CharacterClasses::Number, SplitBehavior::Isolated});
    }

    Result<void> add(Family family);
    PreTokenizer take() { return PreTokenizer(std::move(m_steps)); }

private:
    std::vector<PreTokenizer::Step> m_steps;
};

// The expressions are llama.cpp's, in the order in which it applies them.
Result<void> Steps::add(Family family) {
    switch (family) {
    case Family::Default:
        HEARTH_TRY(regexes({R"([\p{P}\$\+<=>\^~\|]+)"}));
        words(WordPattern::Gpt2);
        return regexes({R"(\p{N}+)", "[0-9][0-9][0-9]"});
    case Family::Gpt2:
        words(WordPattern::Gpt2);
        return {};
    case Family::SmolLm:
        singleDigits();
        words(WordPattern::Gpt2);
        return {};
    case Family::Llama3:
        words(WordPattern::Llama3);
        return {};
    case Family::Qwen2:
        words(WordPattern::Qwen2);
        return {};
    case Family::Falcon:
        HEARTH_TRY(regexes({R"([\p{P}\$\+<=>\^~\|`]+)"}));
        words(WordPattern::Gpt2);
        return regexes({"[0-9][0-9][0-9]"});
    case Family::Tekken:
        return regexes({std::string(kUpperLower) + "|" + kUpper + R"(|\p{N})" + kTail});
    case Family::Gpt4o:
        return regexes({std::string(kUpperLower) + kContractions + "|" + kUpper + kContractions +
                        R"(|\p{N}{1,3})" + kTail});
    case Family::DeepSeekCoder:
        return regexes({R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", R"([一-龥ࠀ-一가-퟿]+)",
                        R"(\p{N})"});
    case Family::DeepSeekV3:
        return regexes({R"(\p{N}{1,3})", R"([一-龥぀-ゟ゠-ヿ]+)",
                        R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)"
                        R"(|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)"
                        R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"});
    }
    return {};
}

} // namespace

Result<GgufPreTokenization> ggufPreTokenization(std::string_view name) {
    const auto* known = std::find_if(kNames.begin(), kNames.end(),
                                     [&](const Name& each) { return each.name == name; });
    if (known == kNames.end())
        return json_fields::unsupported("tokenizer.ggml.pre", std::string(name));
    Steps steps;
    HEARTH_TRY(steps.add(known->family));
    const bool isLlama3 =
        name == "llama3" || name == "llama-v3" || name == "llama-bpe" || name == "falcon3";
    const bool isTekken = known->family == Family::Tekken;
    return GgufPreTokenization{steps.take(), isLlama3 || isTekken, isLlama3 || isTekken};
}

} // namespace hearth
