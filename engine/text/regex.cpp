#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/regex.h"

#include <pcre2.h>

#include <array>
#include <string>

namespace hearth {

namespace {

std::string messageOf(int code) {
    std::array<PCRE2_UCHAR, 256> buffer{};
    pcre2_get_error_message(code, buffer.data(), buffer.size());
    return reinterpret_cast<const char*>(buffer.data());
}

// Match state of one thread: a JIT stack that grows to 8 MiB, and room for one pair of offsets.
struct MatchState {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_jit_stack* stack = pcre2_jit_stack_create(32 * 1024, 8 * 1024 * 1024, nullptr);

    MatchState() { pcre2_jit_stack_assign(context, nullptr, stack); }
    MatchState(const MatchState&) = delete;
    MatchState& operator=(const MatchState&) = delete;
    ~MatchState() {
        pcre2_jit_stack_free(stack);
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
    }
};

} // namespace

Regex::Regex(std::shared_ptr<pcre2_real_code_8> code)
    : m_code(std::move(code)) {
}

Result<Regex> Regex::compile(std::string_view pattern) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* compiled =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &offset, nullptr);
    if (compiled == nullptr) {
        Error error;
        error.code = ErrorCode::Corrupt;
        error.field = "Regex";
        error.detail = messageOf(code);
        error.offset = offset;
        return fail(std::move(error));
    }
    // Without JIT support matching falls back to PCRE2's interpreter.
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    return Regex(std::shared_ptr<pcre2_real_code_8>(compiled, pcre2_code_free));
}

Result<std::optional<TextRange>> Regex::find(std::string_view text, std::size_t from) const {
    thread_local const MatchState state;
    if (from >= text.size())
        return std::optional<TextRange>();
    const int count =
        pcre2_match(m_code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                    PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, state.data, state.context);
    if (count == PCRE2_ERROR_NOMATCH)
        return std::optional<TextRange>();
    if (count < 0) {
        Error error;
        error.code = ErrorCode::Unsupported;
        error.field = "Regex";
        error.detail = messageOf(count);
        return fail(std::move(error));
    }
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(state.data);
    if (offsets[0] < from || offsets[1] <= offsets[0] || offsets[1] > text.size()) {
        Error error;
        error.code = ErrorCode::Unsupported;
        error.field = "Regex";
        error.detail = R"(\K inside a look-around)";
        return fail(std::move(error));
    }
    return std::optional<TextRange>(TextRange{offsets[0], offsets[1]});
}

} // namespace hearth
