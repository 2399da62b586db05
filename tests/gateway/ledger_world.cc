#include "tests/gateway/ledger_world.h"

#include "schemas/check.h"

#include <gtest/gtest.h>

namespace returns::gateway {

LedgerWorld::LedgerWorld() {
    const auto files = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
    CHECK(files.ok());
    auto loaded = Definitions::Load(*files, "en");
    CHECK(loaded.ok());
    definitions = std::move(*loaded);
    workflows::Rulebook& book = definitions->book();
    workflows::ConnectionFacts psp;
    psp.name = "psp";
    psp.kind = "payment";
    psp.shop = "main";
    psp.operations = {"refund.create", "refund.lookup"};
    book.connections = {psp};
    book.mint_key = [](const CaseKey& key, std::int64_t command) {
        return MintKey("0123456789abcdef0123456789abcdef", 1, key, command);
    };
    Open();
}

void LedgerWorld::Open() {
    auto opened = SqliteStore::Open(path);
    CHECK(opened.ok());
    store = std::move(*opened);
    EngineOptions options;
    options.personal_secret = "personal";
    engine = std::make_unique<Engine>(*store, *store, clock, random, definitions->book(), options);
}

void LedgerWorld::Close(bool snapshots) {
    if (snapshots) engine->Rest(true);
    engine.reset();
    store.reset();
}

void LedgerWorld::Tell(std::string_view type, const std::string& order, const std::string& data,
                       const std::string& connection) {
    const auto known = FindEventType(type);
    CHECK(known.has_value());
    const auto json = ParseJson(data);
    ASSERT_TRUE(json.ok()) << data;
    auto read = DecodeEventData(*known, *json);
    ASSERT_TRUE(read.ok()) << read.error().text;
    Input input;
    input.event.type = *known;
    input.event.key = {"main", order};
    input.event.connection = connection;
    input.event.source = connection.empty() ? "kafka:orders" : "connection:" + connection;
    input.event.source_id = "e" + std::to_string(++told_);
    input.event.occurred_at = clock.now;
    input.event.data = std::move(*read);
    Receipt receipt;
    input.done = [&](const Receipt& told) { receipt = told; };
    ASSERT_TRUE(engine->Submit(std::move(input)));
    while (engine->Step()) {
    }
    ASSERT_EQ(receipt.kind, Receipt::Kind::kDecided) << receipt.reason;
    clock.now += std::chrono::seconds(1);
}

void LedgerWorld::ComeBack(const std::string& order, const std::string& currency,
                           std::int64_t unit_minor) {
    const std::string unit = std::to_string(unit_minor), all = std::to_string(2 * unit_minor);
    const std::string tax = std::to_string(2 * unit_minor * 19 / 119);
    Tell("order.placed", order,
         R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":)" + unit +
             R"(,"tax_minor":)" + tax + R"(,"tax_rate":"0.19"}],"currency":")" + currency +
             R"(","jurisdiction":"EU","customer":{"name":"Ada","mail":"ada@shop.example"}})");
    Tell("order.captured", order,
         R"({"currency":")" + currency +
             R"(","tender":{"id":"T1","kind":"card","connection":"psp","reference":"pi_)" + order +
             R"(","amount_minor":)" + all + "}}");
    Tell("order.delivered", order, "{}");
    const std::string id = R"({"return_id":"R-)" + order + R"(",)";
    Tell("return.requested", order,
         id + R"("lines":[{"id":"A","quantity":1,"reason":"too_small"}],"resolution":"refund",)"
              R"("statutory":true})");
    Tell("parcel.delivered", order, id + R"("raw_code":"D"})");
    Tell("return.opened", order, id + R"("lines":[{"id":"A","received":1}]})");
    Tell("return.inspected", order, id + R"("lines":[{"id":"A","accepted":1}]})");
}

void LedgerWorld::Paid(const std::string& order, const std::string& theirs, std::int64_t minor,
                       const std::string& currency) {
    Tell("refund.settled", order,
         R"({"their_reference":")" + theirs + R"(","payment_reference":"pi_)" + order +
             R"(","amount_minor":)" + std::to_string(minor) + R"(,"currency":")" + currency + "\"}",
         "psp");
}

void LedgerWorld::Run(const std::string& sql) {
    auto db = SqliteConnection::Open(path);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE(db->Execute("PRAGMA foreign_keys = OFF").ok());
    const Status run = db->Execute(sql);
    ASSERT_TRUE(run.ok()) << sql << ": " << run.error().text;
}

}  // namespace returns::gateway
