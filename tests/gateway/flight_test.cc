// The file that tells the next start on which event the program ended.
#include "gateway/flight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Optional;

class FlightTest : public testing::Test {
protected:
    FlightTest() {
        std::string pattern = testing::TempDir() + "/flight-XXXXXX";
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        path_ = folder_ + "/backhaul.db.flight";
    }
    ~FlightTest() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<Flight> Start() {
        auto flight = Flight::Open(path_);
        EXPECT_TRUE(flight.ok()) << (flight.ok() ? "" : flight.error().text);
        return std::move(flight).value();
    }
    void EndWhileDeciding(std::uint64_t fingerprint) { Start()->Deciding(fingerprint); }

    std::string folder_, path_;
};

TEST_F(FlightTest, TwoEndsOnOneEventMakeItTheSuspect) {
    EXPECT_EQ(Start()->suspect(), std::nullopt);
    EndWhileDeciding(7);
    EXPECT_EQ(Start()->suspect(), std::nullopt) << "once is chance";
    EndWhileDeciding(7);
    EXPECT_THAT(Start()->suspect(), Optional(7u));
    EXPECT_THAT(Start()->suspect(), Optional(7u)) << "also when it has not come again yet";
}

TEST_F(FlightTest, EndsOnDifferentEventsAreChance) {
    EndWhileDeciding(7);
    EndWhileDeciding(8);
    EndWhileDeciding(7);
    EXPECT_EQ(Start()->suspect(), std::nullopt);
}

TEST_F(FlightTest, WhoeverWasDecidedAfterAllIsCleared) {
    EndWhileDeciding(7);
    {
        const auto flight = Start();
        flight->Deciding(7);
        flight->Deciding(0);
    }
    EndWhileDeciding(7);
    EXPECT_EQ(Start()->suspect(), std::nullopt);
}

TEST_F(FlightTest, AnEndBetweenEventsAccusesNobody) {
    for (int i = 0; i < 3; ++i) {
        const auto flight = Start();
        flight->Deciding(7);
        flight->Deciding(0);
        EXPECT_EQ(flight->suspect(), std::nullopt);
    }
}

TEST_F(FlightTest, AFolderThatIsNotThereIsSaid) {
    const auto flight = Flight::Open(folder_ + "/nowhere/flight");
    ASSERT_FALSE(flight.ok());
    EXPECT_THAT(flight.error().text, HasSubstr("nowhere/flight: No such file"));
}

}  // namespace
}  // namespace returns::gateway
