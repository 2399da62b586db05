#include "gateway/keys.h"

#include "connectors/crypto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const Instant kNow{Millis(1'770'000'000'000)};
const Millis kLifetime = std::chrono::hours(12);
const std::string kDeployment(32, 's');

struct Known {
    NewKey anna = MakeKey(std::string(32, '\x01'));
    NewKey lagertha = MakeKey(std::string(32, '\x02'));
    std::vector<KeySettings> settings = {
        {"anna", Role::kAgent, "", "", anna.sha256},
        {"lagertha", Role::kPartner, "warehouse", "main", lagertha.sha256}};
    KeyRing ring{settings};
};

connectors::HttpHeaders Bearer(const std::string& value) { return {{"Authorization", value}}; }

TEST(Keys, AreMadeOfRandomBytesAndStoredAsHashes) {
    const NewKey key = MakeKey(std::string(32, '\xff'));
    EXPECT_THAT(key.key, testing::StartsWith("bhk_"));
    EXPECT_EQ(key.sha256, connectors::Sha256Hex(key.key));
    EXPECT_NE(key.key, MakeKey(std::string(32, '\xfe')).key);
    EXPECT_EQ(SystemRandomBytes(32).size(), 32u);
    EXPECT_NE(SystemRandomBytes(32), SystemRandomBytes(32));
}

TEST(Keys, OnlyTheRightBearerIsKnown) {
    const Known known;
    const auto partner = known.ring.FindBearer(Bearer("Bearer " + known.lagertha.key));
    ASSERT_TRUE(partner.has_value());
    EXPECT_EQ(partner->name, "lagertha");
    EXPECT_EQ(partner->role, Role::kPartner);
    EXPECT_TRUE(partner->Holds("warehouse"));
    EXPECT_FALSE(partner->Holds("other"));
    EXPECT_EQ(partner->shop, "main");
    EXPECT_EQ(known.ring.FindBearer(Bearer("bearer " + known.anna.key))->name, "anna");
    for (const std::string& bad :
         {std::string(), std::string("Bearer"), std::string("Bearer "), known.anna.key,
          "Basic " + known.anna.key, "Bearer " + known.anna.key + "x",
          "Bearer " + known.anna.key.substr(1), "Bearer " + known.anna.sha256})
        EXPECT_FALSE(known.ring.FindBearer(Bearer(bad)).has_value()) << bad;
    EXPECT_FALSE(known.ring.FindBearer({}).has_value());
    EXPECT_FALSE(KeyRing({}).FindKey("").has_value());
}

TEST(Keys, NamesGoWithTheKeyTheyHad) {
    Known known;
    const std::string mark = known.ring.KeyMark("anna");
    EXPECT_EQ(known.ring.FindNamed("anna", mark)->role, Role::kAgent);
    EXPECT_FALSE(known.ring.FindNamed("anna", known.ring.KeyMark("lagertha")).has_value());
    EXPECT_FALSE(known.ring.FindNamed("nobody", "").has_value());
    known.settings[0].sha256 = MakeKey(std::string(32, '\x03')).sha256;
    EXPECT_FALSE(KeyRing(known.settings).FindNamed("anna", mark).has_value());
}

// The cookie a browser would send back.
connectors::HttpHeaders Returned(const std::string& set_cookie) {
    return {{"Cookie", "other=1; " + set_cookie.substr(0, set_cookie.find(';')) + "; more=2"}};
}

TEST(Sessions, LiveInASignedCookie) {
    const Known known;
    const Sessions sessions(kDeployment, true);
    const Session session =
        sessions.Start(known.ring, "anna", kNow, kLifetime, std::string(16, '\x07'));
    const std::string cookie = sessions.SetCookie(session, kNow);
    EXPECT_THAT(cookie, testing::StartsWith("__Host-backhaul="));
    for (const char* attribute :
         {"; HttpOnly", "; SameSite=Lax", "; Path=/", "; Secure", "; Max-Age=43200"})
        EXPECT_THAT(cookie, HasSubstr(attribute));
    EXPECT_THAT(cookie, Not(HasSubstr("Domain")));

    const auto found = sessions.Find(Returned(cookie), kNow + kLifetime - Millis(1));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->key_name, "anna");
    EXPECT_EQ(known.ring.FindNamed(found->key_name, found->key_mark)->name, "anna");
    EXPECT_FALSE(sessions.Find(Returned(cookie), kNow + kLifetime).has_value());
    EXPECT_FALSE(sessions.Find({}, kNow).has_value());
    EXPECT_THAT(sessions.ClearCookie(), HasSubstr("__Host-backhaul=; Max-Age=0"));
}

TEST(Sessions, OverPlainHttpTheCookieHasNoPrefix) {
    const Known known;
    const Sessions sessions(kDeployment, false);
    const std::string cookie = sessions.SetCookie(
        sessions.Start(known.ring, "anna", kNow, kLifetime, std::string(16, '\x07')), kNow);
    EXPECT_THAT(cookie, testing::StartsWith("backhaul="));
    EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
    EXPECT_TRUE(sessions.Find(Returned(cookie), kNow).has_value());
}

TEST(Sessions, ForgedOnesAreNotTaken) {
    const Known known;
    const Sessions sessions(kDeployment, false);
    const Session session =
        sessions.Start(known.ring, "anna", kNow, kLifetime, std::string(16, '\x07'));
    const std::string cookie = sessions.SetCookie(session, kNow);
    const std::string pair = cookie.substr(0, cookie.find(';'));
    for (std::size_t i = strlen("backhaul="); i < pair.size(); ++i) {
        std::string changed = pair;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(sessions.Find({{"Cookie", changed}}, kNow).has_value()) << i;
        EXPECT_FALSE(sessions.Find({{"Cookie", pair.substr(0, i)}}, kNow).has_value()) << i;
    }
    EXPECT_FALSE(Sessions(std::string(32, 't'), false).Find(Returned(cookie), kNow).has_value());
}

TEST(Sessions, FormTokensBelongToTheirSession) {
    const Known known;
    const Sessions sessions(kDeployment, false);
    const auto start = [&](char id) {
        return sessions.Start(known.ring, "anna", kNow, kLifetime, std::string(16, id));
    };
    const std::string token = sessions.FormToken(start('\x07'));
    EXPECT_TRUE(sessions.CheckFormToken(start('\x07'), token));
    EXPECT_FALSE(sessions.CheckFormToken(start('\x08'), token));
    EXPECT_FALSE(sessions.CheckFormToken(start('\x07'), ""));
    EXPECT_FALSE(sessions.CheckFormToken(start('\x07'), token + "A"));
    // A token is no signature for a cookie.
    EXPECT_THAT(sessions.SetCookie(start('\x07'), kNow), Not(HasSubstr(token)));
}

}  // namespace
}  // namespace returns::gateway
