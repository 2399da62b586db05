// Movements of money as the journal tells them: each refund with where it stands, when it moved and
// who let it go. Made by replaying a stored case. Pure; any thread.
#pragma once

#include "gateway/ledger_file.h"
#include "gateway/money_book.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway {

struct Movement {
    CaseKey key;
    Leg leg;  // as it stands now
    std::string tender_kind, connection, currency;
    std::optional<std::int64_t> tax_minor;  // the tax inside, where it is known exactly
    Instant created_at = kNoTime;
    Instant settled_at = kNoTime;  // when that was recorded; unset while it has not left
    Instant paid_at = kNoTime;     // when it left by the word of whoever paid
    Instant changed_at = kNoTime;
    std::string approved_by, seconded_by;
};

// An error: the case does not replay, 'ledger verify' says more.
Result<std::vector<Movement>> MovementsOf(const StoredCase& stored);

// The books of all cases.
Result<MoneyBook> BooksOf(LedgerFile& file, const BookDays& days);

// The columns of an export, in their order: they never change place, new ones come last.
const std::vector<std::string>& MovementColumns();
std::vector<std::string> MovementCells(const Movement& movement);
Json MovementJson(const Movement& movement);

// The day a movement belongs to: on which its money moved; until it has, on which it came up.
Day DayOf(const Movement& movement, const BookDays& days);

}  // namespace returns::gateway
