#include <ctime>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/jinja/chat_template.h"
#include "text/jinja/template.h"

namespace hearth::jinja {
namespace {

using Json = nlohmann::ordered_json;

std::string repeated(const std::string& text, std::size_t count) {
    std::string all;
    all.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

/// Parses and renders; the failure's error, or none if it rendered.
std::optional<Error> failureOf(const std::string& source, const Json& variables = Json::object(),
                               const RenderLimits& limits = {}) {
    const auto parsed = Template::parse(source);
    if (!parsed)
        return parsed.error();
    const auto rendered = parsed->render(variables, limits);
    if (!rendered)
        return rendered.error();
    return std::nullopt;
}

void expectFails(const std::string& source, const std::string& reason) {
    SCOPED_TRACE(source.substr(0, 80));
    const std::clock_t begin = std::clock();
    const auto error = failureOf(source);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, ErrorCode::TemplateFailed);
    EXPECT_TRUE(error->field.starts_with("line ")) << error->field;
    EXPECT_NE(error->detail.find(reason), std::string::npos) << error->detail;
    // Two seconds are the promise; sanitizers get more.
    EXPECT_LT(seconds, 20.0);
}

std::string textOf(const std::string& source) {
    return Template::parse(source).value().render(Json::object()).value();
}

TEST(Jinja, fault_026_syntax_error_names_the_line) {
    const auto error = failureOf("one\n{% if x %}\n{{ x + }}\n{% endif %}");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, ErrorCode::TemplateFailed);
    EXPECT_EQ(error->field, "line 3");
    EXPECT_EQ(error->detail, "expected an expression, got '}}'");
    const auto late = failureOf("one\n\n{{ none.x.y }}");
    ASSERT_TRUE(late);
    EXPECT_EQ(late->field, "line 3");
}

TEST(Jinja, fault_026_fallback_is_offered) {
    const auto broken = ChatTemplate::create("{% for m in messages %}", {});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ErrorCode::TemplateFailed);
    const Json messages = {{{"role", "user"}, {"content", "Hi"}}};
    const auto segments = ChatTemplate::chatMl({}).render(messages, nullptr, GenerationPrompt::Add);
    ASSERT_TRUE(segments);
    EXPECT_EQ(joinSegments(*segments), "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Jinja, fault_027_nesting_in_the_template) {
    constexpr std::size_t kLevels = 100'000;
    const std::string reason = "too deep";
    expectFails("{{ " + repeated("(", kLevels) + "1" + repeated(")", kLevels) + " }}", reason);
    expectFails("{{ " + repeated("[", kLevels) + repeated("]", kLevels) + " }}", reason);
    expectFails("{{ " + repeated("{1:", kLevels) + "1" + repeated("}", kLevels) + " }}", reason);
    expectFails("{{ " + repeated("not ", kLevels) + "1 }}", reason);
    expectFails("{{ " + repeated("-", kLevels) + "1 }}", reason);
    expectFails("{{ 1" + repeated(" + 1", kLevels) + " }}", reason);
    expectFails("{{ 1" + repeated(" and 1", kLevels) + " }}", reason);
    expectFails("{{ x" + repeated(".a", kLevels) + " }}", reason);
    expectFails("{{ x" + repeated("[0]", kLevels) + " }}", reason);
    expectFails("{{ x" + repeated("|e", kLevels) + " }}", reason);
    expectFails("{{ " + repeated("f(", kLevels) + repeated(")", kLevels) + " }}", reason);
    expectFails("{{ " + repeated("1 if 1 else ", kLevels) + "1 }}", reason);
    expectFails(repeated("{% if 1 %}", kLevels), reason);
    expectFails(repeated("{% for x in y %}", kLevels), reason);
    expectFails("{% set " + repeated("(", kLevels) + "x" + repeated(")", kLevels) + " = 1 %}",
                reason);
    EXPECT_EQ(textOf("{{ 1" + repeated(" ~ 1", kLevels) + " }}").size(), kLevels + 1);
    EXPECT_EQ(textOf("{% if 0 %}" + repeated("{% elif 0 %}", kLevels) + "{% endif %}"), "");
}

TEST(Jinja, fault_027_recursive_macro) {
    expectFails("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recurses too deep");
    expectFails("{% macro f(x=f()) %}{% endmacro %}{{ f() }}", "recurses too deep");
    expectFails("{% macro f() %}{% call f() %}{% endcall %}{{ caller() }}{% endmacro %}{{ f() }}",
                "recurses too deep");
    expectFails("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "recurses too deep");
}

TEST(Jinja, fault_027_deep_values) {
    Json deep = 1;
    for (int i = 0; i < 100'000; ++i)
        deep = Json::array({std::move(deep)});
    const auto error = failureOf("{{ x }}", {{"x", std::move(deep)}});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, ErrorCode::TemplateFailed);
    expectFails("{% set n = namespace(x=1) %}{% for i in range(100000) %}"
                "{% set n.x = [n.x] %}{% endfor %}",
                "nested too deep");
    expectFails("{% set n = namespace(x='') %}{% for i in range(100000) %}"
                "{% set n.x = {1: n.x} %}{% endfor %}",
                "nested too deep");
    EXPECT_EQ(textOf("{% set n = namespace() %}{% for i in range(50000) %}"
                     "{% for j in [n.x] %}{% set n.x = loop %}{% endfor %}{% endfor %}"
                     "{% set n.me = n %}{{ n.me.me is sameas n }}"),
              "True");
}

TEST(Jinja, fault_028_endless_work) {
    const std::string reason = "too many steps";
    expectFails("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                reason);
    expectFails("{% for a in range(99999) %}{% for b in range(9) %}{% if range(99)|sum %}"
                "{% endif %}{% endfor %}{% endfor %}",
                "too");
    expectFails("{{ range(10**9) }}", "limited to");
    expectFails("{{ range(-9223372036854775807, 9223372036854775807) }}", "limited to");
    expectFails("{% set x = range(90000)|list %}{% for i in x if i in x %}{% endfor %}", reason);
    expectFails("{% set x = range(90000)|list %}{{ x|unique|length }}", reason);
    expectFails("{% set s = 'a' * 10000000 %}{% for i in range(99999) %}{{ s.count('b') }}"
                "{% endfor %}",
                reason);
    expectFails("{{ ('a' * 9000000).rfind('b' ~ 'a' * 4000000) }}", reason);
    expectFails("{{ ('a' * 9000000).strip('b' * 9000000) }}", reason);
    EXPECT_EQ(textOf("{{ ('a' * 9000000).find('a' * 4000000 ~ 'b') }}"), "-1");
}

TEST(Jinja, fault_028_growth) {
    const std::string reason = "builds too much";
    expectFails("{% set n = namespace(x='ab') %}{% for i in range(99) %}"
                "{% set n.x = n.x + n.x %}{% endfor %}",
                reason);
    expectFails("{{ 'abc' * 10**12 }}", reason);
    expectFails("{{ [1] * 10**12 }}", reason);
    expectFails("{{ 'a'.center(10**12) }}", reason);
    expectFails("{{ 'a'.zfill(10**12) }}", reason);
    expectFails("{{ 'a\nb'|indent(10**12) }}", reason);
    expectFails("{{ [1]|batch(10**12, 'x')|list }}", reason);
    expectFails("{{ [1]|tojson(indent=10**12) }}", reason);
    expectFails("{{ '%1000000000000d' % 1 }}", "width");
    expectFails("{{ '{:1000000000000}'.format(1) }}", "width");
    expectFails("{{ '%.1000000000000f' % 1 }}", "precision");
    expectFails("{{ ('a' * 100000).replace('', 'b' * 100000) }}", reason);
    expectFails("{{ ([('a' * 100000)] * 100000) | join }}", "too");
    expectFails("{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}"
                "{% endfor %}{{ n.x }}",
                "too");
    expectFails("{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{{ s }}{% endfor %}",
                "too long");
    expectFails("{{ 9223372036854775807 + 1 }}", "64 bits");
    expectFails("{{ -9223372036854775807 - 2 }}", "64 bits");
    expectFails("{{ 10 ** 99 }}", "64 bits");
    expectFails("{{ (-9223372036854775807 - 1) // -1 }}", "64 bits");
    expectFails("{{ 1 // 0 }}", "zero");
    expectFails("{{ 'a'[::0] }}", "zero");
    EXPECT_EQ(textOf("{{ (-9223372036854775807 - 1) % -1 }}"), "0");
    EXPECT_EQ(textOf("{{ 'abc'[-9223372036854775807:9223372036854775807:9223372036854775807] }}"),
              "a");
}

TEST(Jinja, fault_029_nothing_of_the_host) {
    for (const char* tag : {"import 'x' as y", "include 'x'", "extends 'x'", "from 'x' import y"})
        expectFails(std::string("{% ") + tag + " %}", "not allowed");
    for (const char* escape : {"''.__class__.__mro__",
                               "lipsum.__globals__",
                               "self.__init__",
                               "cycler.__init__.__globals__",
                               "namespace.__init__.__globals__",
                               "[].__class__.__base__",
                               "().__class__.__bases__[0]",
                               "{}.__class__.__mro__",
                               "raise_exception.__globals__['os']",
                               "request.application",
                               "'{0.__class__.__mro__}'.format(1)",
                               "'{0[__class__].x}'.format(1)",
                               "(1).__class__.__base__",
                               "none.__class__.__x__",
                               "''['__class__']['__mro__']",
                               "''|attr('__class__')|attr('__mro__')|attr('x')",
                               "[].append(1)",
                               "{}.update({1: 2})",
                               "{}.pop(1)",
                               "[''].sort()",
                               "open('/etc/passwd')",
                               "__import__('os')",
                               "config.items()",
                               "get_flashed_messages.__globals__"})
        EXPECT_TRUE(failureOf("{{ " + std::string(escape) + " }}").has_value()) << escape;
    // As in jinja2's sandbox, an unsafe attribute that is merely printed is undefined.
    for (const char* unsafe : {"''.__class__", "[].__len__", "namespace.__globals__",
                               "''|attr('__class__')", "raise_exception.__code__"})
        EXPECT_EQ(textOf("{{ " + std::string(unsafe) + " }}"), "") << unsafe;
}

TEST(Jinja, fault_030_raise_exception_and_missing_fields) {
    const auto raised = failureOf("\n\n{{ raise_exception('Only ' ~ 2 ~ ' roles!') }}");
    ASSERT_TRUE(raised);
    EXPECT_EQ(raised->code, ErrorCode::TemplateFailed);
    EXPECT_EQ(raised->detail, "Only 2 roles!");
    EXPECT_EQ(raised->field, "line 3");
    const Json variables = {{"messages", {{{"role", "user"}}}}};
    const auto missing = failureOf("{{ messages[0]['content'] + 'x' }}", variables);
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->detail, "'dict object' has no attribute 'content'");
    const auto unknown = failureOf("{{ missing.field }}", variables);
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->detail, "'missing' is undefined");
    EXPECT_TRUE(failureOf("{{ 1 }}", Json::array()).has_value());
    EXPECT_FALSE(failureOf("{{ 1 }}", nullptr).has_value());
}

TEST(Jinja, LimitsAreTheCallers) {
    RenderLimits limits;
    limits.maxOutputBytes = 10;
    EXPECT_FALSE(failureOf("0123456789", {}, limits));
    EXPECT_TRUE(failureOf("0123456789a", {}, limits));
    limits = {};
    limits.maxSteps = 100;
    EXPECT_FALSE(failureOf("{% for i in range(10) %}{{ i }}{% endfor %}", {}, limits));
    EXPECT_TRUE(failureOf("{% for i in range(100) %}{{ i }}{% endfor %}", {}, limits));
}

TEST(Jinja, InvalidUtf8IsCarriedThrough) {
    const Json variables = {{"x", "a\xff\xc3(\xe4\xb8"}};
    const auto rendered =
        Template::parse("{{ x }}{{ x|length }}{{ x[1:2] }}{{ x|upper }}{{ x[::-1] }}")
            .value()
            .render(variables);
    ASSERT_TRUE(rendered);
    EXPECT_EQ(*rendered, "a\xff\xc3(\xe4\xb8"
                         "6\xff"
                         "A\xff\xc3(\xe4\xb8"
                         "\xb8\xe4(\xc3\xff"
                         "a");
}

} // namespace
} // namespace hearth::jinja
