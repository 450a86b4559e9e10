#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hearth::serve {

/// Threads for work that waits for a model, as embeddings do. Work that is left when it goes is
/// thrown away. Any thread may call run(); it never blocks.
class Background {
public:
    explicit Background(int threads);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// `work` must not throw.
    void run(std::function<void()> work);

private:
    void loop(const std::stop_token& stop);

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<std::function<void()>> m_work; ///< Under m_mutex.
    std::vector<std::jthread> m_threads;
};

} // namespace hearth::serve
