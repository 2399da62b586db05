#include "gateway/case_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Case Order(const std::string& id, std::int64_t version = 1) {
    Case subject;
    subject.key = {"main", id};
    subject.version = version;
    return subject;
}

std::vector<std::string> Names(const std::vector<const Case*>& cases) {
    std::vector<std::string> names;
    for (const Case* each : cases) names.push_back(each->key.order_id);
    return names;
}

TEST(CaseCacheTest, KeepsTheLastVersionAndForgets) {
    CaseCache cache;
    EXPECT_EQ(cache.Find({"main", "A"}), nullptr);
    cache.Add(Order("A", 3));
    cache.Put(Order("A", 4));
    ASSERT_NE(cache.Find({"main", "A"}), nullptr);
    EXPECT_EQ(cache.Find({"main", "A"})->version, 4);
    EXPECT_EQ(cache.Find({"other", "A"}), nullptr);
    EXPECT_EQ(cache.size(), 1U);
    cache.Forget({"main", "A"});
    EXPECT_EQ(cache.Find({"main", "A"}), nullptr);
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_EQ(cache.unsaved(), 0U);
}

TEST(CaseCacheTest, TellsWhatIsUnsavedLongestFirst) {
    CaseCache cache;
    for (const char* id : {"A", "B", "C"}) cache.Put(Order(id));
    cache.Put(Order("A", 2));  // still unsaved since the first time
    cache.Add(Order("D"));
    EXPECT_THAT(Names(cache.Unsaved(9, 9)), ElementsAre("A", "B", "C"));
    EXPECT_THAT(Names(cache.Unsaved(2, 9)), ElementsAre("A", "B"));
    cache.Saved(cache.Unsaved(2, 9));
    EXPECT_THAT(Names(cache.Unsaved(9, 9)), ElementsAre("C"));
    cache.Put(Order("A", 3));
    EXPECT_THAT(Names(cache.Unsaved(9, 9)), ElementsAre("C", "A"));
}

TEST(CaseCacheTest, LetsTheLeastUsedGoButNothingUnsaved) {
    CaseCache cache;
    cache.Add(Order("A"));
    cache.Put(Order("B"));
    cache.Add(Order("C"));
    cache.Add(Order("D"));
    cache.Find({"main", "A"});  // from the least recent to the most: B, C, D, A
    cache.Trim(2);
    EXPECT_EQ(cache.size(), 4U) << "B is unsaved and stands in the way";
    EXPECT_THAT(Names(cache.Unsaved(0, 2)), ElementsAre("B")) << "among those that must go";
    EXPECT_THAT(Names(cache.Unsaved(0, 4)), IsEmpty());
    EXPECT_THAT(Names(cache.Unsaved(9, 2)), ElementsAre("B")) << "once, not twice";
    cache.Saved(cache.Unsaved(0, 2));
    cache.Trim(2);
    EXPECT_EQ(cache.Find({"main", "B"}), nullptr);
    EXPECT_EQ(cache.Find({"main", "C"}), nullptr);
    EXPECT_NE(cache.Find({"main", "A"}), nullptr);
    EXPECT_NE(cache.Find({"main", "D"}), nullptr);
}

}  // namespace
}  // namespace returns::gateway
