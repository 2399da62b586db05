// The secrets a connection's callbacks are signed with: which are in force, how others see them,
// and taking others while the program runs. Several may be in force at once: a rotation begins by
// adding the new one and ends by taking the old one away.
#pragma once

#include "gateway/connections.h"
#include "gateway/settings.h"

#include <memory>
#include <string>
#include <vector>

namespace returns::gateway {

// The settings its callbacks are verified with. Any thread.
std::shared_ptr<const Json> CallbackSettings(const Connection& connection);

// A fingerprint of each secret in force, in their order: the first eight hex digits of its SHA-256,
// as whoever has the secret can work out, and nobody else can use.
std::vector<std::string> KeyMarks(const Connection& connection);
std::string Joined(const std::vector<std::string>& marks);  // "1a2b3c4d, 5e6f7081"

// What the settings say by now of that connection's keys, ready to be taken; it holds once Take has
// been called, for every callback that is read from then on. kNotFound: the connection takes no
// signed callbacks, or has left the settings; kInvalid: they are none.
Result<std::shared_ptr<const Json>> NewKeys(const Connection& connection, const Settings& fresh);
std::vector<std::string> KeyMarks(const Connection& connection, const Json& settings);
void Take(Connection& connection, std::shared_ptr<const Json> settings);

}  // namespace returns::gateway
