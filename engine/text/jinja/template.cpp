#include "text/jinja/template.h"

#include <new>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"

namespace hearth::jinja {

namespace {

Failure failAt(int line, std::string reason) {
    Error error;
    error.code = ErrorCode::TemplateFailed;
    error.field = "line " + std::to_string(line);
    error.detail = std::move(reason);
    return fail(std::move(error));
}

Result<Text> renderText(const TemplateNode& root, const nlohmann::ordered_json& variables,
                        const TrustPolicy* trust, const RenderLimits& limits) {
    int line = 1;
    try {
        Interpreter interpreter(limits, variables, trust);
        try {
            return interpreter.run(root);
        } catch (...) {
            line = interpreter.line();
            throw;
        }
    } catch (const TemplateError& error) {
        return failAt(error.line() != 0 ? error.line() : line, error.what());
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, "while rendering a chat template");
    } catch (const std::length_error&) {
        return failAt(line, "a text or list is too long");
    }
}

std::vector<Segment> segmentsOf(const Text& text) {
    std::vector<Segment> segments;
    std::size_t at = 0;
    const auto add = [&](std::size_t end, bool trusted) {
        if (end > at)
            segments.push_back({text.bytes().substr(at, end - at), trusted});
        at = end;
    };
    for (const Text::Range& range : text.untrusted()) {
        add(range.begin, true);
        add(range.end, false);
    }
    add(text.size(), true);
    return segments;
}

} // namespace

Result<Template> Template::parse(std::string source) {
    try {
        return Template(std::shared_ptr<const TemplateNode>(parseTemplate(source)));
    } catch (const TemplateError& error) {
        return failAt(error.line(), error.what());
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, "while parsing a chat template");
    }
}

Result<std::string> Template::render(const nlohmann::ordered_json& variables,
                                     const RenderLimits& limits) const {
    HEARTH_TRY_ASSIGN(const Text text, renderText(*m_root, variables, nullptr, limits));
    return text.bytes();
}

Result<std::vector<Segment>> Template::renderSegments(const nlohmann::ordered_json& variables,
                                                      const TrustPolicy& trust,
                                                      const RenderLimits& limits) const {
    HEARTH_TRY_ASSIGN(const Text text, renderText(*m_root, variables, &trust, limits));
    return segmentsOf(text);
}

std::string joinSegments(const std::vector<Segment>& segments) {
    std::string text;
    for (const Segment& segment : segments)
        text += segment.text;
    return text;
}

} // namespace hearth::jinja
