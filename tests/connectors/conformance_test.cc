#include "connectors/conformance.h"

#include "tests/connectors/connectors_folder.h"

#include <gtest/gtest.h>

namespace returns::connectors {

namespace {

class Folders : public testing::TestWithParam<std::string> {};

TEST_P(Folders, PassItsOwnFixtures) {
    const ConformanceReport report = TestConnector(ReadFolder(GetParam()));
    EXPECT_TRUE(report.ok()) << FormatReport(report, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Connectors, Folders, testing::ValuesIn(AllFolders()),
                         [](const auto& info) {
                             std::string name = info.param;
                             for (char& c : name) {
                                 if (c == '/' || c == '-') c = '_';
                             }
                             return name;
                         });

}  // namespace

}  // namespace returns::connectors
