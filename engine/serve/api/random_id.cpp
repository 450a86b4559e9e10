#include "serve/api/random_id.h"

#include <chrono>
#include <random>

namespace hearth::serve {

std::string randomId(std::string_view prefix) {
    static constexpr std::string_view kLetters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr int kLength = 24;
    thread_local std::mt19937_64 generator{std::random_device{}()};
    std::uniform_int_distribution<std::size_t> letter(0, kLetters.size() - 1);
    std::string id(prefix);
    for (int i = 0; i < kLength; ++i)
        id += kLetters[letter(generator)];
    return id;
}

long long unixTime() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace hearth::serve
