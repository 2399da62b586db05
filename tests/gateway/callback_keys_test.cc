// Changing the keys callbacks are signed with while the program runs.
#include "connectors/crypto.h"
#include "tests/gateway/partner_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kArrived = R"({"return":"R-1","status":"parcel.delivered"})";
const std::string kOld = "callback-secret-of-acme", kNew = "callback-secret-the-next";

std::string MarkOf(const std::string& secret) { return connectors::Sha256Hex(secret).substr(0, 8); }

// A settings file that can be written anew while the gateway runs.
class RotatingWorld : public PartnerWorld {
public:
    RotatingWorld() : file(settings) {
        reread = [this]() -> Result<Settings> {
            if (!broken.empty()) return Invalid(broken);
            return file;
        };
        MakeApi();
        apart.emplace(api->callback_reader().Twin());  // a reader on another thread sees it too
        TellReturn();
    }
    void Write(const std::vector<std::string>& secrets) {
        Json list = Json::Array();
        for (const std::string& secret : secrets) list.Append(Json::String(secret));
        file.connections[0].settings = Json::Object({{"secret", list}});
    }
    DoorReply Take(const std::string& reason = "quarterly") {
        return Post("/v1/connections/acme/keys", kOperator,
                    WriteJson(Json::Object({{"reason", Json::String(reason)}})));
    }
    int Send(const std::string& secret) {
        const auto& recipe = connections->Find("acme")->connector->manifest().callbacks->recipe;
        const std::string id = "m-" + std::to_string(++sent_), path = "/v1/callbacks/acme";
        const std::string url = "http://gateway.example" + path;
        const connectors::SignedRequest request{"POST", url, path, nullptr, kArrived};
        return Post(path, "", kArrived, *recipe.Sign(id, clock.now, request, secret)).status;
    }

    Settings file;
    std::string broken;

private:
    int sent_ = 0;
};

TEST(CallbackKeys, BothAreTakenDuringTheOverlapAndTheOldIsRefusedAfterIt) {
    RotatingWorld world;
    EXPECT_EQ(world.Send(kOld), 202);
    EXPECT_EQ(world.Send(kNew), 401);
    world.Write({kNew, kOld});
    EXPECT_EQ(world.Send(kNew), 401) << "not before somebody says so";
    const Json begun = BodyOf(world.Take());
    EXPECT_EQ(begun["before"].Items().size(), 1U);
    EXPECT_EQ(begun["after"].Items().size(), 2U);
    EXPECT_EQ(world.Send(kOld), 202);
    EXPECT_EQ(world.Send(kNew), 202);
    const Json both = BodyOf(world.Get("/v1/partner/keys", ApiWorld::kPartner))["items"];
    ASSERT_EQ(both.Items().size(), 2U);
    for (const Json& key : both.Items()) EXPECT_FALSE(key["last_used"].AsString().empty());
    world.Write({kNew});
    EXPECT_EQ(world.Take().status, 200);
    EXPECT_EQ(world.Send(kOld), 401);
    EXPECT_EQ(world.Send(kNew), 202);
}

TEST(CallbackKeys, WhoChangedThemAndWhyIsKept) {
    RotatingWorld world;
    EXPECT_EQ(world.Take("nothing is new").status, 200);
    EXPECT_EQ(BodyOf(world.Get("/v1/connections/acme/switches", ApiWorld::kOperator))["items"]
                  .Items()
                  .size(),
              0U)
        << "nothing changed";
    world.Write({kNew});
    EXPECT_EQ(world.Take("").status, 422) << "a reason is asked for";
    EXPECT_EQ(world.Take("leaked").status, 200);
    const DoorReply history = world.Get("/v1/connections/acme/switches", ApiWorld::kOperator);
    const Json row = BodyOf(history)["items"].Items().at(0);
    EXPECT_EQ(row["what"].AsString(), "callback_keys");
    EXPECT_EQ(row["before"].AsString(), MarkOf(kOld));
    EXPECT_EQ(row["after"].AsString(), MarkOf(kNew));
    EXPECT_EQ(row["by"].AsString(), "operator:omar");
    EXPECT_EQ(row["reason"].AsString(), "leaked");
    EXPECT_THAT(history.body, Not(HasSubstr("secret")));
}

TEST(CallbackKeys, WhatCannotBeTakenLeavesThemAsTheyAre) {
    RotatingWorld world;
    world.broken = "reading settings: connections[0].settings.secret: the file '/x' is empty";
    EXPECT_EQ(world.Take().status, 422);
    world.broken.clear();
    world.Write({});
    EXPECT_EQ(world.Take().status, 422) << "at least one key has to stay";
    world.Write({kNew});
    world.file.connections[0].secrets.clear();
    EXPECT_EQ(world.Take().status, 422) << "a secret comes by reference";
    world.file.connections.erase(world.file.connections.begin());
    EXPECT_EQ(world.Take().status, 404);
    EXPECT_EQ(world.Send(kOld), 202);
}

}  // namespace
}  // namespace returns::gateway
