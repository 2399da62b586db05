#include "gateway/sqlite_store_rows.h"

#include "connectors/crypto.h"
#include "gateway/journal.h"
#include "schemas/case_text.h"
#include "schemas/check.h"

namespace returns::gateway {

// Names may come from outside: a digest leaves nobody a way to make hashes collide.
std::uint64_t HashOf(const CaseKey& key) { return Fingerprint(key.shop, key.order_id); }

std::uint64_t HashOf(const Lookup& lookup) {
    return Fingerprint(std::to_string(static_cast<int>(lookup.kind)) + lookup.scope, lookup.value);
}

std::int64_t Stored(Instant at) { return at.time_since_epoch().count(); }

Instant InstantOf(std::int64_t stored) { return Instant(Millis(stored)); }

JournalRow JournalRowAt(const SqliteStatement& row, int first) {
    JournalRow result;
    result.seq = row.IntAt(first);
    result.key = {row.TextAt(first + 1), row.TextAt(first + 2)};
    result.fingerprint = static_cast<std::uint64_t>(row.IntAt(first + 3));
    result.chain = connectors::EncodeHex(row.BytesAt(first + 4));
    result.body = row.TextAt(first + 5);
    return result;
}

// A command is stored as a case that holds nothing else: one form, one reader.
std::string EncodeOutboxBody(const Command& command) {
    Case shell;
    shell.key = {"outbox", "outbox"};
    shell.commands.push_back(command);
    std::string body;
    AppendCase(shell, body);
    return body;
}

Result<Command> DecodeOutboxBody(const std::string& body) {
    ASSIGN_OR_RETURN(const Case shell, ReadCase(body));
    if (shell.commands.size() != 1) return Invalid("reading the outbox: a row without its command");
    return shell.commands.front();
}

}  // namespace returns::gateway
