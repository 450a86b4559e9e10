#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace hearth {

/// What went wrong, as a code that a program can act on. Texts for people are made from the code
/// and the arguments: English by Error::message(), the window's own by the window.
enum class ErrorCode : std::uint16_t {
    InvalidArgument,   ///< `field` has a value that is not allowed (`detail` says what is).
    NotFound,          ///< `path` or the name in `field` does not exist.
    Io,                ///< Reading or writing `path` failed (`detail`: the system's reason).
    Corrupt,           ///< `path` is damaged: `field` at byte `offset`, `detail` says how.
    Unsupported,       ///< Well-formed, but `field` has a value we cannot run (`detail` names it).
    UnsafeFile,        ///< A format that can execute code (pickle) was refused.
    OutOfMemory,       ///< `needed` bytes asked for, `available` bytes free.
    ContextExceeded,   ///< Prompt of `needed` tokens, the context holds `available`.
    CacheExceeded,     ///< Request needs `needed` KV blocks, the pool has `available` in all.
    QueueFull,         ///< The engine already holds `available` requests.
    Cancelled,         ///< The caller cancelled.
    ShuttingDown,      ///< The engine is stopping and takes no more work.
    NonFiniteLogits,   ///< The model produced NaN or infinity.
    TemplateFailed,    ///< The chat template could not be parsed or rendered (`detail`).
    DeviceLost,        ///< The device reported an error after which it cannot be used.
    DeviceUnavailable, ///< No usable device, driver or library (`detail` names it).
    Internal,          ///< A defect of ours (`detail`).
    // Why no NVIDIA GPU can be used; what else stands in the way is DeviceUnavailable. The codes'
    // numbers are kept in chats: new ones come last.
    DriverMissing,   ///< No NVIDIA driver is installed.
    DriverTooOld,    ///< It supports CUDA `available`, Hearth needs `needed` (13000: CUDA 13.0).
    GpuMissing,      ///< The driver shows no GPU.
    GpuTooOld,       ///< The plugin has no code for the GPUs here (`detail` names them).
    CublasMissing,   ///< libcublas cannot be loaded (`detail`: the loader's words).
    BackendMissing,  ///< This installation has no CUDA plugin (`detail`: where it was sought).
    BackendMismatch, ///< The CUDA plugin at `path` is of another build.
    // Downloads. `field` is the host that was asked.
    NoNetwork,     ///< It can't be reached, or stopped answering (`detail`: why).
    TlsFailed,     ///< Its certificate or encryption can't be trusted (`detail`).
    HttpRefused,   ///< It answered with the HTTP status `available`.
    WrongContent,  ///< It sent something else than the file (`detail` says what).
    WrongChecksum, ///< What arrived for `path` is not what the hub has; it was thrown away.
    NoSpace,       ///< The disk of `path` needs `needed` bytes and has `available`.
    ToolMissing,   ///< The program in `field` is not installed, or lacks a part (`detail`).
};

/// An error: a code with typed arguments. Unused arguments stay empty.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string path;                       ///< File or folder.
    std::string field;                      ///< Key, tensor, option or name.
    std::string detail;                     ///< Reason in technical English.
    std::optional<std::uint64_t> needed;    ///< Unit as the code says.
    std::optional<std::uint64_t> available; ///< Unit as the code says.
    std::optional<std::uint64_t> offset;    ///< Byte offset in `path`.

    /// One English sentence: what, where, and the numbers.
    [[nodiscard]] std::string message() const;
};

/// Marks a value as the failure of a Result, as std::unexpected does.
struct Failure {
    Error error;
};

[[nodiscard]] inline Failure fail(Error error) {
    return Failure{std::move(error)};
}
[[nodiscard]] inline Failure fail(ErrorCode code, std::string detail = {}) {
    Error error;
    error.code = code;
    error.detail = std::move(detail);
    return Failure{std::move(error)};
}

/// A value or an Error; spelt like std::expected (C++23), which g++ 12 lacks in C++20.
/// Reading value() of a failed result is a programmer's mistake and throws std::bad_variant_access.
template<typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Failure failure) : m_state(std::in_place_index<1>, std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() & { return std::get<0>(m_state); }
    [[nodiscard]] const T& value() const& { return std::get<0>(m_state); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(m_state)); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] Error& error() & { return std::get<1>(m_state); }
    [[nodiscard]] const Error& error() const& { return std::get<1>(m_state); }
    [[nodiscard]] Error&& error() && { return std::get<1>(std::move(m_state)); }

private:
    std::variant<T, Error> m_state;
};

template<>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Failure failure) : m_error(std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const { return !m_error.has_value(); }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] Error& error() & { return *m_error; }
    [[nodiscard]] const Error& error() const& { return *m_error; }
    [[nodiscard]] Error&& error() && { return *std::move(m_error); }

private:
    std::optional<Error> m_error;
};

} // namespace hearth

/// Returns the failure of `expression` (a Result) from the enclosing function.
#define HEARTH_TRY(expression)                                                                     \
    do {                                                                                           \
        if (auto hearthTry = (expression); !hearthTry)                                             \
            return ::hearth::fail(std::move(hearthTry).error());                                   \
    } while (false)

#define HEARTH_CONCAT_INNER(a, b) a##b
#define HEARTH_CONCAT(a, b) HEARTH_CONCAT_INNER(a, b)

/// Declares `declaration` from the value of `expression` (a Result), or returns its failure.
#define HEARTH_TRY_ASSIGN(declaration, expression)                                                 \
    auto HEARTH_CONCAT(hearthResult, __LINE__) = (expression);                                     \
    if (!HEARTH_CONCAT(hearthResult, __LINE__))                                                    \
        return ::hearth::fail(std::move(HEARTH_CONCAT(hearthResult, __LINE__)).error());           \
    declaration = *std::move(HEARTH_CONCAT(hearthResult, __LINE__))
