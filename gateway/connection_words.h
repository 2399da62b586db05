// Plain words for connections and for what waits on them, for the pages. Pure; any thread.
#pragma once

#include "gateway/connections.h"
#include "gateway/dispatcher.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

std::string_view PlainMode(ConnectionMode mode);  // "observes: nothing is sent"
// A mode or a stop as the history of switches has it: "asks first", "stopped".
std::string PlainSwitched(const std::string& what, const std::string& value);

// What is wrong with the way to the partner; "" when nothing is known to be.
std::string PlainTrouble(const Dispatcher::ConnectionView& view,
                         const ConnectionSettings& settings);
// "3 orders wait for approval", by what holds them back.
std::vector<std::string> PlainHeld(const std::map<std::string, std::int64_t>& held);

// Why a command does not go, `connection` being "connection psp" or "this connection"; "" when
// it is merely not yet its turn.
std::string PlainHold(const Dispatcher::WaitingCommand& waiting, const std::string& connection);

// "100.00 EUR and 20.00 USD"; "" for none.
std::string PlainSums(const std::map<std::string, std::int64_t>& sums);
// A cap in the currency it is meant in; where the settings name none, in each of `seen`.
std::string PlainCap(std::int64_t minor, const ConnectionSettings& settings,
                     const std::map<std::string, std::int64_t>& seen);
// "12 requests, 10 of them refunds of together 500.00 EUR"; "" for none.
std::string PlainLot(const std::vector<Dispatcher::WaitingCommand>& lot);

}  // namespace returns::gateway
