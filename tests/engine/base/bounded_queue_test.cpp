#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

using hearth::BoundedQueue;

TEST(BoundedQueue, RefusesWhenFullButAlwaysTakesUrgentValues) {
    BoundedQueue<int> queue(1);
    EXPECT_TRUE(queue.tryPush(1));
    EXPECT_FALSE(queue.tryPush(2));
    queue.pushAlways(3);
    EXPECT_EQ(queue.tryPop(), 1);
    EXPECT_EQ(queue.tryPop(), 3);
    EXPECT_EQ(queue.tryPop(), std::nullopt);
}

TEST(BoundedQueue, CloseWakesTheWaiter) {
    BoundedQueue<int> queue(4);
    std::jthread closer([&] { queue.close(); });
    EXPECT_EQ(queue.waitPop(), std::nullopt);
    EXPECT_FALSE(queue.tryPush(1));
}
