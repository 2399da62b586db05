// The pages: sign-in, search, one case, what stands still. Rendered here, escaped by the templates;
// they work without script, on a small screen and by keyboard. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/coverage.h"
#include "gateway/delivery_log.h"
#include "gateway/desk.h"
#include "gateway/dispatcher.h"
#include "gateway/http_door.h"
#include "gateway/keys.h"
#include "gateway/poller.h"
#include "gateway/problem.h"
#include "gateway/stall_board.h"
#include "gateway/switches.h"
#include "gateway/waiting_board.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

class MoneyDays;

struct PageParts {
    Desk& desk;
    const StallBoard& board;
    const KeyRing& ring;
    Clock& clock;
    const Settings& settings;
    Connections& connections;
    // The pages of connections, and what holds a case back; nothing of it without these parts.
    Dispatcher* dispatcher = nullptr;
    Switches* switches = nullptr;
    const Coverage* coverage = nullptr;
    const DeliveryLog* deliveries = nullptr;
    const WaitingBoard* waits = nullptr;
    const Poller* poller = nullptr;
    std::function<std::string(std::size_t)> random_bytes = SystemRandomBytes;
    std::function<Instant()> wall = nullptr;  // the real time, where `clock` runs fast
    const MoneyDays* money = nullptr;
};

struct SignInCounters {
    std::int64_t signed_in = 0, failed = 0, turned_away = 0;
};

struct PageRequest {
    DoorRequest request;
    std::vector<std::string> path;  // unescaped segments
    connectors::HttpHeaders query;  // unescaped
};

class Pages {
public:
    explicit Pages(PageParts parts);
    ~Pages();
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    // The methods of a page, as the Allow header lists them; "" when there is no such page.
    std::string Allowed(const std::vector<std::string>& path) const;
    bool Serves(std::string_view method, const std::vector<std::string>& path) const;
    // Answers exactly once, now or after the commit. REQUIRES: Serves.
    void Handle(PageRequest request, DoorReplyFunction reply);

    // A problem as a page for people.
    DoorReply Trouble(const Problem& problem) const;

    const SignInCounters& sign_ins() const;
    // Method and pattern of every page, "{}" standing for one segment.
    static std::vector<std::pair<std::string_view, std::string_view>> Addresses();

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace returns::gateway
