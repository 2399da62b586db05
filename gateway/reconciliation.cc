#include "gateway/reconciliation.h"

#include "workflows/decide.h"

namespace returns::gateway {
namespace {

constexpr int kAtOnce = 200;
constexpr std::size_t kReasonBytesMax = 500;

}  // namespace

Status Reconciliation::Read(Archive& archive, Instant now, workflows::Rulebook& book,
                            std::map<std::string, std::string>& meta_to_write) {
    ASSIGN_OR_RETURN(const std::string generation, archive.Meta("generation"));
    if (!generation.empty()) {
        ASSIGN_OR_RETURN(book.generation, Json::Number(generation).AsInt());
    }
    ASSIGN_OR_RETURN(const std::string restored, archive.Meta("restored"));
    ASSIGN_OR_RETURN(const std::string ended, archive.Meta("reconciled"));
    if (restored.empty() || ended == generation) return {};
    book.restore = {true, now};
    ASSIGN_OR_RETURN(const std::string at, archive.Meta("restored_at"));
    if (at.empty()) {
        meta_to_write["restored_at"] = FormatInstant(now);
    } else {
        ASSIGN_OR_RETURN(book.restore.at, ParseInstant(at));
    }
    return {};
}

bool Reconciliation::CatchingUp() {
    up_ = up_ || !caught_up_ || caught_up_();
    return open() && !up_;
}

// The order of the cases is that of their beginning: what begins meanwhile comes later, and asks by
// itself.
bool Reconciliation::Step() {
    if (!open() || visited_all_ || engine_.failed() || CatchingUp()) return false;
    const auto page = engine_.archive().Cases(after_, kAtOnce);
    if (!page.ok()) return false;
    for (const CaseKey& key : page->keys) {
        const auto known = engine_.Read(key);
        if (!known.ok() || *known == nullptr) continue;
        if (!workflows::WantsListing(**known, book_)) continue;
        if (!engine_.Submit(LookAgain(key, clock_.Now()))) return true;  // full: this page again
        ++asked_;
    }
    after_ = page->next;
    visited_all_ = page->next == 0;
    return true;
}

Status Reconciliation::End(const std::string& by, const std::string& reason) {
    if (!open()) return Error{Code::kConflict, "there is nothing to end: nothing is reconciled"};
    if (reason.empty() || reason.size() > kReasonBytesMax)
        return Invalid(
            "reason is missing, or longer than 500 bytes: say how you know that no refund is left "
            "unknown");
    SwitchRow row{.what = "reconciling", .before = "yes", .after = "no", .by = by};
    row.reason = reason;
    row.at = clock_.Now();
    engine_.Note(std::move(row));
    engine_.Note("reconciled", std::to_string(book_.generation));
    engine_.Step();
    if (engine_.failed()) return Error{Code::kUnavailable, "not stored: " + engine_.failure()};
    book_.restore.open = false;
    return {};
}

}  // namespace returns::gateway
