#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "hearth/result.h"

namespace hearth::jinja {

/// What one rendering may spend. Exceeding a limit fails the rendering, never the program.
struct RenderLimits {
    /// Evaluated nodes and loop rounds; long strings and lists count extra where they are walked.
    std::uint64_t maxSteps = 5'000'000;
    /// Bytes of rendered text.
    std::uint64_t maxOutputBytes = 64ull << 20;
    /// Bytes of all strings and lists that the template builds, added up, without the variables.
    std::uint64_t maxBuiltBytes = 128ull << 20;
    /// Nested evaluations: expressions, blocks, macro calls, levels of a value.
    std::uint32_t maxDepth = 400;
    /// The time that strftime_now() shows; the clock's if unset.
    std::optional<std::time_t> now;
};

/// A run of rendered text. Trusted text is the template's own (or a trusted variable's): control
/// tokens in it count. Untrusted text came out of a message, a tool or its result: whatever looks
/// like a control token there is plain text.
struct Segment {
    std::string text;
    bool trusted = true;

    bool operator==(const Segment&) const = default;
};

/// Which strings among the variables are trusted; all others are untrusted, object keys too.
struct TrustPolicy {
    /// Top-level variables whose strings are all trusted, such as bos_token.
    std::vector<std::string> variables;
    /// Values trusted where they stand under an object's key "role": templates build control
    /// tokens from them ('<|' + message.role + '|>').
    std::vector<std::string> roles;
};

struct TemplateNode;

/// A parsed Jinja2 template, rendered as Hugging Face transformers does: jinja2's
/// ImmutableSandboxedEnvironment with trim_blocks, lstrip_blocks, loop controls, {% generation %},
/// raise_exception, strftime_now and json.dumps as `tojson`. Nothing of the host can be reached.
///
/// Immutable and cheap to copy; any thread may render, several at a time. Every error has the
/// code TemplateFailed, `field` "line N" and the reason in `detail`; what a template passes to
/// raise_exception is `detail`.
class Template {
public:
    /// Fails on a syntax error, on {% import %} and its kind, and on absurd nesting.
    static Result<Template> parse(std::string source);

    /// Renders with `variables`, an object (null stands for an empty one).
    Result<std::string> render(const nlohmann::ordered_json& variables,
                               const RenderLimits& limits = {}) const;

    /// As render(), telling where each character came from. Neighbours differ in `trusted`, no
    /// segment is empty. Strings keep their provenance through concatenation, slices, strip,
    /// split, replace, join, case changes and tojson; what cannot follow it marks its whole result
    /// as untrusted if any argument was.
    Result<std::vector<Segment>> renderSegments(const nlohmann::ordered_json& variables,
                                                const TrustPolicy& trust,
                                                const RenderLimits& limits = {}) const;

private:
    explicit Template(std::shared_ptr<const TemplateNode> root)
        : m_root(std::move(root)) {}

    std::shared_ptr<const TemplateNode> m_root;
};

/// The segments' texts in a row.
[[nodiscard]] std::string joinSegments(const std::vector<Segment>& segments);

} // namespace hearth::jinja
