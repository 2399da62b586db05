// Connectors changed while the gateway runs: in place at once, or refused and the old one stays.
#include "gateway/connector_reload.h"

#include "gateway/callback_reader.h"
#include "gateway/connector_skeleton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::Connector;
using testing::HasSubstr;

const std::string kSecret = "whsec_dGVzdC1zZWNyZXQtb2Ytb3Vycy0wMDAwMDA=";

void Replace(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

class Reloading : public testing::Test {
protected:
    Reloading() : files_(SkeletonOf("logistics/acme").value()) {
        ConnectionSettings acme;
        acme.name = "acme";
        acme.connector = "logistics/acme";
        acme.settings = Json::Object(
            {{"api_token", Json::String("t")}, {"webhook_secret", Json::String(kSecret)}});
        acme.secrets = {"api_token", "webhook_secret"};
        settings_.connections = {acme};
        settings_.public_url = "https://gateway.example";
        connections_ = std::move(Connections::Make(settings_, ReadFolder())).value();
        book_.connections = connections_->Facts();
        reader_.emplace(CallbackReader(*connections_, settings_, [this] { return now_; }).Twin());
        ConnectorReload::Ports ports;
        ports.read_folder = ReadFolder();
        ports.start = [this](std::function<void()> work) { work_ = std::move(work); };
        ports.ended = [this] { return !work_; };
        ports.swap = [this](const std::function<void()>& change) {
            change();
            reader_->Renew();
        };
        ports.changed = [this] { ++changed_; };
        reload_.emplace(settings_, *connections_, book_, std::move(ports));
    }
    Connections::ReadFolder ReadFolder() {
        return [this](const std::string&) -> Result<Connector::Files> { return files_; };
    }
    ReloadEnd Reload() {
        ReloadEnd end;
        reload_->Ask([&end](const ReloadEnd& each) { end = each; });
        EXPECT_TRUE(reload_->Step());
        EXPECT_FALSE(reload_->Step()) << "the work is under way";
        work_();
        work_ = nullptr;
        EXPECT_TRUE(reload_->Step());
        return end;
    }
    // Their word for a parcel that has arrived changes, and so do the cases.
    void Rename() {
        for (const char* file : {"callback.jq", "fixtures/callbacks.json"})
            Replace(files_[file], "\"received\"", "\"came_in\"");
    }
    // What the reader makes of a callback with that status.
    std::string Reads(const std::string& status) {
        DoorRequest request;
        request.method = "POST";
        request.path = "/v1/callbacks/acme";
        request.body =
            R"({"reference": "R-1", "status": ")" + status + R"(", "at": "2026-03-01T11:00:00Z"})";
        const auto& recipe = connections_->Find("acme")->connector->manifest().callbacks->recipe;
        request.headers =
            *recipe.Sign("m1", now_, {"POST", "", "", &request.headers, request.body}, kSecret);
        const CallbackRead read = reader_->Read(request);
        if (read.verdict != CallbackRead::Verdict::kVerified) return "refused";
        return std::string(Facts(read.reading.events.at(0).type).wire);
    }

    const Instant now_ = *ParseInstant("2026-03-01T12:00:00Z");
    Connector::Files files_;
    Settings settings_;
    std::optional<Connections> connections_;
    workflows::Rulebook book_;
    std::optional<CallbackReader> reader_;
    std::function<void()> work_;
    std::optional<ConnectorReload> reload_;
    int changed_ = 0;
};

TEST_F(Reloading, ANewMappingIsInForceAtOnceForReadersToo) {
    EXPECT_EQ(Reads("received"), "parcel.delivered");
    const Connection* before = connections_->Find("acme");
    const std::string hash = before->connector->hash();
    Rename();
    EXPECT_EQ(Reads("came_in"), "partner.unknown_status") << "not before it is asked for";
    const ReloadEnd end = Reload();
    ASSERT_TRUE(end.good) << end.why;
    EXPECT_EQ(end.changed, std::vector<std::string>{"logistics/acme"});
    EXPECT_EQ(Reads("came_in"), "parcel.delivered");
    EXPECT_EQ(Reads("received"), "partner.unknown_status");
    EXPECT_EQ(connections_->Find("acme"), before) << "connections stay where they are";
    EXPECT_NE(before->connector->hash(), hash);
    EXPECT_EQ(connections_->VersionOf(*before, hash).hash(), hash) << "for answers under way";
    EXPECT_EQ(&connections_->VersionOf(*before, "unknown"), before->connector);
    EXPECT_EQ(changed_, 1);
    EXPECT_EQ(reload_->counters().changed, 1);
}

TEST_F(Reloading, NothingChangedIsNoChange) {
    const ReloadEnd end = Reload();
    EXPECT_TRUE(end.good);
    EXPECT_TRUE(end.changed.empty());
    EXPECT_EQ(reload_->counters().unchanged, 1);
}

TEST_F(Reloading, WhatTheConnectorTellsIsKnownToDecisions) {
    ASSERT_TRUE(book_.connections[0].tells);
    EXPECT_FALSE(book_.connections[0].tells->contains(EventType::kParcelLost));
    Replace(files_["callback.jq"], "partner.unknown_status", "parcel.lost");
    Replace(files_["fixtures/callbacks.json"], "partner.unknown_status", "parcel.lost");
    const ReloadEnd end = Reload();
    ASSERT_TRUE(end.good) << end.why;
    EXPECT_TRUE(book_.connections[0].tells->contains(EventType::kParcelLost));
}

TEST_F(Reloading, WhatIsBrokenIsRefusedAndTheOldOneStays) {
    struct Broken {
        std::string file, from, to, why;
    };
    for (const Broken& broken :
         std::vector<Broken>{{"callback.jq", "| if", "| iff", "callback.jq"},
                             {"callback.jq", "\"received\"", "\"inspected\"", "of its cases"},
                             {"connector.json", "\"path\"", "\"pth\"", "'path' is missing"},
                             {"connector.json", "\"required\": true, \"sentence\": \"Their token",
                              "\"sentence\": \"Their token", ""},
                             {"connector.json", "\"api_token\": {",
                              "\"extra\": {\"required\": true, \"sentence\": "
                              "\"New.\"}, \"api_token\": {",
                              "'extra' is missing"}}) {
        const Connector::Files good = files_;
        Replace(files_[broken.file], broken.from, broken.to);
        const std::string hash = connections_->Find("acme")->connector->hash();
        const ReloadEnd end = Reload();
        EXPECT_EQ(end.good, broken.why.empty()) << broken.to << end.why;
        EXPECT_THAT(end.why, HasSubstr(broken.why));
        if (!end.good) {
            EXPECT_EQ(connections_->Find("acme")->connector->hash(), hash);
        }
        EXPECT_EQ(Reads("received"), "parcel.delivered");
        files_ = good;
    }
    EXPECT_EQ(reload_->counters().refused, 4);
}

TEST_F(Reloading, AnOperationThatCommandsMayWaitForMustStay) {
    Replace(files_["connector.json"], "return.create", "return.cancel");
    Replace(files_["connector.json"], R"("version")", R"("announces": "none", "version")");
    Replace(files_["contract.json"], "return.create", "return.cancel");
    Replace(files_["fixtures/commands.json"], "return.create", "return.cancel");
    const ReloadEnd end = Reload();
    EXPECT_FALSE(end.good);
    EXPECT_THAT(end.why, HasSubstr("operation 'return.create' is gone"));
}

TEST_F(Reloading, WhoAsksMeanwhileGetsTheNextOne) {
    std::vector<std::size_t> ends;
    reload_->Ask([&](const ReloadEnd& end) { ends.push_back(end.changed.size()); });
    reload_->Step();
    work_();
    Rename();
    reload_->Ask([&](const ReloadEnd& end) { ends.push_back(end.changed.size()); });
    work_ = nullptr;
    reload_->Step();
    EXPECT_EQ(ends, (std::vector<std::size_t>{0}));
    reload_->Step();
    work_();
    work_ = nullptr;
    reload_->Step();
    EXPECT_EQ(ends, (std::vector<std::size_t>{0, 1})) << "it was asked after the change";
}

}  // namespace
}  // namespace returns::gateway
