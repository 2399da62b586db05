// A gateway in memory for tests of API and pages: the real engine over the store in memory, one
// signed logistics connection, keys of every role, a clock that moves when told.
#pragma once

#include "gateway/api.h"
#include "gateway/definitions.h"
#include "gateway/money_days.h"
#include "tests/sim/memory_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

class SetClock final : public Clock {
public:
    Instant Now() override { return now; }
    Millis Monotonic() override { return now - start; }
    const Instant start = *ParseInstant("2026-03-01T12:00:00Z");
    Instant now = start;
};

class CountingRandom final : public Random {
public:
    std::uint64_t Next() override { return ++last_; }

private:
    std::uint64_t last_ = 0;
};

// Nobody is called: what would be sent waits.
class NoHttp final : public HttpClient {
public:
    void Submit(HttpCall) override {}
    std::vector<HttpCompletion> Take() override { return {}; }
};

class ApiWorld {
public:
    // `change` has its way with the settings before anything is made of them.
    explicit ApiWorld(std::size_t queue_max = 100,
                      const std::function<void(Settings&)>& change = nullptr);
    void MakeApi();
    // As the settings are by now, with the connectors of the tree; nothing is sent any more.
    void Reconnect();

    // Asks and, unless told otherwise, steps the engine until the answer is there.
    DoorReply Ask(DoorRequest request);
    DoorReply Get(const std::string& target, const std::string& key,
                  connectors::HttpHeaders headers = {});
    DoorReply Post(const std::string& target, const std::string& key, const std::string& body,
                   connectors::HttpHeaders headers = {});
    // A callback signed by the partner "acme", `age` seconds ago.
    DoorReply CallBack(const std::string& body, const std::string& id, int age = 0);
    connectors::HttpHeaders Signed(const std::string& body, const std::string& id, int age = 0);

    // CloudEvents of the shop, posted and committed.
    DoorReply Tell(const std::string& type, const std::string& id, const std::string& order,
                   const std::string& data);
    // Order "1001": two lamps at 50.00 EUR, paid by card; return R-1 of one of them, on its way.
    void TellReturn();
    // Signs in by the page and gives the cookie.
    std::string SignIn(const std::string& key);
    DoorReply Page(const std::string& target, const std::string& cookie);
    DoorReply Form(const std::string& target, const std::string& cookie, const std::string& form);

    static const std::string kPartner, kOtherPartner, kAgent, kOperator, kSecond, kShop;

    SetClock clock;
    CountingRandom random;
    Settings settings;
    sim::MemoryDatabase database;
    sim::MemoryStore store{&database};
    NoHttp http;
    std::unique_ptr<Definitions> definitions;
    std::optional<Connections> connections;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Publisher> publisher;
    std::unique_ptr<Switches> switches;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<MoneyDays> money;
    std::unique_ptr<Api> api;
    std::optional<CallbackReader> apart;  // where set, callbacks are read before they come in
    bool step = true;
    std::function<Result<Settings>()> reread;  // what the settings say by now
    std::string peer = "192.0.2.1";            // whom requests come from
};

std::string HeaderOf(const DoorReply& reply, std::string_view name);
Json BodyOf(const DoorReply& reply);         // null when it is not JSON
std::string CodeOf(const DoorReply& reply);  // a problem's
// The value of the hidden field of that name, the first in the page.
std::string FieldOf(const std::string& page, const std::string& name);

}  // namespace returns::gateway
