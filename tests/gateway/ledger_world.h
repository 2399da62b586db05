// A database at rest with a real past: events decided by the real engine over the embedded store,
// then closed. One thread.
#pragma once

#include "gateway/definitions.h"
#include "gateway/engine.h"
#include "gateway/sqlite_store.h"
#include "tests/gateway/api_world.h"
#include "tests/gateway/store_world.h"

#include <memory>
#include <string>
#include <string_view>

namespace returns::gateway {

class LedgerWorld {
public:
    LedgerWorld();
    void Open();
    void Close(bool snapshots = true);  // with or without the cases written as they stand

    // An event of the shop, or of the connection "psp" where `connection` names it.
    void Tell(std::string_view type, const std::string& order, const std::string& data,
              const std::string& connection = "");
    // Two lamps at `unit_minor`, tax 19 % inside, paid by card at "psp"; one comes back as return
    // "R-" + order and is found good: its refund waits to be sent.
    void ComeBack(const std::string& order, const std::string& currency = "EUR",
                  std::int64_t unit_minor = 5000);
    // The provider says it has paid that much for the order, under that name.
    void Paid(const std::string& order, const std::string& theirs, std::int64_t minor,
              const std::string& currency = "EUR");
    void Run(const std::string& sql);  // on the closed file

    ScratchFolder folder;
    const std::string path = folder.Path("ledger.db");
    SetClock clock;
    CountingRandom random;
    std::unique_ptr<Definitions> definitions;
    std::unique_ptr<SqliteStore> store;
    std::unique_ptr<Engine> engine;

private:
    int told_ = 0;
};

}  // namespace returns::gateway
