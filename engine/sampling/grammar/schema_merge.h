#pragma once

#include "sampling/grammar/schema_document.h"

#include <vector>

namespace hearth::grammar {

/// A schema whose outermost level has no $ref, allOf, anyOf or oneOf.
struct FlatSchema {
    Json schema;
    std::string place;
};

/// The alternatives that a schema with combinations comes to: references are resolved, all
/// branches of allOf merged, those of anyOf and oneOf multiplied out. None if they contradict each
/// other. Errors: Unsupported beyond 64 alternatives or for keywords that can't be merged;
/// InvalidArgument for references in a circle and those of SchemaDocument::resolve().
Result<std::vector<FlatSchema>> flattened(const SchemaDocument& document,
                                          const PlacedSchema& schema);

} // namespace hearth::grammar
