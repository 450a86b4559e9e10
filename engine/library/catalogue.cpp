#include "hearth/catalogue.h"

#include "library/catalogue_entries.h"

namespace hearth {

std::span<const CatalogueModel> catalogue() {
    return kCatalogueEntries;
}

} // namespace hearth
