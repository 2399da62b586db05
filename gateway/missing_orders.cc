#include "gateway/missing_orders.h"

#include "workflows/told.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr int kCasesPerLook = 1000;
constexpr Millis kSettle = std::chrono::minutes(1);  // many come together: counted once
constexpr Millis kLookAgain = std::chrono::hours(24);
constexpr std::size_t kNamedMax = 20;
constexpr std::size_t kNamedBytesMax = 1500;  // what an event holds of text, less words around

// All of them where that is possible, else some.
std::string Named(const std::set<std::string>& orders) {
    std::string text;
    std::size_t named = 0;
    for (const std::string& order : orders) {
        if (named == kNamedMax || text.size() + order.size() > kNamedBytesMax) break;
        text += (named++ == 0 ? "" : ", ") + order;
    }
    return named == orders.size() ? text : "for example " + text;
}

bool Waits(const Case& subject) {
    return !subject.placed && subject.quarantine.empty() && subject.stalled_at != kNoTime;
}

}  // namespace

MissingOrders::MissingOrders(Engine& engine, Clock& clock, std::int64_t tickets_max)
    : engine_(engine), clock_(clock), tickets_max_(static_cast<std::size_t>(tickets_max)) {
    engine_.OnCommitted("missing", [this](const Case& subject) { Note(subject); });
}

bool MissingOrders::Fill() {
    if (filled_) return false;
    const auto page = engine_.archive().Stalled(filled_to_, kCasesPerLook);
    if (!page.ok()) return false;  // asked again next time
    for (const CaseKey& key : page->keys) {
        const auto subject = engine_.Read(key);
        if (subject.ok() && *subject != nullptr) Note(**subject);
    }
    filled_to_ = page->next;
    filled_ = filled_to_ == 0;
    return true;
}

void MissingOrders::Note(const Case& subject) {
    const std::string& order = subject.key.order_id;
    if (order == kMissingOrders) {
        Shop& shop = shops_[subject.key.shop];
        shop.told = subject.missing;
        shop.told_at = subject.missing_told_at;
        shop.frozen = !subject.quarantine.empty();
        return;
    }
    const bool waits = Waits(subject);
    const auto known = shops_.find(subject.key.shop);
    if (known == shops_.end() && !waits) return;
    Shop& shop = known == shops_.end() ? shops_[subject.key.shop] : known->second;
    shop.promised.erase(order);
    if (waits && subject.folded) {
        shop.own.erase(order);
        shop.folded.insert(order);
    } else if (waits) {
        shop.folded.erase(order);
        shop.own.insert(order);
    } else {
        shop.own.erase(order);
        shop.folded.erase(order);
    }
}

void MissingOrders::Inform(Envelope& timer) {
    const std::string& order = timer.key.order_id;
    if (order == kMissingOrders) {
        const std::set<std::string>& folded = shops_[timer.key.shop].folded;
        timer.data.missing = static_cast<std::int64_t>(folded.size());
        timer.data.reason = Named(folded);
        return;
    }
    const auto found = engine_.Read(timer.key);
    if (!found.ok() || *found == nullptr) return;
    const Case& subject = **found;
    if (subject.placed || !subject.quarantine.empty() || subject.stalled_at != kNoTime) return;
    Shop& shop = shops_[timer.key.shop];
    if (shop.promised.contains(order)) return;
    const std::size_t all = shop.own.size() + shop.folded.size() + shop.promised.size();
    if (all < tickets_max_)
        shop.promised.insert(order);
    else
        timer.data.missing = static_cast<std::int64_t>(all + 1);
}

// When the case is to be woken: soon where the count is not what it told last, else once a day
// while there are any, since another gateway on the same database may have told it of none.
Instant MissingOrders::DueAt(const Shop& shop) {
    if (shop.waking || shop.frozen) return kNever;
    const bool any = !shop.folded.empty();
    const Instant daily = any ? shop.woken_at + kLookAgain : kNever;
    if (shop.differs_since == kNoTime) return daily;
    Instant soon = std::max(shop.differs_since, shop.woken_at) + kSettle;
    // None any more is told as soon as it has stayed so.
    if (any && shop.told_at != kNoTime)
        soon = std::max(soon, shop.told_at + workflows::kMissingToldEvery);
    return std::min(soon, daily);
}

bool MissingOrders::Step() {
    const Instant now = clock_.Now();
    bool worked = false;
    for (auto& [name, shop] : shops_) {
        const bool differs = static_cast<std::int64_t>(shop.folded.size()) != shop.told;
        if (!differs)
            shop.differs_since = kNoTime;
        else if (shop.differs_since == kNoTime)
            shop.differs_since = now;
        if (shop.woken_at == kNoTime) shop.woken_at = now;
        if (DueAt(shop) > now) continue;
        Wake(name, shop);
        worked = true;
    }
    return worked;
}

void MissingOrders::Wake(const std::string& name, Shop& shop) {
    Input input = LookAgain({name, std::string(kMissingOrders)}, clock_.Now());
    Inform(input.event);
    input.done = [&shop](const Receipt&) { shop.waking = false; };
    shop.woken_at = clock_.Now();
    shop.waking = engine_.Submit(std::move(input));
}

Instant MissingOrders::NextDue() const {
    Instant next = kNever;
    for (const auto& [name, shop] : shops_) next = std::min(next, DueAt(shop));
    return next;
}

}  // namespace returns::gateway
