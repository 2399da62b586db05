// Whether the books of those who pay and what the gateway says agree. Plain functions.
#pragma once

#include "schemas/json.h"

#include <cstdint>
#include <string>
#include <vector>

namespace returns::live {

// `books` as the sandbox tells them (GET /books), `orders` as the gateway does. A sentence each:
// "paid twice", "said but not paid", "paid but not said", "another amount", "more than captured",
// "two keys for one command", "the sums differ". Empty when all of it agrees.
std::vector<std::string> Compare(const Json& books, const std::vector<Json>& orders);

// What the cardholders' banks have taken themselves, and what is owed: "chargeback not known",
// "chargeback nobody made", "taken twice and nobody says so" (more has left a tender than it took
// in, and the order is not marked), "owed and nobody has it" (money that neither moves nor has an
// open ticket), "accepted and never owed" (goods the partner took back, without a refund).
std::vector<std::string> CompareOwed(const Json& books, const std::vector<Json>& orders);

// Attempts under a key that this deployment's secret does not give in any of its store's
// generations: "a foreign key".
std::vector<std::string> ForeignKeys(const Json& books, const std::string& deployment_secret,
                                     const std::vector<std::int64_t>& generations = {1});

// `produced` as {"source": "kafka:TOPIC", "event"}, in our vocabulary or the foreign shop's: each
// event must stand once on its order's timeline. "lost", "done twice", with how many are and
// should.
std::vector<std::string> WithoutTrace(const std::vector<Json>& produced,
                                      const std::vector<Json>& orders);

}  // namespace returns::live
