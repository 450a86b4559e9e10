#include "hearth/server.h"
#include "serve/support/raw_client.h"
#include "serve/support/scripted_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace hearth::test {

using Json = nlohmann::json;

namespace {

std::unique_ptr<Server> startServer() {
    ServerOptions options;
    options.port = 0;
    return *Server::start(options, std::make_shared<serve::ScriptedPool>(
                                       std::make_shared<serve::ScriptedEngine>()));
}

std::string upperCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return char(std::toupper(c)); });
    return text;
}

} // namespace

TEST(ServerPaths, WhatTheDocumentNamesIsThere) {
    const auto server = startServer();
    const auto ask = [&](const std::string& method, const std::string& path) {
        return exchangeRaw(server->port(), makeRequest(method, path));
    };
    const Json paths = Json::parse(ask("GET", "/openapi.json").body).at("paths");
    for (const char* path : {"/health", "/v1/health", "/ping", "/metrics", "/v1/models"})
        EXPECT_TRUE(paths.contains(path)) << path;
    for (const auto& [path, methods] : paths.items())
        for (const auto& [method, operation] : methods.items()) {
            std::string target = path;
            if (const std::size_t id = target.find("{id}"); id != std::string::npos)
                target.replace(id, 4, "tiny");
            const RawAnswer answer = ask(upperCase(method), target);
            EXPECT_NE(answer.status, 405) << path;
            EXPECT_EQ(answer.body.find("there is no such path"), std::string::npos) << path;
        }
}

TEST(ServerPaths, AreTheSameWithASlashAndWithoutTheirPrefix) {
    const auto server = startServer();
    for (const char* path : {"/health", "/health/", "/v1/health", "/v1/health/", "/v1/models",
                             "/v1/models/", "/models/", "/v1/models/tiny/", "/api/tags/"})
        EXPECT_EQ(exchangeRaw(server->port(), makeRequest("GET", path)).status, 200) << path;
}

TEST(ServerPaths, fault_033_bodies_nested_without_end_are_refused_everywhere) {
    const auto server = startServer();
    const Json paths =
        Json::parse(exchangeRaw(server->port(), makeRequest("GET", "/openapi.json")).body)
            .at("paths");
    std::string objects;
    for (int i = 0; i < 100'000; ++i)
        objects += "{\"a\":";
    int asked = 0;
    for (const auto& [path, methods] : paths.items()) {
        if (!methods.contains("post") || !methods.at("post").contains("requestBody"))
            continue;
        ++asked;
        for (const std::string& body : {std::string(100'000, '['), objects})
            EXPECT_THAT(exchangeRaw(server->port(), makeRequest("POST", path, body)).status,
                        testing::AnyOf(400, 422)) // TGI's for what is not valid
                << path;
    }
    EXPECT_GT(asked, 10);
    EXPECT_EQ(exchangeRaw(server->port(), makeRequest("GET", "/health")).status, 200);
}

} // namespace hearth::test
