#pragma once

#include "hearth/result.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace hearth::grammar {

/// Keeps the order of properties.
using Json = nlohmann::ordered_json;

/// A schema with the place that it was found at, for errors: a JSON pointer (RFC 6901).
struct PlacedSchema {
    const Json* schema = nullptr;
    std::string place;
};

/// A schema as it was given, within limits: a megabyte, 64 levels, 4096 members a container.
/// Immutable; what it hands out lives as long as it does.
class SchemaDocument {
public:
    /// Errors: InvalidArgument with the offset of a syntax error, Unsupported beyond the limits.
    static Result<SchemaDocument> parse(std::string_view text);

    [[nodiscard]] const Json& root() const { return m_root; }
    /// What `$ref` names: a pointer or an anchor in this document.
    /// Errors: InvalidArgument if it is not there, Unsupported for other documents.
    [[nodiscard]] Result<PlacedSchema> resolve(const std::string& reference,
                                               const std::string& place) const;

private:
    Json m_root;
};

/// The error of a schema that is wrong, or that we can't compile, at `place`.
[[nodiscard]] Failure schemaFailure(ErrorCode code, const std::string& place, std::string detail);
/// `place` with one more step.
[[nodiscard]] std::string below(const std::string& place, std::string_view key);

} // namespace hearth::grammar
