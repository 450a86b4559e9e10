#include "serve/http/router.h"

#include <array>
#include <optional>
#include <utility>

namespace hearth::serve {

namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

/// How closely a route fits a path: the closest is taken.
enum class Fit : std::uint8_t { None, Rest, Parameter, Literal };

/// Takes the segment before the next slash off `path`.
std::string_view takeSegment(std::string_view& path) {
    const std::size_t end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
    return segment;
}

Fit fit(std::string_view pattern, std::string_view path, Parameters& parameters) {
    Fit best = Fit::Literal;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = takeSegment(pattern);
        if (!wanted.starts_with("/{")) {
            if (takeSegment(path) != wanted)
                return Fit::None;
            continue;
        }
        std::string_view name = wanted.substr(2, wanted.size() - 3);
        if (path.size() < 2)
            return Fit::None;
        if (name.ends_with("...")) {
            name.remove_suffix(3);
            parameters.insert_or_assign(std::string(name), std::string(path.substr(1)));
            return Fit::Rest;
        }
        const std::string_view value = takeSegment(path).substr(1);
        if (value.empty())
            return Fit::None;
        parameters.insert_or_assign(std::string(name), std::string(value));
        best = Fit::Parameter;
    }
    return pattern.empty() && path.empty() ? best : Fit::None;
}

constexpr std::string_view kPrefix = "/v1/";

/// "/v1/models" without its prefix; empty if it has none.
std::string_view withoutPrefix(std::string_view path) {
    return path.starts_with(kPrefix) ? path.substr(kPrefix.size() - 1) : std::string_view{};
}

/// True for `top` itself and what lies below.
bool isWithin(std::string_view path, std::string_view top) {
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

constexpr std::array<std::pair<Method, std::string_view>, 5> kMethodNames{{
    {Method::Get, "GET"},
    {Method::Head, "HEAD"},
    {Method::Post, "POST"},
    {Method::Put, "PUT"},
    {Method::Delete, "DELETE"},
}};

} // namespace

void Router::add(Route route) {
    if (const std::string_view bare = withoutPrefix(route.path); !bare.empty()) {
        Route alias = route;
        alias.path = std::string(bare);
        m_aliases.push_back(std::move(alias));
    }
    m_routes.push_back(std::move(route));
}

void Router::speakAt(std::string path, ErrorDialect dialect) {
    if (const std::string_view bare = withoutPrefix(path); !bare.empty())
        m_dialects.emplace_back(bare, dialect);
    m_dialects.emplace_back(std::move(path), dialect);
}

const ErrorDialect& Router::dialectAt(std::string_view path) const {
    const std::pair<std::string, ErrorDialect>* best = nullptr;
    for (const auto& entry : m_dialects)
        if (isWithin(path, entry.first) &&
            (best == nullptr || entry.first.size() > best->first.size()))
            best = &entry;
    return best == nullptr ? openAiErrors() : best->second;
}

Router::Match Router::match(Method method, std::string_view path) const {
    if (!path.starts_with('/'))
        return {};
    const Method wanted = method == Method::Head ? Method::Get : method;
    Match match;
    Fit best = Fit::None;
    std::array<bool, kMethodNames.size()> allowed{};
    for (const std::vector<Route>* routes : {&m_routes, &m_aliases}) {
        for (const Route& route : *routes) {
            Parameters parameters;
            const Fit found = fit(route.path, path, parameters);
            if (found == Fit::None)
                continue;
            for (std::size_t i = 0; i < kMethodNames.size(); ++i)
                allowed[i] |= kMethodNames[i].first == route.method ||
                              (kMethodNames[i].first == Method::Head && route.method == Method::Get);
            if (route.method == wanted && found > best) {
                best = found;
                match.route = &route;
                match.parameters = std::move(parameters);
            }
        }
    }
    if (match.route != nullptr)
        return match;
    for (std::size_t i = 0; i < kMethodNames.size(); ++i) {
        if (!allowed[i])
            continue;
        match.allowed += match.allowed.empty() ? "" : ", ";
        match.allowed += kMethodNames[i].second;
    }
    return match;
}

} // namespace hearth::serve
