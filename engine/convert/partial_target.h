#pragma once

#include "hearth/result.h"

#include <filesystem>
#include <functional>

namespace hearth {

/// Something new beside where it is going to be: PATH.partial, renamed to PATH at the end. If it is
/// not, nothing is left of it. What an earlier process left there when it was killed is replaced.
class PartialTarget {
public:
    enum class Kind { Folder, File };

    /// `canReplace` says whether what is at `target` may go. Errors: InvalidArgument if it may not,
    /// or another conversion is writing there; Io.
    static Result<PartialTarget> create(const std::filesystem::path& target, Kind kind,
                                        const std::function<bool(const std::filesystem::path&)>&
                                            canReplace);

    PartialTarget(PartialTarget&& other) noexcept;
    PartialTarget& operator=(PartialTarget&&) = delete;
    PartialTarget(const PartialTarget&) = delete;
    PartialTarget& operator=(const PartialTarget&) = delete;
    ~PartialTarget();

    [[nodiscard]] const std::filesystem::path& path() const { return m_partial; }
    /// Puts it in the target's place at once. Errors: Io.
    Result<void> commit();

private:
    PartialTarget(std::filesystem::path target, std::filesystem::path partial, int lock);

    std::filesystem::path m_target;
    std::filesystem::path m_partial;
    int m_lock = -1; ///< A file beside it that is locked while this exists.
};

} // namespace hearth
