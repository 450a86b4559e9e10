#include "serve/lmdeploy/session_store.h"

#include <gtest/gtest.h>

#include <thread>

namespace hearth::serve {

namespace {

SessionStore::Key key(std::int64_t id) {
    return {"", id};
}

void say(const std::shared_ptr<SessionStore>& store, std::int64_t id, std::size_t tokens) {
    const auto use = store->begin(key(id));
    ASSERT_TRUE(use);
    use->keep({"/m", std::vector<std::int32_t>(tokens, 7)});
}

TEST(SessionStore, KeepsWhatAUseKept) {
    const auto store = SessionStore::create();
    say(store, 1, 3);
    const auto use = store->begin(key(1));
    ASSERT_TRUE(use);
    EXPECT_EQ(use->history().tokens.size(), 3U);
    EXPECT_EQ(use->history().modelPath, "/m");
}

TEST(SessionStore, ServesOneRequestAtATime) {
    const auto store = SessionStore::create();
    auto use = store->begin(key(1));
    EXPECT_FALSE(store->begin(key(1)));
    EXPECT_TRUE(store->begin(key(2)));
    EXPECT_TRUE(store->begin({"another", 1}));
    use.reset();
    EXPECT_TRUE(store->begin(key(1)));
}

TEST(SessionStore, AUseThatKeepsNothingChangesNothing) {
    const auto store = SessionStore::create();
    store->begin(key(1)).reset();
    EXPECT_EQ(store->count(), 0U);
    say(store, 1, 3);
    store->begin(key(1)).reset();
    EXPECT_EQ(store->begin(key(1))->history().tokens.size(), 3U);
}

TEST(SessionStore, CancelReachesTheRunningUseOnly) {
    const auto store = SessionStore::create();
    int cancelled = 0;
    auto use = store->begin(key(1));
    const SessionStore::Ticket old = use->ticket();
    store->cancel(key(1)); // before it could say how
    store->onCancel(old, [&] { ++cancelled; });
    EXPECT_EQ(cancelled, 1);
    use.reset();
    use = store->begin(key(1));
    store->onCancel(old, [&] { cancelled += 100; });
    store->onCancel(use->ticket(), [&] { ++cancelled; });
    store->cancelAll("");
    EXPECT_EQ(cancelled, 2);
}

TEST(SessionStore, EndForgetsAlsoWhatRuns) {
    const auto store = SessionStore::create();
    say(store, 1, 3);
    bool cancelled = false;
    auto use = store->begin(key(1));
    store->onCancel(use->ticket(), [&] { cancelled = true; });
    EXPECT_EQ(store->end(key(1)), 3U);
    EXPECT_TRUE(cancelled);
    use->keep({"/m", {1, 2}});
    use.reset();
    EXPECT_EQ(store->count(), 0U);
    EXPECT_EQ(store->end(key(1)), 0U);
}

TEST(SessionStore, TheOldestGoFirst) {
    SessionLimits limits;
    limits.sessions = 2;
    const auto store = SessionStore::create(limits);
    for (std::int64_t id = 1; id <= 3; ++id) {
        say(store, id, 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_FALSE(store->isKnown(key(1)));
    EXPECT_TRUE(store->isKnown(key(2)));
    EXPECT_TRUE(store->isKnown(key(3)));
}

TEST(SessionStore, TokensAreCappedInAll) {
    SessionLimits limits;
    limits.tokens = 100;
    const auto store = SessionStore::create(limits);
    for (std::int64_t id = 1; id <= 50; ++id)
        say(store, id, 30);
    EXPECT_EQ(store->count(), 3U);
    say(store, 99, 1000);
    EXPECT_EQ(store->count(), 0U);
}

TEST(SessionStore, IdleSessionsAreForgotten) {
    SessionLimits limits;
    limits.idleTime = std::chrono::seconds(0);
    const auto store = SessionStore::create(limits);
    say(store, 1, 3);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(store->begin(key(1))->history().tokens.empty());
}

} // namespace

} // namespace hearth::serve
