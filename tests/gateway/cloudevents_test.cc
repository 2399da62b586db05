#include "gateway/cloudevents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace returns::gateway {
namespace {

using testing::HasSubstr;

const char* const kEvent =
    R"({"specversion":"1.0","id":"e-1","source":"shop","type":"order.delivered",)"
    R"("subject":"O-1","data":{"order_id":"O-1"}})";

BusRecord Record(std::optional<std::string> value,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
    return {"orders", 0, 7, "key", std::move(value), std::move(headers)};
}

std::string Text(const Result<Json>& event) {
    return event.ok() ? WriteJson(*event) : "error: " + event.error().text;
}

TEST(CloudEventsTest, ReadsStructuredRecordsWhateverTheyCallThemselves) {
    EXPECT_EQ(Text(ReadCloudEvent(Record(kEvent))), kEvent);
    EXPECT_EQ(Text(ReadCloudEvent(Record(
                  kEvent, {{"Content-Type", "application/cloudevents+json; charset=UTF-8"}}))),
              kEvent);
    EXPECT_EQ(Text(ReadCloudEvent(Record(kEvent, {{"content-type", "application/json"}}))), kEvent);
}

TEST(CloudEventsTest, ReadsBinaryRecords) {
    BusRecord record = Record(R"({"order_id":"O%41"})", {{"content-type", "application/json"},
                                                         {"ce_specversion", "1.0"},
                                                         {"ce_id", "e%41"},
                                                         {"ce_source", "shop"},
                                                         {"ce_type", "order.delivered"},
                                                         {"traceparent", "00-1"}});
    // Kafka's header values are plain UTF-8: nothing is unescaped.
    EXPECT_EQ(Text(ReadCloudEvent(record)),
              R"({"specversion":"1.0","id":"e%41","source":"shop","type":"order.delivered",)"
              R"("datacontenttype":"application/json","data":{"order_id":"O%41"}})");
    record.headers[0].second = "application/avro";
    EXPECT_THAT(Text(ReadCloudEvent(record)), HasSubstr("avro"));
    record.headers[0].second = "application/json";
    record.headers.emplace_back("ce_id", "e-2");
    EXPECT_THAT(Text(ReadCloudEvent(record)), HasSubstr("ce_id"));
    record.headers.back() = {"ce_data", "{}"};
    EXPECT_THAT(Text(ReadCloudEvent(record)), HasSubstr("ce_data"));
    record.headers.back() = {"ce_note", "\xff"};
    EXPECT_THAT(Text(ReadCloudEvent(record)), HasSubstr("note"));
}

TEST(CloudEventsTest, RefusesRecordsThatHoldNoEvent) {
    EXPECT_THAT(Text(ReadCloudEvent(Record(std::nullopt))), HasSubstr("tombstone"));
    EXPECT_THAT(Text(ReadCloudEvent(Record(""))), HasSubstr("error"));
    EXPECT_THAT(Text(ReadCloudEvent(Record("[]"))), HasSubstr("object"));
    EXPECT_THAT(Text(ReadCloudEvent(Record("{\"id\":"))), HasSubstr("error"));
    EXPECT_THAT(Text(ReadCloudEvent(Record(kEvent, {{"content-type", "application/avro"}}))),
                HasSubstr("avro"));
    Result<Json> large = ReadCloudEvent(Record("\"" + std::string(2 << 20, 'x') + "\""));
    ASSERT_FALSE(large.ok());
    EXPECT_EQ(large.error().code, Code::kLimit);
}

TEST(CloudEventsTest, ReadsRequestsInAllThreeForms) {
    auto structured = ReadCloudEvents({{"Content-Type", "application/cloudevents+json"}}, kEvent);
    ASSERT_TRUE(structured.ok()) << structured.error().text;
    ASSERT_EQ(structured->size(), 1u);
    EXPECT_EQ(WriteJson(structured->front()), kEvent);

    const std::string two = "[" + std::string(kEvent) + "," + kEvent + "]";
    for (const char* type : {"application/cloudevents-batch+json", "application/json"}) {
        auto batch = ReadCloudEvents({{"Content-Type", type}}, two);
        ASSERT_TRUE(batch.ok()) << batch.error().text;
        EXPECT_EQ(batch->size(), 2u);
    }
    auto empty = ReadCloudEvents({{"Content-Type", "application/cloudevents-batch+json"}}, "[]");
    ASSERT_TRUE(empty.ok());
    EXPECT_TRUE(empty->empty());

    auto binary = ReadCloudEvents({{"Content-Type", "application/json"},
                                   {"CE-SpecVersion", "1.0"},
                                   {"ce-id", "Euro%20%E2%82%AC%2"},
                                   {"ce-type", "order.delivered"}},
                                  R"({"a":1})");
    ASSERT_TRUE(binary.ok()) << binary.error().text;
    EXPECT_EQ((*binary)[0]["id"].AsString(), "Euro \xE2\x82\xAC%2");
    EXPECT_EQ((*binary)[0]["data"]["a"].Literal(), "1");
}

TEST(CloudEventsTest, RefusesRequestsWithTheRightCode) {
    auto code = [](const char* type, const std::string& body) {
        auto events = ReadCloudEvents({{"Content-Type", type}}, body);
        return events.ok() ? Code::kInternal : events.error().code;
    };
    EXPECT_EQ(code("text/plain", kEvent), Code::kNotFound);
    EXPECT_EQ(code("", kEvent), Code::kNotFound);
    EXPECT_EQ(code("application/cloudevents-batch+json", kEvent), Code::kInvalid);
    EXPECT_EQ(code("application/cloudevents-batch+json", "[1]"), Code::kInvalid);
    EXPECT_EQ(code("application/cloudevents+json", "[]"), Code::kInvalid);
    EXPECT_EQ(code("application/cloudevents+json", std::string(40, '[')), Code::kLimit);
}

TEST(CloudEventsTest, WhatWeSendReadsBack) {
    OutgoingEvent event{"j-5",
                        "backhaul/main",
                        "return.status",
                        "O-1",
                        Instant(Millis(1767225600000)),
                        Json::Object({{"state", Json::Int(3)}})};
    KafkaValue out = EncodeCloudEvent(event);
    auto back = ReadCloudEvent(Record(out.value, out.headers));
    ASSERT_TRUE(back.ok()) << back.error().text;
    EXPECT_EQ(*back, WriteCloudEvent(event));
    EXPECT_EQ((*back)["time"].AsString(), "2026-01-01T00:00:00.000Z");
    EXPECT_THAT(out.headers[0].second, HasSubstr("application/cloudevents+json"));
}

}  // namespace
}  // namespace returns::gateway
