#include "gateway/migrations.h"

#include <gtest/gtest.h>

namespace returns::gateway {

namespace {

TEST(Migrations, AreBuiltInNumberedAndSayWhoMayRun) {
    const auto migrations = Migrations();
    ASSERT_TRUE(migrations.ok()) << migrations.error().text;
    ASSERT_FALSE(migrations->empty());
    EXPECT_EQ(migrations->front().name, "001_core.sql");
    EXPECT_EQ(migrations->front().min_program, "0.1.0");
    for (const Migration& migration : *migrations) {
        EXPECT_FALSE(IsBefore(BACKHAUL_VERSION, migration.min_program)) << migration.name;
    }
}

TEST(Migrations, VersionsCompareByNumber) {
    EXPECT_TRUE(IsBefore("0.9.1", "0.10.0"));
    EXPECT_FALSE(IsBefore("0.10.0", "0.9.1"));
    EXPECT_FALSE(IsBefore("1.2.3", "1.2.3"));
    EXPECT_TRUE(IsBefore("1.2", "1.2.1"));
    EXPECT_TRUE(IsBefore("soon", "0.0.1"));
}

}  // namespace

}  // namespace returns::gateway
